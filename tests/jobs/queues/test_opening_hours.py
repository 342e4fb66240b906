"""Queues open and close automatically, once each time; people's changes hold until the next time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues.opening_hours import Openings, apply_hours
from models.people.actors import Actor, By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import Holiday, set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.opening import close_queue, open_queue, pause_queue
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.storage.database import reading, transaction
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    join,
    line,
    make_business,
    make_queue,
    minutes,
    outbox,
    press,
    ticket,
)

NIGHT = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # Monday; in March Lisbon is on UTC
NINE, FIVE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC), datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def shop(business: Business) -> Queue:
    """Open from 9 to 17 every day, since the evening before, and closed then."""
    queue = make_queue(business, created_at=NIGHT, state=QueueState.CLOSED)
    give_hours(queue, NIGHT)
    return queue


def give_hours(queue: Queue, now: datetime, opens: time = time(9), closes: time = time(17)) -> None:
    def work(session: Session) -> None:
        set_hours(session, Queue.lock(session, queue.id), EVERY_DAY, (opens, closes), now=now)

    transaction(work)


def state(queue: Queue) -> QueueState:
    with reading() as session:
        return session.get_one(Queue, queue.id).state


def history(queue: Queue) -> list[tuple[EventKind, Actor]]:
    kinds = (EventKind.OPENED, EventKind.PAUSED, EventKind.CLOSED)
    with reading() as session:
        events = select(Event).where(Event.queue_id == queue.id, Event.kind.in_(kinds)).order_by(Event.id)
        return [(event.kind, event.actor) for event in session.scalars(events)]


Verb = Callable[[Session, Queue, By], object]


def by_hand(queue: Queue, rosa: Servicer, verb: Verb, now: datetime) -> None:
    press(queue, rosa, verb, now, button=Button.PAUSE)


def opens(now: datetime) -> Verb:
    return lambda session, queue, by: open_queue(session, queue, by=by, now=now)


def closes(now: datetime) -> Verb:
    return lambda session, queue, by: close_queue(session, queue, by=by, now=now)


def pauses(now: datetime) -> Verb:
    return lambda session, queue, by: pause_queue(session, queue, by=by, now=now)


def test_it_opens_and_closes_at_its_times_once_each(shop: Queue) -> None:
    clock = Openings()
    for second in range(-3, 30, 3):
        clock.sweep(NINE + timedelta(seconds=second))
        assert state(shop) == (QueueState.OPEN if second >= 0 else QueueState.CLOSED)
    for second in range(-3, 30, 3):
        clock.sweep(FIVE + timedelta(seconds=second))
        assert state(shop) == (QueueState.CLOSED if second >= 0 else QueueState.OPEN)
    assert history(shop) == [(EventKind.OPENED, Actor.CLOCK), (EventKind.CLOSED, Actor.CLOCK)]


def test_who_waits_at_closing_time_has_left_with_one_text(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    (
        join(shop, ANA, FIVE - minutes(10)),
        join(shop, BEN, FIVE - minutes(9)),
        join(shop, CAI, FIVE - minutes(8)),
    )
    call_next(shop, rosa, FIVE - minutes(5))
    for _ in range(2):
        Openings().sweep(FIVE)
    assert [ticket(shop, number).state for number in (1, 2, 3)] == [
        TicketState.CALLED,  # who is at the counter is served to the end
        TicketState.LEFT,
        TicketState.LEFT,
    ]
    assert [(n, kind) for n, kind, _ in outbox(shop) if kind == "day_ended"] in (
        [(2, "day_ended"), (3, "day_ended")],
        [(3, "day_ended"), (2, "day_ended")],
    )


def test_a_restart_neither_repeats_nor_forgets(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    by_hand(shop, rosa, closes(NINE + minutes(1)), NINE + minutes(1))
    Openings().sweep(NINE + minutes(2))
    assert state(shop) == QueueState.CLOSED
    Openings().sweep(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN


def test_two_clocks_at_once_open_it_once(shop: Queue) -> None:
    first = transaction(lambda session: apply_hours(session, shop.id, NINE))
    second = transaction(lambda session: apply_hours(session, shop.id, NINE))
    assert (first, second) == (QueueState.OPEN, None)
    assert len(history(shop)) == 1


@pytest.mark.parametrize(
    ("clock_is_back", "becomes"),
    [
        (FIVE + minutes(40), QueueState.CLOSED),
        (FIVE + timedelta(hours=16), QueueState.OPEN),
        (FIVE + 4 * A_DAY, QueueState.CLOSED),
        (NINE + 7 * A_DAY, QueueState.OPEN),
    ],
)
def test_after_an_outage_it_is_what_it_should_be_by_then(
    shop: Queue, clock_is_back: datetime, becomes: QueueState
) -> None:
    Openings().sweep(NINE)
    join(shop, ANA, FIVE - minutes(1))
    Openings().sweep(clock_is_back)
    assert state(shop) == becomes
    assert (line(shop) == []) == (becomes == QueueState.CLOSED)  # yesterday's line is ended by the day end


def test_who_opens_early_is_not_closed_again(shop: Queue, rosa: Servicer) -> None:
    early = NINE - minutes(20)
    by_hand(shop, rosa, opens(early), early)
    for later in (1, 19, 20, 21):
        Openings().sweep(early + minutes(later))
        assert state(shop) == QueueState.OPEN
    assert history(shop) == [(EventKind.OPENED, Actor.SERVICER)]
    Openings().sweep(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_who_closes_early_is_not_opened_again_that_day(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    by_hand(shop, rosa, closes(NOON), NOON)
    for hours in (1, 5, 6, 20):
        Openings().sweep(NOON + timedelta(hours=hours))
        assert state(shop) == QueueState.CLOSED
    Openings().sweep(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN


def test_a_pause_holds_until_closing_time(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    by_hand(shop, rosa, pauses(NOON), NOON)
    Openings().sweep(FIVE - minutes(1))
    assert state(shop) == QueueState.PAUSED
    Openings().sweep(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_who_stays_on_after_closing_time_is_left_alone(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    Openings().sweep(FIVE)
    later = FIVE + minutes(2)
    by_hand(shop, rosa, opens(later), later)
    join(shop, ANA, later)
    Openings().sweep(later + timedelta(hours=3))
    assert (state(shop), line(shop)) == (QueueState.OPEN, [1])


def test_a_hand_that_was_quicker_than_the_clock_counts(shop: Queue, rosa: Servicer) -> None:
    """The clock was away at nine; somebody opened, and paused a minute later."""
    by_hand(shop, rosa, opens(NINE + minutes(1)), NINE + minutes(1))
    by_hand(shop, rosa, pauses(NINE + minutes(2)), NINE + minutes(2))
    Openings().sweep(NINE + minutes(3))
    assert state(shop) == QueueState.PAUSED


def test_a_close_that_was_undone_stays_undone_until_closing_time(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(NINE)
    by_hand(shop, rosa, closes(NOON), NOON)
    now = NOON + minutes(1)
    press(shop, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=now), now, button=Button.UNDO)
    Openings().sweep(NOON + minutes(2))
    assert state(shop) == QueueState.OPEN
    Openings().sweep(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_a_host_with_its_clock_behind_repeats_nothing(shop: Queue, rosa: Servicer) -> None:
    Openings().sweep(FIVE)
    behind = FIVE - timedelta(seconds=2)
    by_hand(shop, rosa, opens(behind), behind)
    Openings().sweep(FIVE + timedelta(seconds=3))
    assert state(shop) == QueueState.OPEN


def test_on_a_holiday_it_stays_closed(shop: Queue, business: Business) -> None:
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=date(2026, 3, 10))))
    for hours in range(24):
        Openings().sweep(NINE + timedelta(hours=hours) - minutes(1))
        assert state(shop) == QueueState.CLOSED
    Openings().sweep(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN
    assert len(history(shop)) == 1


def test_who_opens_by_hand_on_a_holiday_is_closed_at_the_usual_time(
    shop: Queue, business: Business, rosa: Servicer
) -> None:
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=date(2026, 3, 10))))
    by_hand(shop, rosa, opens(NOON), NOON)
    Openings().sweep(FIVE)
    assert state(shop) == QueueState.CLOSED


def test_new_hours_change_nothing_before_their_next_time(business: Business) -> None:
    """`flask queue add` makes a queue that is open, at whatever hour it is typed."""
    queue = make_queue(business, created_at=NIGHT)
    give_hours(queue, NIGHT)
    Openings().sweep(NIGHT + minutes(1))
    assert state(queue) == QueueState.OPEN
    Openings().sweep(FIVE)
    assert state(queue) == QueueState.CLOSED
    give_hours(queue, FIVE + minutes(30), closes=time(20))
    Openings().sweep(FIVE + minutes(31))
    assert state(queue) == QueueState.CLOSED


def test_without_hours_nothing_is_done(queue: Queue) -> None:
    Openings().sweep(NOON + 10 * A_DAY)
    assert (state(queue), history(queue)) == (QueueState.OPEN, [])


DAYS = {
    "clocks go forward": (date(2026, 3, 29), "2026-03-29T08:00", "2026-03-29T16:00"),
    "clocks go back": (date(2026, 10, 25), "2026-10-25T09:00", "2026-10-25T17:00"),
}


@pytest.mark.parametrize(("day", "opens_at", "closes_at"), DAYS.values(), ids=DAYS)
def test_through_both_clock_changes(shop: Queue, day: date, opens_at: str, closes_at: str) -> None:
    found = []
    midnight = datetime.combine(day, time(), UTC)
    Openings().sweep(midnight)  # catches up with all the days before
    before = len(history(shop))
    for quarter in range(24 * 4):
        moment = midnight + minutes(15) * quarter
        Openings().sweep(moment)
        if len(history(shop)) > before + len(found):
            found.append(f"{moment:%Y-%m-%dT%H:%M}")
    assert found == [opens_at, closes_at]


def test_past_midnight_it_closes_the_next_morning_and_keeps_the_line_till_then(shop: Queue) -> None:
    give_hours(shop, NIGHT, time(18), time(2))
    six, two = datetime(2026, 3, 10, 18, 0, tzinfo=UTC), datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    Openings().sweep(six)
    join(shop, ANA, two - timedelta(hours=3))
    Openings().sweep(two - minutes(1))
    assert (state(shop), line(shop)) == (QueueState.OPEN, [1])
    Openings().sweep(two)
    assert (state(shop), line(shop)) == (QueueState.CLOSED, [])


def test_a_queue_that_stays_open_overnight_keeps_its_line_when_it_closes(business: Business) -> None:
    queue = make_queue(business, created_at=NIGHT, stays_open_overnight=True)
    give_hours(queue, NIGHT)
    join(queue, ANA, NOON)
    Openings().sweep(FIVE)
    assert (state(queue), line(queue), outbox(queue)) == (QueueState.CLOSED, [1], [])


def test_one_nonsense_business_stops_no_other(business: Business) -> None:
    nowhere = make_business(name="Nowhere", timezone="Nowhere/Town", number="+15550100009")
    broken, shop = (
        make_queue(owner, keyword, created_at=NIGHT, state=QueueState.CLOSED)
        for owner, keyword in ((nowhere, "BROKEN"), (business, "SHOP"))
    )
    give_hours(broken, NIGHT), give_hours(shop, NIGHT)
    Openings().sweep(NINE)
    assert (state(shop), state(broken)) == (QueueState.OPEN, QueueState.CLOSED)


def test_at_the_desk_a_line_is_never_full(business: Business) -> None:
    queue = make_queue(business, "SMALL", capacity=1)
    join(queue, ANA)
    assert join(queue, None, source=Source.DESK).number == 2
