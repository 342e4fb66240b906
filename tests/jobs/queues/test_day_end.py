"""The end of the business day: nobody waits into the next, and forgotten buttons do no harm."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from jobs.queues.day_end import DayEnd
from models.people.actors import Actor, By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling
from models.queueing.duties import Duty
from models.queueing.line.queries import waiting_tickets
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database, reading
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    line,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    outbox,
    ticket,
)

LISBON = ZoneInfo("Europe/Lisbon")
NEXT_DAY = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)  # in March Lisbon is on UTC
BEFORE = NEXT_DAY - timedelta(seconds=1)


def events(queue: Queue, kind: EventKind) -> list[Event]:
    with reading() as session:
        return list(session.scalars(select(Event).where(Event.queue_id == queue.id, Event.kind == kind)))


def test_who_still_waits_has_left_with_one_text(queue: Queue) -> None:
    join(queue, ANA), join(queue, BEN)
    day_end = DayEnd()
    day_end.run(BEFORE)
    assert line(queue) == [1, 2]
    for _ in range(2):
        day_end.run(NEXT_DAY)
    for number in (1, 2):
        ended = ticket(queue, number)
        assert (ended.state, ended.reason, ended.ended_at) == (TicketState.LEFT, "day ended", NEXT_DAY)
    assert sorted(outbox(queue)) == [(1, "day_ended", "waiting"), (2, "day_ended", "waiting")]
    left = events(queue, EventKind.LEFT)
    assert {event.actor for event in left} == {Actor.CLOCK}
    assert sorted((event.facts or {})["place"] for event in left) == [1, 2]


def test_who_came_after_the_day_began_stays(queue: Queue) -> None:
    join(queue, ANA)
    join(queue, BEN, NEXT_DAY)
    DayEnd().run(NEXT_DAY + minutes(1))
    assert line(queue) == [1]
    with reading() as session:
        days = [(t.day, t.number) for t in waiting_tickets(session, session.get_one(Queue, queue.id))]
    assert days == [(date(2026, 3, 11), 1)]


def test_a_day_that_nobody_ended_is_ended_whenever_the_clock_comes_back(queue: Queue) -> None:
    join(queue, ANA)
    DayEnd().run(NEXT_DAY + timedelta(days=3))
    assert ticket(queue, 1).state == TicketState.LEFT
    assert outbox(queue) == [], "no news to anybody any more"


def test_who_was_called_and_forgotten_is_told_that_the_day_is_over(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    DayEnd().run(NEXT_DAY)
    assert (ticket(queue, 1).state, ticket(queue, 1).reason) == (TicketState.LEFT, "day ended")
    assert outbox(queue) == [(1, "your_turn", "expired"), (1, "day_ended", "waiting")]


def test_a_forgotten_done_is_marked_as_one(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    change(1, queue, lambda s, t: calling.start(s, t, by=By.servicer(rosa.id), now=NOON + minutes(1)))
    DayEnd().run(NEXT_DAY)
    assert ticket(queue, 1).state == TicketState.SERVED
    (served,) = events(queue, EventKind.SERVED)
    assert (served.facts, served.actor) == ({"forgotten": True}, Actor.CLOCK)


def test_duties_end_at_their_last_press(queue: Queue, rosa: Servicer) -> None:
    call_next(queue, rosa)
    call_next(queue, rosa, NOON + minutes(30))
    DayEnd().run(BEFORE)
    assert duty().ended_at is None
    DayEnd().run(NEXT_DAY)
    assert duty().ended_at == NOON + minutes(30)
    (ended,) = events(queue, EventKind.DUTY_ENDED)
    assert (ended.at, ended.servicer_id) == (NOON + minutes(30), rosa.id)


def test_a_servicer_who_has_pressed_since_is_still_on_duty(queue: Queue, rosa: Servicer) -> None:
    call_next(queue, rosa)
    call_next(queue, rosa, NEXT_DAY + timedelta(seconds=5))
    DayEnd().run(NEXT_DAY + timedelta(seconds=10))
    assert duty().ended_at is None


def test_a_queue_open_overnight_keeps_its_line_and_its_servicers(business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    for someone in (ANA, BEN, CAI):
        join(queue, someone, NEXT_DAY - minutes(60))
    call_next(queue, rosa, NEXT_DAY - minutes(10))
    DayEnd().run(NEXT_DAY + minutes(1))
    assert line(queue) == [2, 3]
    assert ticket(queue, 1).state == TicketState.CALLED
    assert duty().ended_at is None


def test_overnight_somebody_called_a_whole_day_ago_was_forgotten(business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "NIGHT", stays_open_overnight=True)
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    DayEnd().run(NOON + timedelta(hours=23, minutes=59))
    assert ticket(queue, 1).state == TicketState.CALLED
    DayEnd().run(NOON + timedelta(days=1))
    assert ticket(queue, 1).state == TicketState.LEFT
    assert outbox(queue, 1)[-1] == (1, "day_ended", "waiting")
    assert line(queue) == [2]


def test_each_business_ends_the_day_on_its_own_clock(db: Database) -> None:
    tokyo = make_business(name="Ramen", timezone="Asia/Tokyo", number="+15550100001")
    azores = make_business(name="Cafe", timezone="Atlantic/Azores", number="+15550100002")
    ramen, cafe = make_queue(tokyo, "RAMEN"), make_queue(azores, "CAFE")
    join(ramen, ANA), join(cafe, BEN)
    DayEnd().run(datetime(2026, 3, 10, 19, 0, tzinfo=UTC))  # 04:00 of the 11th in Tokyo
    assert (line(ramen), line(cafe)) == ([], [1])
    DayEnd().run(datetime(2026, 3, 11, 5, 0, tzinfo=UTC))  # 04:00 in the Azores
    assert line(cafe) == []


@pytest.mark.parametrize(
    ("evening", "day_start_hour"),
    [
        (datetime(2026, 3, 28, 22, 0, tzinfo=LISBON), 4),  # the clocks go forward: 01:00 becomes 02:00
        (datetime(2026, 3, 28, 22, 0, tzinfo=LISBON), 1),  # the hour at which the day begins is not there
        (datetime(2026, 10, 24, 22, 0, tzinfo=LISBON), 4),  # the clocks go back: 02:00 becomes 01:00
        (datetime(2026, 10, 24, 22, 0, tzinfo=LISBON), 1),  # and it is there twice
    ],
)
def test_the_night_the_clocks_change_ends_one_day_once(
    db: Database, evening: datetime, day_start_hour: int
) -> None:
    business = make_business(day_start_hour=day_start_hour)
    queue = make_queue(business)
    make_servicer(business)
    join(queue, ANA, evening)
    day_end, moment = DayEnd(), evening.astimezone(UTC)
    turned = None
    while moment < evening + timedelta(hours=9):
        day_end.run(moment)
        if turned is None and not line(queue):
            turned = moment
            join(queue, BEN, moment)
        moment += minutes(30)
    assert turned is not None
    local = turned.astimezone(LISBON)
    assert local.date() == (evening + timedelta(days=1)).date()
    in_the_gap = (evening.month, day_start_hour) == (3, 1)
    assert (local.hour, local.minute) == ((2, 0) if in_the_gap else (day_start_hour, 0))
    with reading() as session:
        waiting = waiting_tickets(session, session.get_one(Queue, queue.id))
    assert [(t.number, t.day) for t in waiting] == [(1, local.date())]


def test_a_business_whose_clock_is_nonsense_keeps_no_other_from_ending_its_day(queue: Queue) -> None:
    make_business(name="Nowhere", timezone="Mars/Olympus", number="+15550100001")
    later = make_queue(make_business(name="Baker", number="+15550100002"), "BREAD")
    join(queue, ANA), join(later, BEN)
    day_end = DayEnd()
    for seconds in (0, 20):
        day_end.run(NEXT_DAY + timedelta(seconds=seconds))
    assert (line(queue), line(later)) == ([], [])


def duty() -> Duty:
    with reading() as session:
        return session.scalars(select(Duty)).one()
