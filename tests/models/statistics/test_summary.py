"""What the summary says of a day or a week, and when it is due."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy.orm import Session

from bot.gsm7 import to_gsm
from bot.mails import WordedMail, summary_columns, summary_line, word_summary
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.people.summary_period import Period
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED
from models.queueing.tables.tickets import Ticket
from models.statistics.distributions import Count
from models.statistics.summary import Summary, due_summary_day, summary_of
from models.statistics.unusual import Unusual
from models.storage.database import Database, reading, transaction
from tests.world import NOON, call_next, join, make_business, make_queue, make_servicer, minutes, phone

TODAY = date(2026, 3, 10)
A_DAY = timedelta(days=1)
A_WEEK = timedelta(weeks=1)


def of_day(business: Business, day: date = TODAY) -> Summary:
    with reading() as session:
        return summary_of(session, session.get_one(Business, business.id), day, NOON + A_DAY)


def line(business: Business, day: date = TODAY) -> str:
    return summary_line(of_day(business, day).line_facts(), business.language)


def serve(queue: Queue, rosa: Servicer, who: int, joined: datetime, wait: float) -> None:
    """Somebody joins, is called after so many minutes, and is done five minutes later."""
    ticket_id = join(queue, phone(who), joined).ticket_id
    call_next(queue, rosa, joined + minutes(wait))
    end(ticket_id, lambda s, t: ending.finish(s, t, by=By.clock(), now=joined + minutes(wait + 5)))


def end(ticket_id: int, verb: Callable[[Session, Ticket], object]) -> None:
    def work(session: Session) -> None:
        ticket = Ticket.lock(session, ticket_id)
        assert ticket is not None
        verb(session, ticket)

    transaction(work)


def give_up(queue: Queue, who: int, joined: datetime, reason: str | None = None) -> None:
    ticket_id = join(queue, phone(who), joined).ticket_id
    end(ticket_id, lambda s, t: ending.leave(s, t, by=By.customer(), now=joined + minutes(3), reason=reason))


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


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "tlh"])
def test_a_mail_of_an_empty_day_renders_whatever_the_language(
    db: Database, business: Business, language: str
) -> None:
    facts = of_day(business).mail_facts() | {"business": "Lopes"}
    mail = word_summary(facts, language, public_url="https://queue.example.org")
    said = {"es": "Mar: no vino nadie.", "fr": "Mar: personne n'est venu."}.get(language, "Tue: nobody came.")
    assert mail.subject == f"Lopes: {said}"
    assert "edian" not in mail.text + mail.html


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_mail_says_everything_unusual_in_every_language(
    db: Database, business: Business, queue: Queue, rosa: Servicer, language: str
) -> None:
    serve(queue, rosa, 1, NOON, 70), give_up(queue, 2, NOON)
    odd = [
        {"kind": "long_wait", "times": 2.5},
        {"kind": "many_gave_up", "count": 9, "usual": 0},
        {"kind": "broken_promises", "percent": 55, "late": 8, "early": 1},
        {"kind": "failed_texts", "count": 1},
        {"kind": "busy", "count": 90, "usual": 40},
    ]
    assert [each["kind"] for each in odd] == list(Unusual)
    facts = of_day(business).mail_facts() | {"business": "Lopes", "unusual": odd}
    mail = word_summary(facts, language, public_url="https://queue.example.org", picture="waits")
    assert mail.text.count("\n* ") == len(odd)
    for part in (mail.text, mail.html):
        assert "None" not in part
        for figure in ("55", "90", "1 h 10 min"):
            assert figure in part


# Of a week --------------------------------------------------------------------------------------------

MONDAY = date(2026, 3, 9)


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
    assert "Median wait until called: 50 min (week before: 35 min)\nUsual in a week: 30 min\n" in mail.text
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
    assert of_week(business).mail_facts()["unusual"] == []


WEEKS = {
    "en": ("Week of 23 February to 1 March 2026", "Week of 29 December 2025 to 4 January 2026"),
    "es": (
        "Semana del 23 de febrero al 1 de marzo de 2026",
        "Semana del 29 de diciembre de 2025 al 4 de enero de 2026",
    ),
    "fr": ("Semaine du 23 février au 1er mars 2026", "Semaine du 29 décembre 2025 au 4 janvier 2026"),
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
    ],
)
def test_a_week_of_two_months_in_one_line(
    db: Database, business: Business, queue: Queue, rosa: Servicer, language: str, line: str
) -> None:
    serve(queue, rosa, 1, NOON - 10 * A_DAY, 10)
    found = of_week(business, date(2026, 2, 28))
    assert summary_line(found.line_facts(), language) == to_gsm(line)
    assert mailed(found, language).subject == f"Lopes: {line}"  # in a mail with all its letters


# When it is due -----------------------------------------------------------------------------------------

DUE = {
    "in the evening, of the day itself": (4, 20, "2026-03-10T20:00"),
    "at noon, of the day itself": (4, 12, "2026-03-10T12:00"),
    "in the morning, of the day before": (4, 8, "2026-03-11T08:00"),
    "after midnight, of the day that is ending": (4, 2, "2026-03-11T02:00"),
    "a day that starts at midnight": (0, 20, "2026-03-10T20:00"),
    "a day that starts at midnight, at midnight": (0, 0, "2026-03-11T00:00"),
    "a night that starts in the afternoon": (15, 9, "2026-03-11T09:00"),
}


@pytest.mark.parametrize(("starts", "hour", "due"), DUE.values(), ids=DUE)
def test_it_is_due_at_the_hour_with_most_of_the_day_over(starts: int, hour: int, due: str) -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=starts, summary_hour=hour)
    assert business.summary_at(TODAY) == datetime.fromisoformat(f"{due}:00+00:00")


def test_the_hour_is_that_of_the_clock_on_the_wall() -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=4, summary_hour=20)
    days = (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25))
    assert [business.summary_at(day).hour for day in days] == [20, 19, 19, 20]


DUE_OF_WEEK = {
    "on Monday in the evening, of the week before": (4, 20, "2026-03-16T20:00"),
    "on Monday in the morning": (4, 8, "2026-03-16T08:00"),
    "after midnight, as Sunday is ending": (4, 2, "2026-03-16T02:00"),
    "weeks that start at midnight": (0, 0, "2026-03-16T00:00"),
    "nights that start in the afternoon": (15, 9, "2026-03-16T09:00"),
    "nights of which too little is over by Monday": (20, 2, "2026-03-17T02:00"),
}


@pytest.mark.parametrize(("starts", "hour", "due"), DUE_OF_WEEK.values(), ids=DUE_OF_WEEK)
def test_a_week_is_due_on_monday_and_not_before_its_sunday(starts: int, hour: int, due: str) -> None:
    business = Business(timezone="Europe/Lisbon", day_start_hour=starts, summary_hour=hour)
    assert business.summary_at(MONDAY, Period.WEEK) == datetime.fromisoformat(f"{due}:00+00:00")


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Pacific/Kiritimati", "UTC"]),
    starts=st.integers(0, 23),
    hour=st.integers(0, 23),
)
def test_every_day_is_summed_up_once_and_in_order(minute: int, zone: str, starts: int, hour: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=NOON.tzinfo) + minutes(minute)
    business = Business(timezone=zone, day_start_hour=starts, summary_hour=hour, created_at=now - 9 * A_WEEK)
    day = due_summary_day(business, now)
    assert day is not None
    assert business.start_of(day) < business.summary_at(day) <= now < business.summary_at(day + A_DAY)
    business.summarized_day = day
    assert due_summary_day(business, now) is None
    assert due_summary_day(business, business.summary_at(day + A_DAY)) == day + A_DAY


@given(
    minute=st.integers(0, 366 * 24 * 60),
    zone=st.sampled_from(["Europe/Lisbon", "America/Santiago", "Pacific/Kiritimati", "UTC"]),
    starts=st.integers(0, 23),
    hour=st.integers(0, 23),
)
def test_every_week_is_summed_up_once_and_in_order(minute: int, zone: str, starts: int, hour: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=NOON.tzinfo) + minutes(minute)
    business = Business(timezone=zone, day_start_hour=starts, summary_hour=hour, created_at=now - 9 * A_WEEK)
    monday = due_summary_day(business, now, Period.WEEK)
    assert monday is not None
    assert monday.weekday() == 0
    due, next_due = (business.summary_at(each, Period.WEEK) for each in (monday, monday + A_WEEK))
    assert business.summary_at(monday + 6 * A_DAY) <= due <= now < next_due
    business.summarized_week = monday
    assert due_summary_day(business, now, Period.WEEK) is None
    assert due_summary_day(business, next_due, Period.WEEK) == monday + A_WEEK


def test_a_business_made_after_the_hour_is_not_summed_up_that_day() -> None:
    made_at = NOON + timedelta(hours=9)
    business = Business(timezone="UTC", day_start_hour=4, summary_hour=20, created_at=made_at)
    assert due_summary_day(business, made_at + minutes(5)) is None
    assert due_summary_day(business, made_at + A_DAY) == TODAY + A_DAY
