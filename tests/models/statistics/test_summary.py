"""What the summary says of a day, in one line and in a mail, in every language."""

import re
from datetime import timedelta

import pytest

from bot.wording.mails import word_summary
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED
from models.statistics.distributions import Count
from models.statistics.unusual import Unusual
from models.storage.database import Database
from tests.models.statistics.served_days import A_DAY, A_WEEK, end, give_up, line, of_day, serve
from tests.world import NOON, call_next, join, make_business, make_queue, make_servicer, minutes, phone


def test_a_day_in_one_line(db: Database, business: Business, queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa, 9, NOON - A_WEEK, 18)
    for index, wait in enumerate((11, 12, 40)):
        serve(queue, rosa, index, NOON + minutes(index * 60), wait)
    serve(queue, rosa, 3, NOON + minutes(180), 1)
    give_up(queue, 4, NOON + minutes(5)), give_up(queue, 5, NOON + minutes(6))
    assert line(business) == "Tue: 4 served, median wait 12 min (usual 18), 2 gave up, busiest 12-13."


def test_nobody_came_is_no_zero(db: Database, business: Business, queue: Queue) -> None:
    assert line(business) == "Tue: nobody came."


def test_nobody_was_served(db: Database, business: Business, queue: Queue) -> None:
    give_up(queue, 1, NOON), give_up(queue, 2, NOON, DAY_ENDED), join(queue, phone(3), NOON)
    assert line(business) == (
        "Tue: nobody served, 1 gave up, 1 not served by closing, 1 still in line, busiest 12-13."
    )


def test_a_wait_of_seconds_is_under_a_minute(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    serve(queue, rosa, 1, NOON, 0.2)
    assert line(business) == "Tue: 1 served, median wait under 1 min, busiest 12-13."


def test_no_shows_are_told(db: Database, business: Business, queue: Queue, rosa: Servicer) -> None:
    ticket_id = join(queue, phone(1), NOON).ticket_id
    call_next(queue, rosa, NOON + minutes(2))
    end(ticket_id, lambda s, t: ending.mark_no_show(s, t, by=By.clock(), now=NOON + minutes(9)))
    assert line(business) == "Tue: nobody served, median wait 2 min, 1 no-show, busiest 12-13."


@pytest.mark.parametrize(
    ("before", "usual"),
    [
        ({A_DAY: 99}, None),
        ({3 * A_WEEK: 30, A_DAY: 99}, 30),  # closed on the Tuesdays in between
        ({3 * A_WEEK: 30, A_WEEK: 20, A_DAY: 99}, 25),
        ({5 * A_WEEK: 30}, None),
    ],
)
def test_usual_is_the_same_weekday_before_and_not_another_day(
    db: Database,
    business: Business,
    queue: Queue,
    rosa: Servicer,
    before: dict[timedelta, int],
    usual: int | None,
) -> None:
    for index, (ago, wait) in enumerate(before.items()):
        serve(queue, rosa, index, NOON - ago, wait)
    serve(queue, rosa, 9, NOON, 10)
    assert f"median wait 10 min{f' (usual {usual})' if usual else ''}, busiest" in line(business)


def test_the_median_is_of_all_queues_together(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other, luis = make_queue(business, "OTHER", name="Shaves"), make_servicer(business, "Luis")
    serve(queue, rosa, 1, NOON, 1)
    serve(other, luis, 2, NOON, 10), serve(other, luis, 3, NOON, 20)
    found = of_day(business)
    assert found.span.whole.wait.median == 600
    assert [(keyword, f[Count.SERVED]) for keyword, _, f in found.queues] == [("CET236", 1), ("OTHER", 2)]


def test_another_business_is_not_in_it(db: Database, business: Business, queue: Queue) -> None:
    elsewhere = make_business(name="Clinic", number="+15550100001")
    join(make_queue(elsewhere, "CLINIC"), phone(1), NOON)
    assert line(business) == "Tue: nobody came."


def test_the_mail_tells_the_same_in_words_and_in_html(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER", name="<b>Shaves</b> & more")
    serve(queue, rosa, 1, NOON, 70), give_up(other, 2, NOON)
    facts = of_day(business).mail_facts() | {"business": "Łopes <& Søns>"}
    mail = word_summary(facts, "en", public_url="https://queue.example.org/")
    assert mail.subject == "Łopes <& Søns>: Tue: 1 served, median wait 70 min, 1 gave up, busiest 12-13."
    for part in (mail.text, mail.html):
        assert "Tuesday 10 March 2026" in part
        assert "1 h 10 min" in part
        assert "median wait 70 min, 1 gave up, busiest 12-13." in part
        assert "https://queue.example.org/control" in part
        assert "None" not in part
        assert "0 min" not in part.replace("70 min", "").replace("10 min", "")
    assert "OTHER (<b>Shaves</b> & more): 0 served, median wait none, 1 gave up." in mail.text
    assert "<b>Shaves" not in mail.html
    assert "&lt;b&gt;Shaves" in mail.html
    assert "Łopes &lt;&amp; Søns&gt;" in mail.html


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "pt", "tlh"])
def test_a_mail_of_an_empty_day_renders_whatever_the_language(
    db: Database, business: Business, language: str
) -> None:
    facts = of_day(business).mail_facts() | {"business": "Lopes"}
    mail = word_summary(facts, language, public_url="https://queue.example.org")
    told = {
        "es": "Mar: no vino nadie.",
        "fr": "Mar: personne n'est venu.",
        "pt": "Ter: não veio ninguém.",
        "de": "Di: niemand kam.",
    }
    said = told.get(language, "Tue: nobody came.")
    assert mail.subject == f"Lopes: {said}"
    assert "edian" not in mail.text + mail.html


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "de"])
def test_a_mail_says_everything_unusual_in_every_language(
    db: Database, business: Business, queue: Queue, rosa: Servicer, language: str
) -> None:
    serve(queue, rosa, 1, NOON, 70), give_up(queue, 2, NOON)
    odd = [
        {"kind": "long_wait", "times": 2.5},
        {"kind": "many_gave_up", "count": 9, "usual": 0},
        {"kind": "broken_promises", "percent": 55, "late": 8, "early": 1},
        {"kind": "failed_texts", "count": 1},
        {"kind": "unheard", "count": 6, "answered": 1},
        {"kind": "came_late", "count": 7, "usual": 0},
        {"kind": "busy", "count": 90, "usual": 40},
    ]
    assert [each["kind"] for each in odd] == list(Unusual)
    facts = of_day(business).mail_facts() | {"business": "Lopes", "unusual": odd}
    mail = word_summary(facts, language, public_url="https://queue.example.org", picture="waits")
    assert len(re.findall(r"^\* \S.* \S+\.$", mail.text, re.MULTILINE)) == len(odd)
    for part in (mail.text, mail.html):
        assert "None" not in part
        for figure in ("55", "90", "1 Std 10 Min" if language == "de" else "1 h 10 min"):
            assert figure in part
