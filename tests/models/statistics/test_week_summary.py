"""What the summary says of a week, compared with the week before."""

from datetime import date

import pytest

from bot.wording.gsm7 import to_gsm
from bot.wording.mails import WordedMail, summary_columns, summary_line, word_summary
from models.people.business import Business
from models.people.servicers import Servicer
from models.people.summary_period import Period
from models.queueing.tables.queues import Queue
from models.statistics.summary import Summary, summary_of
from models.storage.database import Database, reading
from tests.models.statistics.served_days import A_DAY, A_WEEK, MONDAY, TODAY, give_up, serve
from tests.world import NOON, join, phone


def of_week(business: Business, day: date = TODAY) -> Summary:
    with reading() as session:
        business = session.get_one(Business, business.id)
        return summary_of(session, business, day, NOON + A_WEEK, Period.WEEK)


def mailed(found: Summary, language: str = "en") -> WordedMail:
    facts = found.mail_facts() | {"business": "Lopes"}
    return word_summary(facts, language, public_url="https://queue.example.org", picture="waits")


def test_a_week_is_compared_with_the_week_before(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    serve(queue, rosa, 1, NOON - 2 * A_WEEK, 2)
    serve(queue, rosa, 2, NOON - A_WEEK, 30), serve(queue, rosa, 3, NOON - A_WEEK + A_DAY, 40)
    serve(queue, rosa, 4, NOON - A_DAY, 10)
    give_up(queue, 5, NOON)
    serve(queue, rosa, 6, NOON + 5 * A_DAY, 90)
    serve(queue, rosa, 7, NOON + 6 * A_DAY, 8)  # on the Monday after
    found = of_week(business)
    assert found.day == MONDAY
    line = "Week 9-15 Mar: 2 served (2 the week before), median wait 50 min (35), 1 gave up, busiest Mon."
    mail = mailed(found)
    assert mail.subject == f"Lopes: {line}"
    assert "Lopes, Week of 9 to 15 March 2026" in mail.text
    assert "Took a number: 3 (week before: 2)\n" in mail.text
    assert "Median wait until called: 50 min (week before: 35 min)\nUsual for a week: 30 min\n" in mail.text
    assert "Busiest day: Monday\n" in mail.text
    days = (
        "Monday 9: 1 served, median wait 10 min, 0 gave up.\nTuesday 10: 0 served, median wait none, 1 gave"
    )
    assert days in mail.text
    assert "Sunday 15: 1 served, median wait 1 h 30 min, 0 gave up.\n" in mail.text


def test_each_day_of_a_week_has_a_column_with_that_of_the_week_before(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    serve(queue, rosa, 1, NOON - A_WEEK, 30), serve(queue, rosa, 2, NOON, 10)
    columns = summary_columns(of_week(business).mail_facts(), "es")
    assert [column["label"] for column in columns] == ["Lun", "Mar"]  # from then on nobody was there
    assert [(column["wait"], column["before"]) for column in columns] == [
        (None, None),
        (10.0, 30.0),
    ]


def test_a_first_week_is_compared_with_nothing(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    serve(queue, rosa, 1, NOON, 10)
    mail = mailed(of_week(business))
    assert mail.subject == "Lopes: Week 9-15 Mar: 1 served, median wait 10 min, busiest Tue."
    for part in (mail.text, mail.html):
        assert "Wednesday" not in part  # nobody was there
        assert "before" not in part
        assert "None" not in part


def test_a_week_is_not_busy_because_others_were_short(db: Database, business: Business, queue: Queue) -> None:
    for index in range(12):
        join(queue, phone(index), NOON - A_WEEK)  # the first day of all
    for day in range(3):
        for index in range(13):
            join(queue, phone(100 + day * 20 + index), NOON + day * A_DAY)
    unusual = of_week(business).mail_facts()["unusual"]
    # Each next day ended the line of the one before, whose promises were not kept.
    assert [each["kind"] for each in unusual] == ["broken_promises"]


WEEKS = {
    "en": ("Week of 23 February to 1 March 2026", "Week of 29 December 2025 to 4 January 2026"),
    "es": (
        "Semana del 23 de febrero al 1 de marzo de 2026",
        "Semana del 29 de diciembre de 2025 al 4 de enero de 2026",
    ),
    "fr": ("Semaine du 23 février au 1er mars 2026", "Semaine du 29 décembre 2025 au 4 janvier 2026"),
    "de": (
        "Woche vom 23. Februar bis zum 1. März 2026",
        "Woche vom 29. Dezember 2025 bis zum 4. Januar 2026",
    ),
}


@pytest.mark.parametrize("language", WEEKS)
def test_a_week_is_named_with_no_more_than_it_takes(
    db: Database, business: Business, queue: Queue, language: str
) -> None:
    days = (date(2026, 3, 1), date(2026, 1, 1))
    named = tuple(mailed(of_week(business, day), language).text.split("\n")[0] for day in days)
    assert named == tuple(f"Lopes, {week}" for week in WEEKS[language])


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Week 23 Feb-1 Mar: 1 served, median wait 10 min, busiest Sat."),
        ("es", "Semana 23 feb-1 mar: 1 atendido, espera mediana 10 min, más gente el sábado."),
        ("fr", "Semaine 23 févr-1 mars: 1 personne servie, attente médiane 10 min, pointe le samedi."),
        ("de", "Woche 23.2.-1.3.: 1 bedient, Wartezeit im Median 10 Min, am meisten los am Samstag."),
    ],
)
def test_a_week_of_two_months_in_one_line(
    db: Database, business: Business, queue: Queue, rosa: Servicer, language: str, line: str
) -> None:
    serve(queue, rosa, 1, NOON - 10 * A_DAY, 10)
    found = of_week(business, date(2026, 2, 28))
    assert summary_line(found.line_facts(), language) == to_gsm(line)
    assert mailed(found, language).subject == f"Lopes: {line}"  # in a mail with all its letters
