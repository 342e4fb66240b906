"""A manager is told of what is wrong: once when it begins, once when it is over, never in quiet hours."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues.troubles import Troubles
from models.alarms.troubles import OVER_AFTER, Trouble
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.queueing import calling, ending
from models.queueing.line.wait_table import store_waits
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.backup_schedule import record_backup
from models.storage.database import reading, transaction
from models.waiting.estimator import WaitState
from tests.jobs.queues.troubled import BEGAN, OVER, PAUSE, ROSAS_PHONE, joins, leaves, look, told, wants
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.world import ANA, NOON, call_next, change, join, make_servicer, minutes, press


@pytest.fixture
def rosa(business: Business) -> Servicer:
    """The manager."""
    return make_servicer(business, "Rosa", role=Role.MANAGER)


@pytest.fixture
def day() -> Day:
    return Day()


def test_one_mail_and_one_text_when_more_wait_than_the_limit(queue: Queue, rosa: Servicer, day: Day) -> None:
    wants(rosa, queue, most_waiting=2, by_text=True)
    carrier = ScriptedCarrier()
    joins(queue, 2, NOON)
    look(NOON)
    assert told() == []
    joins(queue, 1, NOON, first=2)
    look(NOON + timedelta(seconds=1))
    joins(queue, 5, NOON, first=3)
    for second in range(2, 8):
        look(NOON + timedelta(seconds=second))
    day.pass_(8)
    send_all(sender_with(carrier, day), day, rounds=2)
    assert told() == [BEGAN]
    assert [(text.to, text.body) for text in carrier.got] == [
        (ROSAS_PHONE, "Haircuts: 3 people are waiting. Your limit is 2.")
    ]


def test_it_is_over_once_the_line_has_been_short_for_a_while(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1)
    joins(queue, 2, NOON)
    look(NOON)
    leaves(queue, 1, NOON + minutes(1))
    look(NOON + minutes(1))
    joins(queue, 1, NOON + minutes(2), first=5)  # one joiner more is no new trouble
    look(NOON + minutes(2))
    leaves(queue, 2, NOON + minutes(3))
    look(NOON + minutes(3))
    look(NOON + minutes(3) + OVER_AFTER - timedelta(seconds=1))
    assert told() == [BEGAN]
    for _ in range(3):
        look(NOON + minutes(3) + PAUSE)
    assert told() == [BEGAN, OVER]
    joins(queue, 1, NOON + minutes(20), first=7)
    look(NOON + minutes(20))
    assert told() == [BEGAN, OVER, BEGAN]


def test_what_began_in_quiet_hours_and_still_stands_is_told_afterwards(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1, quiet_from=time(11), quiet_until=time(13))
    joins(queue, 2, NOON)
    look(NOON)
    look(NOON + minutes(59))
    assert told() == []
    look(NOON + minutes(60))
    look(NOON + minutes(61))
    assert told() == [BEGAN]


def test_what_was_over_before_they_ended_is_never_told(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1, quiet_from=time(11), quiet_until=time(13))
    joins(queue, 2, NOON)
    look(NOON)
    leaves(queue, 1, NOON + minutes(5))
    for minute in (5, 10, 60, 70):
        look(NOON + minutes(minute))
    assert told() == []


def test_that_it_is_over_waits_for_the_end_of_quiet_hours_too(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1, quiet_from=time(12, 30), quiet_until=time(13))
    joins(queue, 2, NOON)
    look(NOON)
    leaves(queue, 1, NOON + minutes(31))
    for minute in (31, 40, 59):
        look(NOON + minutes(minute))
    assert told() == [BEGAN]
    look(NOON + minutes(60))
    assert told() == [BEGAN, OVER]


@pytest.mark.parametrize(
    ("at", "is_told"),
    [
        (datetime(2026, 3, 28, 6, 30, tzinfo=UTC), False),  # half past six in Lisbon, by winter time
        (datetime(2026, 3, 28, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 5, 30, tzinfo=UTC), False),  # half past six by summer time
        (datetime(2026, 3, 29, 6, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 6, 30, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 24, 21, 30, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 21, 30, tzinfo=UTC), True),
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(
    queue: Queue, rosa: Servicer, at: datetime, is_told: bool
) -> None:
    wants(rosa, queue, most_waiting=1, quiet_from=time(22), quiet_until=time(7))
    joins(queue, 2, at)
    look(at)
    assert told() == ([BEGAN] if is_told else [])


def test_nobody_on_duty_is_told_after_five_minutes_with_people_waiting(
    queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    wants(rosa, queue, unstaffed=True)
    look(NOON)
    joins(queue, 1, NOON)
    look(NOON)
    look(NOON + minutes(4))
    assert told() == []
    look(NOON + minutes(5))
    assert told() == [("alarm", "unstaffed")]
    press(queue, luis, lambda s, q, by: None, NOON + minutes(6))
    look(NOON + minutes(6))
    look(NOON + minutes(6) + PAUSE)
    assert told() == [("alarm", "unstaffed"), ("alarm_over", "unstaffed")]


def test_nobody_on_duty_is_no_trouble_where_it_is_closed(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, unstaffed=True)
    joins(queue, 1, NOON)

    def close(session: Session) -> None:
        session.get_one(Queue, queue.id).state = QueueState.CLOSED

    transaction(close)
    look(NOON)
    look(NOON + minutes(10))
    assert told() == []


def test_somebody_called_too_long_ago_is_told(queue: Queue, rosa: Servicer, luis: Servicer) -> None:
    wants(rosa, queue, called_long_ago=True)
    join(queue, ANA, NOON)
    call_next(queue, luis, NOON)
    look(NOON + minutes(19))
    assert told() == []
    look(NOON + minutes(20))
    assert told() == [("alarm", "called_long_ago")]
    change(1, queue, lambda s, t: ending.mark_no_show(s, t, by=By.servicer(luis.id), now=NOON + minutes(21)))
    look(NOON + minutes(21))
    look(NOON + minutes(21) + PAUSE)
    assert told()[1:] == [("alarm_over", "called_long_ago")]


def test_whoever_was_called_again_since_is_none_of_whom_nobody_thinks(
    queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    wants(rosa, queue, called_long_ago=True)
    join(queue, ANA, NOON)
    call_next(queue, luis, NOON)
    later = NOON + minutes(15)
    change(1, queue, lambda s, t: calling.call_again(s, t, by=By.servicer(luis.id), now=later))
    look(NOON + minutes(34))
    assert told() == []
    look(NOON + minutes(35))
    assert told() == [("alarm", "called_long_ago")]


def test_a_line_that_does_not_move_is_told(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, stalled=True)
    joins(queue, 1, NOON)

    def stalls(session: Session) -> None:
        store_waits(session, queue.id, curve=[[1, 1, 2]], state=WaitState.STALLED, last_event_id=1, now=NOON)

    transaction(stalls)
    look(NOON)
    look(NOON + minutes(1))
    assert told() == [("alarm", "stalled")]


def test_texts_that_do_not_leave_are_mailed_even_to_whoever_wants_texts_alone(
    queue: Queue, business: Business, rosa: Servicer, day: Day
) -> None:
    wants(rosa, queue, texts_failing=True, by_mail=False, by_text=True)

    def fail(session: Session) -> None:
        number = session.scalars(select(OurNumber).where(OurNumber.business_id == business.id)).one()
        number.failures = 3

    transaction(fail)
    look(NOON)
    look(NOON + minutes(1))
    carrier = ScriptedCarrier()
    send_all(sender_with(carrier, day), day)
    assert told() == [("alarm", "texts_failing")]
    assert carrier.got == []


def test_a_late_backup_is_told_where_backups_are_made(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, backup_late=True)
    transaction(lambda session: record_backup(session, NOON - timedelta(hours=28)))
    for now in (NOON, NOON + minutes(10)):
        look(now, Troubles(makes_backups=False))
    assert told() == []
    for now in (NOON, NOON + minutes(10)):
        look(now)
    assert told() == [("alarm", "backup_late")]


def test_whoever_takes_back_their_wish_hears_no_more(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1)
    joins(queue, 2, NOON)
    look(NOON)
    wants(rosa, queue, most_waiting=None)
    look(NOON + minutes(1))
    look(NOON + minutes(1) + PAUSE)
    assert told() == [BEGAN]
    with reading() as session:
        assert [row.over_at is not None for row in session.scalars(select(Trouble))] == [True]


def test_who_manages_no_more_is_told_nothing(queue: Queue, rosa: Servicer) -> None:
    wants(rosa, queue, most_waiting=1)

    def demote(session: Session) -> None:
        session.get_one(Servicer, rosa.id).role = Role.SERVICER

    transaction(demote)
    joins(queue, 2, NOON)
    look(NOON)
    assert told() == []


def test_no_text_goes_to_a_phone_that_was_typed_or_has_stopped_them(
    queue: Queue, business: Business, rosa: Servicer, day: Day
) -> None:
    carrier = ScriptedCarrier()
    wants(rosa, queue, most_waiting=1, by_text=True)

    def stop(session: Session) -> None:
        row = session.get_one(Servicer, rosa.id)
        row.opt_out(session, row.business.numbers[0].id, NOON)

    transaction(stop)
    joins(queue, 2, NOON)
    look(NOON)
    transaction(lambda s: s.get_one(Servicer, rosa.id).set_phone("+15550107010"))
    leaves(queue, 1, NOON + minutes(1))
    look(NOON + minutes(1))
    look(NOON + minutes(1) + PAUSE)
    day.pass_(600)
    send_all(sender_with(carrier, day), day)
    assert carrier.got == []
    assert told() == [BEGAN, OVER]


def test_looking_when_nothing_is_new_writes_nothing(
    queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants(rosa, queue, most_waiting=1, stalled=True, unstaffed=True)
    joins(queue, 2, NOON)
    look(NOON)
    written: list[object] = []
    monkeypatch.setattr("jobs.queues.troubles.transaction", written.append)
    for second in range(1, 5):
        look(NOON + timedelta(seconds=second))
    assert written == []
