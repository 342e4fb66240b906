"""A servicer who left without signing off is off duty as of the last press, but never too early."""

import pytest
from sqlalchemy import select

from jobs.queues.duties import Duties
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.duties import Duty, on_duty
from models.queueing.opening import close_queue, pause_queue
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.world import ANA, BEN, NOON, call_next, change, join, minutes, press


@pytest.fixture
def duties(db: Database) -> Duties:
    return Duties()


def finish(queue: Queue, number: int, servicer: Servicer, at: float) -> None:
    change(
        number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(servicer.id), now=NOON + minutes(at))
    )


def is_on(queue: Queue, servicer: Servicer) -> bool:
    with reading() as session:
        return any(duty.servicer_id == servicer.id for duty in on_duty(session, queue.id))


def test_silence_while_people_wait_ends_a_duty_at_its_last_press(
    duties: Duties, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    finish(queue, 1, rosa, 3)
    call_next(queue, luis, NOON + minutes(3))
    join(queue, "+15550101009", NOON + minutes(3))
    duties.run(NOON + minutes(22.9))
    assert is_on(queue, rosa)
    duties.run(NOON + minutes(23.1))
    assert not is_on(queue, rosa)
    assert is_on(queue, luis)  # has a customer, who may take long
    with reading() as session:
        ended = session.scalars(select(Event).where(Event.kind == EventKind.DUTY_ENDED)).one()
        duty = session.scalars(select(Duty).where(Duty.servicer_id == rosa.id)).one()
    assert (duty.ended_at, ended.at, ended.servicer_id) == (NOON, NOON, rosa.id)


def test_somebody_with_nobody_to_call_has_no_reason_to_press(
    duties: Duties, queue: Queue, rosa: Servicer
) -> None:
    call_next(queue, rosa)
    duties.run(NOON + minutes(119))
    assert is_on(queue, rosa)
    join(queue, ANA, NOON + minutes(119))
    duties.run(NOON + minutes(119.5))
    assert is_on(queue, rosa)


def test_silence_counts_from_when_somebody_waits(duties: Duties, queue: Queue, rosa: Servicer) -> None:
    call_next(queue, rosa)
    join(queue, ANA, NOON + minutes(60))
    duties.run(NOON + minutes(79))
    assert is_on(queue, rosa)
    duties.run(NOON + minutes(80))
    assert not is_on(queue, rosa)


def test_after_two_hours_without_a_press_anybody_has_gone(
    duties: Duties, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    duties.run(NOON + minutes(119))
    assert is_on(queue, rosa)
    duties.run(NOON + minutes(120))
    assert not is_on(queue, rosa)


def test_a_paused_line_is_no_silence(duties: Duties, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    press(queue, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=NOON))
    duties.run(NOON + minutes(60))
    assert is_on(queue, rosa)


def test_after_closing_everybody_goes_off_once_their_customer_is_done(
    duties: Duties, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    press(queue, luis, lambda s, q, by: close_queue(s, q, by=by, now=NOON))
    duties.run(NOON + minutes(5))
    assert (is_on(queue, rosa), is_on(queue, luis)) == (True, False)
    finish(queue, 1, rosa, 6)
    duties.run(NOON + minutes(7))
    assert not is_on(queue, rosa)


def test_a_press_that_comes_first_keeps_the_servicer_on_duty(
    duties: Duties, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA)
    press(queue, rosa, lambda s, q, by: None)
    press(queue, rosa, lambda s, q, by: None, now=NOON + minutes(19))
    duties.run(NOON + minutes(21))
    assert is_on(queue, rosa)


def test_coming_back_begins_a_new_duty(duties: Duties, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    press(queue, rosa, lambda s, q, by: None)
    duties.run(NOON + minutes(20))
    assert call_next(queue, rosa, NOON + minutes(40)) == 1
    with reading() as session:
        began = session.scalars(select(Duty.began_at).order_by(Duty.id)).all()
    assert began == [NOON, NOON + minutes(40)]
