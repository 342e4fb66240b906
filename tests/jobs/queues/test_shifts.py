"""A ticket belongs to its shift: nobody is told "closed" while it is open, nobody who is served vanishes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.rendering import render
from jobs.queues.day_end import DayEnd
from jobs.queues.opening_hours import Openings
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import figures_by_day
from models.statistics.distributions import Count
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from tests.jobs.queues.hours import give_hours
from tests.world import (
    ANA,
    BEN,
    CAI,
    call_next,
    change,
    join,
    line,
    make_queue,
    minutes,
    outbox,
    phone,
    press,
    state,
)

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)  # in March Lisbon is on UTC
TUESDAY = MONDAY + timedelta(days=1)


def at(day: datetime, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return day + timedelta(hours=int(hour), minutes=int(minute))


def the_clock_runs(now: datetime) -> None:
    for job in (DayEnd(), Openings(), DayEnd()):
        job.run(now)


def sayings(queue: Queue) -> list[str]:
    """What the outbox says, in English."""
    with reading() as session:
        texts = session.scalars(
            select(OutboundMessage).where(OutboundMessage.queue_id == queue.id).order_by(OutboundMessage.id)
        )
        return [render(text.kind, text.facts) for text in texts]


def days(queue: Queue) -> list[tuple[date, int]]:
    with reading() as session:
        tickets = select(Ticket).where(Ticket.queue_id == queue.id).order_by(Ticket.id)
        return [(ticket.day, ticket.number) for ticket in session.scalars(tickets)]


def now_of(number: int, queue: Queue) -> TicketState:
    """Of the ticket with this number that was taken last."""
    with reading() as session:
        mine = select(Ticket).where(Ticket.queue_id == queue.id, Ticket.number == number)
        return session.scalars(mine.order_by(Ticket.id.desc())).first().state


@pytest.fixture
def bar(business: Business) -> Queue:
    """Open from ten in the evening to six in the morning; the business's day begins at four."""
    queue = make_queue(business, "NIGHT", created_at=at(MONDAY, "21:00"))
    give_hours(queue, at(MONDAY, "21:00"), time(22), time(6))
    return queue


def test_at_the_days_start_in_the_midst_of_a_shift_nothing_happens(bar: Queue, rosa: Servicer) -> None:
    for someone in (ANA, BEN, CAI):
        join(bar, someone, at(TUESDAY, "03:50"))
    call_next(bar, rosa, at(TUESDAY, "03:55"))
    change(1, bar, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=at(TUESDAY, "03:56")))
    before = outbox(bar)
    for moment in ("03:59", "04:00", "04:01", "05:59"):
        the_clock_runs(at(TUESDAY, moment))
    assert (state(bar), line(bar), now_of(1, bar)) == ("open", [2, 3], TicketState.SERVING)
    assert outbox(bar) == before
    assert join(bar, phone(1), at(TUESDAY, "05:00")).number == 4
    assert {day for day, _ in days(bar)} == {date(2026, 3, 9)}


def test_the_shift_ends_as_it_closes_and_says_so(bar: Queue) -> None:
    join(bar, ANA, at(TUESDAY, "05:50"))
    the_clock_runs(at(TUESDAY, "06:00"))
    assert (state(bar), line(bar)) == ("closed", [])
    assert [said for said in sayings(bar) if "closed for the day" in said] != []
    the_clock_runs(at(TUESDAY, "22:00"))
    assert join(bar, ANA, at(TUESDAY, "22:01")).number == 1
    assert days(bar)[-1] == (date(2026, 3, 10), 1)


def test_whoever_is_served_as_the_shift_ends_stays_until_done(bar: Queue, rosa: Servicer) -> None:
    join(bar, ANA, at(TUESDAY, "05:50"))
    call_next(bar, rosa, at(TUESDAY, "05:55"))
    change(1, bar, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=at(TUESDAY, "05:58")))
    for moment in ("06:00", "07:00", "09:00"):
        the_clock_runs(at(TUESDAY, moment))
        assert now_of(1, bar) == TicketState.SERVING
    change(1, bar, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=at(TUESDAY, "09:05")))
    assert days(bar) == [(date(2026, 3, 9), 1)]


def test_a_forgotten_service_is_closed_and_holds_no_day_open(bar: Queue, rosa: Servicer) -> None:
    join(bar, ANA, at(TUESDAY, "05:50"))
    call_next(bar, rosa, at(TUESDAY, "05:55"))
    change(1, bar, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=at(TUESDAY, "05:58")))
    the_clock_runs(at(TUESDAY, "06:00"))
    the_clock_runs(at(TUESDAY, "11:58"))
    assert now_of(1, bar) == TicketState.SERVED


def test_somebody_called_in_the_last_minute_may_still_come(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, at(TUESDAY, "03:50"))
    call_next(queue, rosa, at(TUESDAY, "03:59"))
    the_clock_runs(at(TUESDAY, "04:01"))
    change(1, queue, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=at(TUESDAY, "04:02")))
    assert now_of(1, queue) == TicketState.SERVING
    with reading() as session:
        duties = session.get_one(Queue, queue.id)
        assert duties.numbered_day == date(2026, 3, 10)


def test_round_the_clock_the_day_turns_and_the_line_is_kept(business: Business) -> None:
    queue = make_queue(business, "ALWAYS", created_at=MONDAY)
    give_hours(queue, MONDAY, time(0), time(0))
    for someone in (ANA, BEN, CAI):
        join(queue, someone, at(TUESDAY, "03:55"))
    the_clock_runs(at(TUESDAY, "04:00"))
    assert (line(queue), outbox(queue)) == ([1, 2, 3], [])
    assert join(queue, phone(1), at(TUESDAY, "04:01")).number == 4, "those numbers still wait"


def test_numbers_that_still_wait_are_not_given_again(business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    for index in range(5):
        join(queue, phone(index), at(MONDAY, "17:55"))
    for moment in ("18:00", "18:10", "18:20"):
        call_next(queue, rosa, at(MONDAY, moment))
        change_last(queue, at(MONDAY, moment))
    assert line(queue) == [4, 5]
    the_clock_runs(at(TUESDAY, "04:00"))
    given = [join(queue, phone(10 + index), at(TUESDAY, "09:00")).number for index in range(5)]
    assert given == [1, 2, 3, 6, 7]
    assert sorted(line(queue)) == [1, 2, 3, 4, 5, 6, 7]


def change_last(queue: Queue, now: datetime) -> None:
    def work(session: Session) -> None:
        called = select(Ticket.id).where(Ticket.queue_id == queue.id, Ticket.state == TicketState.CALLED)
        ticket = Ticket.lock(session, session.scalars(called).one())
        assert ticket is not None
        ending.finish(session, ticket, by=By.command(), now=now)

    transaction(work)


def test_a_number_in_use_again_after_undo_is_not_given_a_second_time(
    business: Business, rosa: Servicer
) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA, at(TUESDAY, "03:50"))
    call_next(queue, rosa, at(TUESDAY, "03:51"))

    def done(session: Session, locked: Queue, by: By) -> None:
        ticket = Ticket.lock(session, first(session, locked))
        assert ticket is not None
        ending.finish(session, ticket, by=by, now=at(TUESDAY, "03:59"))

    def first(session: Session, locked: Queue) -> int:
        return session.scalars(select(Ticket.id).where(Ticket.queue_id == locked.id)).one()

    press(queue, rosa, done, at(TUESDAY, "03:59"), button=Button.DONE)
    the_clock_runs(at(TUESDAY, "04:00"))
    press(
        queue,
        rosa,
        lambda s, locked, by: undo_last_press(s, locked, by=by, now=at(TUESDAY, "04:01")),
        at(TUESDAY, "04:01"),
        button=Button.UNDO,
    )
    assert join(queue, BEN, at(TUESDAY, "04:02")).number == 2


def test_a_turn_text_of_an_earlier_day_says_since_when(business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA, at(MONDAY, "17:55"))
    the_clock_runs(at(TUESDAY, "04:00"))
    join(queue, BEN, at(TUESDAY, "09:00"))
    call_next(queue, rosa, at(TUESDAY, "09:05"))
    said = sayings(queue)[-1]
    assert said.startswith("It's your turn, number 1 (since yesterday 17:55).")


def test_while_the_clock_is_down_the_first_who_comes_turns_the_day(queue: Queue, rosa: Servicer) -> None:
    for index in range(6):
        join(queue, phone(index), at(MONDAY, "23:00"))
    taken = join(queue, ANA, at(TUESDAY, "04:00"))
    assert (taken.number, taken.ahead, line(queue)) == (1, 0, [1])
    ended = sayings(queue)
    assert len(ended) == 6
    assert all("a new day has begun" in said and "Text CET236" in said for said in ended)
    assert not any("closed" in said or "another day" in said for said in ended)


def test_a_closing_that_was_missed_is_made_up_before_the_day_turns(bar: Queue) -> None:
    join(bar, ANA, at(TUESDAY, "05:50"))
    with reading() as session:
        assert session.get_one(Queue, bar.id).state == "open"
    DayEnd().run(at(TUESDAY, "06:00") + timedelta(seconds=1))
    assert state(bar) == "closed"
    assert "closed for the day" in sayings(bar)[-1]


def test_changed_hours_change_when_the_day_ends(bar: Queue) -> None:
    join(bar, ANA, at(TUESDAY, "02:00"))
    give_hours(bar, at(TUESDAY, "02:30"), time(9), time(17))
    assert join(bar, BEN, at(TUESDAY, "03:00")).number == 2
    assert join(bar, CAI, at(TUESDAY, "04:00")).number == 1


def test_the_statistics_of_a_shift_are_of_its_day(bar: Queue, rosa: Servicer) -> None:
    for index, moment in enumerate(("23:00", "23:30")):
        join(bar, phone(index), at(MONDAY, moment))
        call_next(bar, rosa, at(MONDAY, moment) + minutes(1))
        change_last(bar, at(MONDAY, moment) + minutes(20))
    join(bar, phone(2), at(TUESDAY, "04:30"))
    call_next(bar, rosa, at(TUESDAY, "04:31"))
    change_last(bar, at(TUESDAY, "05:00"))
    the_clock_runs(at(TUESDAY, "06:00"))
    the_clock_runs(at(TUESDAY, "22:00"))

    def work(session: Session) -> dict[date, Any]:
        queue = session.get_one(Queue, bar.id)
        return figures_by_day(session, queue, date(2026, 3, 8), date(2026, 3, 11), at(TUESDAY, "22:30"))

    found = transaction(work)
    assert {day: figures.whole[Count.SERVED] for day, figures in found.items()} == {date(2026, 3, 9): 3}
    ((on_duty, _idle),) = found[date(2026, 3, 9)].duties.values()
    assert on_duty > timedelta(hours=5).total_seconds(), "from the evening to the end of the shift"
