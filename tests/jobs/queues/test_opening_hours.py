"""Queues open and close automatically, once each time, on holidays and through clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from jobs.queues.opening_hours import Openings, apply_hours
from models.people.actors import Actor
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import Holiday
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.storage.database import transaction
from tests.jobs.queues.hours import A_DAY, FIVE, NIGHT, NINE, give_hours, history
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
    state,
    ticket,
)


def test_it_opens_and_closes_at_its_times_once_each(shop: Queue) -> None:
    clock = Openings()
    for second in range(-3, 30, 3):
        clock.run(NINE + timedelta(seconds=second))
        assert state(shop) == (QueueState.OPEN if second >= 0 else QueueState.CLOSED)
    for second in range(-3, 30, 3):
        clock.run(FIVE + timedelta(seconds=second))
        assert state(shop) == (QueueState.CLOSED if second >= 0 else QueueState.OPEN)
    assert history(shop) == [(EventKind.OPENED, Actor.CLOCK), (EventKind.CLOSED, Actor.CLOCK)]


def test_who_waits_at_closing_time_has_left_with_one_text(shop: Queue, rosa: Servicer) -> None:
    Openings().run(NINE)
    (
        join(shop, ANA, FIVE - minutes(10)),
        join(shop, BEN, FIVE - minutes(9)),
        join(shop, CAI, FIVE - minutes(8)),
    )
    call_next(shop, rosa, FIVE - minutes(5))
    for _ in range(2):
        Openings().run(FIVE)
    assert [ticket(shop, number).state for number in (1, 2, 3)] == [
        TicketState.CALLED,  # who is at the counter is served to the end
        TicketState.LEFT,
        TicketState.LEFT,
    ]
    assert [(n, kind) for n, kind, _ in outbox(shop) if kind == "day_ended"] in (
        [(2, "day_ended"), (3, "day_ended")],
        [(3, "day_ended"), (2, "day_ended")],
    )


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
    Openings().run(NINE)
    join(shop, ANA, FIVE - minutes(1))
    Openings().run(clock_is_back)
    assert state(shop) == becomes
    assert line(shop) == []  # by its closing, or by the turn of the day that came first


def test_on_a_holiday_it_stays_closed(shop: Queue, business: Business) -> None:
    transaction(lambda s: s.add(Holiday(business_id=business.id, day=date(2026, 3, 10))))
    for hours in range(24):
        Openings().run(NINE + timedelta(hours=hours) - minutes(1))
        assert state(shop) == QueueState.CLOSED
    Openings().run(NINE + A_DAY)
    assert state(shop) == QueueState.OPEN
    assert len(history(shop)) == 1


def test_new_hours_change_nothing_before_their_next_time(business: Business) -> None:
    """`flask queue add` makes a queue that is open, at whatever hour it is typed."""
    queue = make_queue(business, created_at=NIGHT)
    give_hours(queue, NIGHT)
    Openings().run(NIGHT + minutes(1))
    assert state(queue) == QueueState.OPEN
    Openings().run(FIVE)
    assert state(queue) == QueueState.CLOSED
    give_hours(queue, FIVE + minutes(30), closes=time(20))
    Openings().run(FIVE + minutes(31))
    assert state(queue) == QueueState.CLOSED


def test_without_hours_nothing_is_done(queue: Queue) -> None:
    Openings().run(NOON + 10 * A_DAY)
    assert (state(queue), history(queue)) == (QueueState.OPEN, [])


DAYS = {
    "clocks go forward": (date(2026, 3, 29), "2026-03-29T08:00", "2026-03-29T16:00"),
    "clocks go back": (date(2026, 10, 25), "2026-10-25T09:00", "2026-10-25T17:00"),
}


@pytest.mark.parametrize(("day", "opens_at", "closes_at"), DAYS.values(), ids=DAYS)
def test_through_both_clock_changes(shop: Queue, day: date, opens_at: str, closes_at: str) -> None:
    found = []
    midnight = datetime.combine(day, time(), UTC)
    Openings().run(midnight)  # catches up with all the days before
    before = len(history(shop))
    for quarter in range(24 * 4):
        moment = midnight + minutes(15) * quarter
        Openings().run(moment)
        if len(history(shop)) > before + len(found):
            found.append(f"{moment:%Y-%m-%dT%H:%M}")
    assert found == [opens_at, closes_at]


def test_past_midnight_it_closes_the_next_morning_and_keeps_the_line_till_then(shop: Queue) -> None:
    give_hours(shop, NIGHT, time(18), time(2))
    six, two = datetime(2026, 3, 10, 18, 0, tzinfo=UTC), datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    Openings().run(six)
    join(shop, ANA, two - timedelta(hours=3))
    Openings().run(two - minutes(1))
    assert (state(shop), line(shop)) == (QueueState.OPEN, [1])
    Openings().run(two)
    assert (state(shop), line(shop)) == (QueueState.CLOSED, [])


def test_a_queue_that_stays_open_overnight_keeps_its_line_when_it_closes(business: Business) -> None:
    queue = make_queue(business, created_at=NIGHT, stays_open_overnight=True)
    give_hours(queue, NIGHT)
    join(queue, ANA, NOON)
    Openings().run(FIVE)
    assert (state(queue), line(queue), outbox(queue)) == (QueueState.CLOSED, [1], [])


def test_one_nonsense_business_stops_no_other(business: Business) -> None:
    nowhere = make_business(name="Nowhere", timezone="Nowhere/Town", number="+15550100009")
    broken, shop = (
        make_queue(owner, keyword, created_at=NIGHT, state=QueueState.CLOSED)
        for owner, keyword in ((nowhere, "BROKEN"), (business, "SHOP"))
    )
    give_hours(broken, NIGHT), give_hours(shop, NIGHT)
    Openings().run(NINE)
    assert (state(shop), state(broken)) == (QueueState.OPEN, QueueState.CLOSED)


def test_at_the_desk_a_line_is_never_full(business: Business) -> None:
    queue = make_queue(business, "SMALL", capacity=1)
    join(queue, ANA)
    assert join(queue, None, source=Source.DESK).number == 2
