"""Nearly-up texts: the first few in line, once each, and people who asked for one some minutes ahead."""

import threading

import pytest
from sqlalchemy.orm import Session

from jobs.queues.alerts import NearlyUp
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, ticket_details
from models.queueing.line.wait_table import store_waits
from models.queueing.opening import open_queue, pause_queue
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from models.waiting.estimator import WaitState
from tests.one_database import on_both
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    make_queue,
    minutes,
    outbox,
    phone,
    press,
    statements,
    ticket,
)

DAN = "+15550101004"


@pytest.fixture
def line(queue: Queue) -> Queue:
    """The answer to their join says that they are nearly up to Ana and Ben, not to Cai and Dan."""
    for someone in (ANA, BEN, CAI, DAN):
        join(queue, someone)
    return queue


def test_nobody_is_told_what_the_answer_to_the_join_has_said(line: Queue) -> None:
    NearlyUp().run(NOON)
    assert outbox(line) == []


def test_whoever_comes_near_is_told_once(line: Queue, rosa: Servicer) -> None:
    alerts = NearlyUp()
    call_next(line, rosa)
    for _ in range(3):
        alerts.run(NOON)
    assert outbox(line, 3) == [(3, "nearly_up", "waiting")]
    assert outbox(line, 4) == []
    assert ticket(line, 3).alerted_at == NOON


def test_a_clock_that_starts_anew_tells_nobody_twice(line: Queue, rosa: Servicer) -> None:
    call_next(line, rosa)
    NearlyUp().run(NOON)
    NearlyUp().run(NOON)
    assert len(outbox(line, 3)) == 1


@on_both
def test_two_clocks_at_once_tell_each_once(line: Queue, rosa: Servicer) -> None:
    call_next(line, rosa)
    clocks = [threading.Thread(target=NearlyUp().run, args=(NOON,)) for _ in range(2)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert len(outbox(line, 3)) == 1


def test_nobody_is_told_because_somebody_behind_left(line: Queue) -> None:
    change(4, line, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    NearlyUp().run(NOON)
    assert outbox(line) == []


def test_somebody_put_back_near_the_front_is_not_told_again(line: Queue, rosa: Servicer) -> None:
    alerts = NearlyUp()
    call_next(line, rosa)
    alerts.run(NOON)
    change(1, line, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=NOON))
    alerts.run(NOON)
    assert [kind for _, kind, _ in outbox(line, 1)] == ["your_turn", "put_back"]


def test_how_near_is_the_queues_setting(business: Business, rosa: Servicer) -> None:
    far, never = make_queue(business, "FAR", alert_ahead=3), make_queue(business, "NEVER", alert_ahead=0)
    for queue in (far, never):
        for index in range(5):
            join(queue, phone(index))
        change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    NearlyUp().run(NOON)
    assert [number for number, _, _ in outbox(far)] == [4]
    assert outbox(never) == []


def test_a_paused_line_alerts_nobody_until_it_moves_again(line: Queue, rosa: Servicer) -> None:
    alerts = NearlyUp()
    press(line, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=NOON))
    change(1, line, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    alerts.run(NOON)
    assert outbox(line, 3) == []
    press(line, rosa, lambda s, q, by: open_queue(s, q, by=by, now=NOON + minutes(9)))
    alerts.run(NOON + minutes(9))
    assert len(outbox(line, 3)) == 1


def test_only_lines_in_which_something_happened_are_looked_at(line: Queue, rosa: Servicer) -> None:
    alerts = NearlyUp()
    alerts.run(NOON)

    def come_nearer_in_silence(session: Session) -> None:
        session.get_one(Queue, line.id).alert_ahead = 4

    transaction(come_nearer_in_silence)
    alerts.run(NOON)
    assert outbox(line) == []
    join(line, phone(1))
    alerts.run(NOON)
    assert [number for number, _, _ in outbox(line)] == [3, 4]


# Called in another queue ---------------------------------------------------------------------------------


def test_somebody_called_elsewhere_is_told_once_they_are_done_there(
    business: Business, line: Queue, rosa: Servicer, luis: Servicer
) -> None:
    other = make_queue(business, "DMV")
    join(other, CAI)
    assert call_next(other, luis) == 1
    alerts = NearlyUp()
    call_next(line, rosa)
    alerts.run(NOON)
    alerts.run(NOON + minutes(1))
    assert outbox(line, 3) == []
    change(1, other, lambda s, t: calling.start(s, t, by=By.servicer(luis.id), now=NOON + minutes(1)))
    alerts.run(NOON + minutes(2))
    assert outbox(line, 3) == []
    change(1, other, lambda s, t: ending.finish(s, t, by=By.servicer(luis.id), now=NOON + minutes(3)))
    for _ in range(2):
        alerts.run(NOON + minutes(3))
    assert outbox(line, 3) == [(3, "nearly_up", "waiting")]


def test_a_lead_that_comes_while_they_are_called_elsewhere_is_told_after(
    db: Database, business: Business, queue: Queue, luis: Servicer
) -> None:
    other = make_queue(business, "DMV")
    for index in range(6):
        join(queue, phone(index))
    join(other, phone(5))
    wants_to_know(queue, 6, 15)
    call_next(other, luis)
    waits(queue, 2.0)
    alerts = NearlyUp()
    alerts.run(NOON)
    assert outbox(queue, 6) == []
    change(1, other, lambda s, t: ending.mark_no_show(s, t, by=By.servicer(luis.id), now=NOON + minutes(3)))
    alerts.run(NOON + minutes(3))
    assert outbox(queue, 6) == [(6, "nearly_up", "waiting")]


# A lead of their own ------------------------------------------------------------------------------------


def wants_to_know(queue: Queue, number: int, lead: int) -> None:
    change(number, queue, lambda s, t: ticket_details.set_lead(s, t, lead, by=By.customer(), now=NOON))


def waits(queue: Queue, minutes_each: float, last_event_id: int = 10**6) -> None:
    """What the clock has computed: so many minutes for each one ahead."""
    curve = [(minutes_each * n, minutes_each * n / 2, minutes_each * n * 2) for n in range(60)]
    transaction(
        lambda s: store_waits(
            s, queue.id, curve=curve, state=WaitState.OK, last_event_id=last_event_id, now=NOON
        )
    )


def test_a_customer_is_told_when_the_expected_wait_falls_to_their_lead(db: Database, queue: Queue) -> None:
    for index in range(10):
        join(queue, phone(index))
    wants_to_know(queue, 9, 15)
    alerts = NearlyUp()
    waits(queue, 2.0)  # eight ahead: 16 minutes
    alerts.run(NOON)
    assert outbox(queue) == []
    waits(queue, 1.8)  # 14.4 minutes, though nobody moved
    alerts.run(NOON + minutes(1))
    alerts.run(NOON + minutes(2))
    assert outbox(queue) == [(9, "nearly_up", "waiting")]


def test_the_alert_goes_by_the_minutes_that_are_most_probably_left(db: Database, queue: Queue) -> None:
    for index in range(10):
        join(queue, phone(index))
    wants_to_know(queue, 9, 15)
    curve = [(2.0 * n, 1.0 * n, 4.0 * n) for n in range(60)]  # eight ahead: 16, and most probably 14
    at_least = [1.75 * n for n in range(60)]
    stored = {"curve": curve, "at_least": at_least, "state": WaitState.OK, "last_event_id": 10**6}
    transaction(lambda s: store_waits(s, queue.id, now=NOON, **stored))
    for _ in range(2):
        NearlyUp().run(NOON)
    assert outbox(queue) == [(9, "nearly_up", "waiting")]


def test_the_waits_are_read_once_for_all_who_want_to_know(db: Database, line: Queue) -> None:
    for number in (3, 4):
        wants_to_know(line, number, 1)
    with statements(db) as asked:
        NearlyUp().run(NOON)
    assert len([each for each in asked if "FROM queue_waits" in each]) == 1


def test_somebody_with_a_lead_is_told_at_the_place_as_well(line: Queue, rosa: Servicer) -> None:
    wants_to_know(line, 3, 1)
    waits(line, 30.0)
    call_next(line, rosa)
    NearlyUp().run(NOON)
    assert outbox(line, 3) == [(3, "nearly_up", "waiting")]


def test_nobody_is_told_by_lead_while_the_line_is_paused(line: Queue, rosa: Servicer) -> None:
    wants_to_know(line, 4, 60)
    press(line, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=NOON))
    NearlyUp().run(NOON)
    assert outbox(line) == []
