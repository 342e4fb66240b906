"""A promise that won't be kept is taken back before its time is over, once, and not if it holds after all."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from jobs.queues.promises import Promises
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, moving, reminders, ticket_details
from models.queueing.duties import come_on_duty, duty_of, go_off_duty
from models.queueing.line.unsent_changes import take_back_unsent
from models.queueing.line.wait_table import store_waits
from models.queueing.opening import open_queue, pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.statistics.promises import ChangeCount
from models.statistics.span import span_of
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from models.waiting.estimator import WaitState
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.one_database import on_sqlite
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
    press,
    ticket,
)

DAN = "+15550101004"


def waits(queue: Queue, *ranges: tuple[float, float, float], state: WaitState = WaitState.OK) -> None:
    """What the clock has computed, by people ahead: expected, low, high."""
    curve = [list(each) for each in ranges]
    transaction(lambda s: store_waits(s, queue.id, curve=curve, state=state, last_event_id=10**6, now=NOON))


class Clock:
    """The clock of a shop, once a minute: looks at the promises, and sends what is due."""

    def __init__(self) -> None:
        self._day, self._promises, self._carrier = Day(), Promises(), ScriptedCarrier()
        self._sender = sender_with(self._carrier, self._day)

    def runs_until(self, minute: int, *, looks: bool = True) -> list[str]:
        """Gives all texts that have arrived so far."""
        while self._day.now < NOON + minutes(minute):
            self._day.pass_(60)
            if looks:
                self._promises.run(self._day.now)
            send_all(self._sender, self._day, rounds=3, apart=0.01)
            self._day.pass_(-0.03)
        return self._carrier.bodies


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(queue: Queue, rosa: Servicer) -> Queue:
    """Rosa serves Ana; Ben, Cai and Dan wait, and Dan was told 15 to 25 minutes."""
    waits(queue, (5, 2, 9), (12, 6, 18), (20, 15, 25), (20, 15, 25))
    for someone in (ANA, BEN, CAI, DAN):
        join(queue, someone)
    call_next(queue, rosa)
    return queue


def pause(queue: Queue, rosa: Servicer, minute: float, reason: str | None = None) -> None:
    now = NOON + minutes(minute)
    press(queue, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=now, reason=reason), now)


def resume(queue: Queue, rosa: Servicer, minute: float) -> None:
    now = NOON + minutes(minute)
    press(queue, rosa, lambda s, q, by: open_queue(s, q, by=by, now=now), now)


def counted(queue: Queue) -> int:
    """How many were told that their wait had changed, as the statistics say."""
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        return span_of(session, [mine], None, None, NOON + minutes(60)).whole[ChangeCount.TOLD]


def to(texts: list[str], number: int) -> list[str]:
    return [text for text in texts if f"umber {number}," in text or f"umber {number} " in text]


def test_a_pause_is_told_once_before_the_promised_time_is_over(
    line: Queue, rosa: Servicer, clock: Clock
) -> None:
    pause(line, rosa, 5, "lunch")
    assert to(clock.runs_until(14), 4) == []
    [told] = to(clock.runs_until(25), 4)
    assert told.startswith("Sorry, number 4, Haircuts is taking longer than we told you.")
    assert "paused for now (lunch)" in told
    assert to(clock.runs_until(30), 4) == [told]
    resume(line, rosa, 30)
    waits(line, (2, 1, 4), (10, 6, 15), (17, 12, 22))
    moves = to(clock.runs_until(33), 4)[1]
    assert moves.startswith("Number 4, the line for Haircuts is moving again. The wait is about 10-25 min.")
    pause(line, rosa, 34)
    assert len(to(clock.runs_until(70), 4)) == 2, "nobody is told more than twice"


@on_sqlite
def test_that_it_moves_again_never_leaves_if_it_stands_again(
    line: Queue, rosa: Servicer, clock: Clock
) -> None:
    pause(line, rosa, 5)
    [told] = to(clock.runs_until(25), 4)
    resume(line, rosa, 26)
    Promises().run(NOON + minutes(26))
    pause(line, rosa, 26.5)
    assert to(clock.runs_until(40), 4) == [told]
    assert ticket(line, 4).told_again == 1


@on_sqlite
def test_a_pause_that_is_over_in_time_is_never_told(line: Queue, rosa: Servicer, clock: Clock) -> None:
    pause(line, rosa, 5)
    clock.runs_until(12)
    resume(line, rosa, 12)
    waits(line, (2, 1, 4), (4, 2, 6), (8, 5, 10))
    assert to(clock.runs_until(19), 4) == []


def test_a_text_that_has_not_left_when_it_is_true_again_never_leaves(
    line: Queue, rosa: Servicer, clock: Clock
) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    assert outbox(line, 4) == [(4, "promise_changed", "waiting")]
    assert (ticket(line, 4).told_again, counted(line)) == (1, 0)
    waits(line, (5, 2, 9), (12, 6, 18), (19, 15, 25))
    assert to(clock.runs_until(5), 4) == []
    assert outbox(line, 4) == [(4, "promise_changed", "expired")]
    assert counted(line) == 0
    kept = ticket(line, 4)
    assert (kept.told_again, kept.told_at, kept.told_until) == (0, NOON, NOON + minutes(25))


@on_sqlite
def test_what_becomes_true_again_as_it_is_sent_is_dropped_and_may_be_told_later(
    line: Queue, clock: Clock
) -> None:
    """The sender looks once more by itself."""
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    waits(line, (5, 2, 9), (12, 6, 18), (19, 15, 25))
    assert to(clock.runs_until(3, looks=False), 4) == []
    assert outbox(line, 4) == [(4, "promise_changed", "expired")]
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    assert len(to(clock.runs_until(8), 4)) == 1


@on_sqlite
def test_a_text_that_says_paused_never_leaves_once_the_line_moves_again(
    line: Queue, rosa: Servicer, clock: Clock
) -> None:
    pause(line, rosa, 5, "lunch")
    assert to(clock.runs_until(15), 4) == []
    Promises().run(NOON + minutes(15.5))
    assert outbox(line, 4) == [(4, "promise_changed", "waiting")]
    resume(line, rosa, 15.7)
    [told] = to(clock.runs_until(19), 4)
    assert "paused" not in told
    assert "The wait is about 15-25 min." in told
    assert (ticket(line, 4).told_again, counted(line)) == (1, 1)


@on_sqlite
def test_a_reason_that_is_over_is_not_told(line: Queue, luis: Servicer, clock: Clock) -> None:
    call_next(line, luis)
    rest(line, luis, 1)
    waits(line, (25, 20, 30), (50, 40, 60))
    Promises().run(NOON + minutes(2))
    back = NOON + minutes(2.5)
    press(line, luis, lambda s, q, by: come_on_duty(s, q.id, by=by, now=back), back)
    [told] = to(clock.runs_until(5), 4)
    assert "slower than usual" in told


@pytest.mark.parametrize("looks", [True, False])
def test_of_two_changes_that_have_not_left_only_the_newer_does(
    line: Queue, clock: Clock, looks: bool
) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    waits(line, (5, 2, 9), (12, 6, 18), (120, 110, 130))
    if looks:
        Promises().run(NOON + minutes(2))
    assert len([text for text in to(clock.runs_until(3, looks=False), 4) if "50-70" in text]) == 0
    [told] = to(clock.runs_until(7), 4)
    assert "about 110-130 min" in told
    assert (ticket(line, 4).told_again, counted(line)) == (1, 1)


@pytest.mark.parametrize("ends", ["called", "left"])
def test_a_change_whose_text_had_not_left_at_the_call_was_never_told(
    queue: Queue, rosa: Servicer, clock: Clock, ends: str
) -> None:
    waits(queue, (20, 15, 25))
    join(queue, ANA)
    waits(queue, (60, 50, 70))
    Promises().run(NOON + minutes(1))
    if ends == "called":
        call_next(queue, rosa, NOON + minutes(1.3))
    else:
        change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(1.3)))
    assert [text for text in clock.runs_until(4) if "longer" in text] == []
    kept = ticket(queue, 1)
    assert (kept.told_again, kept.told_at, counted(queue)) == (0, NOON, 0)


def test_a_change_whose_text_is_leaving_was_told_though_it_holds_again(line: Queue) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    leaves = update(OutboundMessage).where(OutboundMessage.kind == TextKind.PROMISE_CHANGED)
    transaction(lambda s: s.execute(leaves.values(state=TextState.SENDING)))
    waits(line, (5, 2, 9), (12, 6, 18), (19, 15, 25))
    Promises().run(NOON + minutes(2))
    change(4, line, lambda s, t: take_back_unsent(s, t, now=NOON + minutes(2)))
    assert ticket(line, 4).told_again == 1


@on_sqlite
def test_a_change_does_not_leave_while_another_queue_has_them(
    business: Business, line: Queue, luis: Servicer, clock: Clock
) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    other = make_queue(business, "OTHER")
    join(other, DAN, NOON + minutes(1)), call_next(other, luis, NOON + minutes(1.5))
    assert [text for text in clock.runs_until(4) if "umber 4, Haircuts" in text] == []
    assert ticket(line, 4).told_again == 0


@on_sqlite
def test_a_change_that_waits_is_dropped_when_something_newer_is_told(line: Queue, clock: Clock) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    Promises().run(NOON + minutes(1))
    change(4, line, lambda s, t: reminders.alert(s, t, by=By.clock(), now=NOON + minutes(1.5)))
    assert [text for text in to(clock.runs_until(5), 4) if "longer" in text] == []
    kept = ticket(line, 4)
    assert (kept.told_again, kept.told_at) == (0, NOON + minutes(1.5))


@on_sqlite
def test_a_break_is_the_reason(line: Queue, rosa: Servicer, luis: Servicer, clock: Clock) -> None:
    call_next(line, luis)
    rest(line, luis, 2)
    waits(line, (25, 20, 30), (50, 40, 60), (70, 60, 90))
    [told] = to(clock.runs_until(6), 4)
    assert "The wait is about 40-60 min. One of our team is on a break." in told


def rest(queue: Queue, servicer: Servicer, minute: float, by: By | None = None) -> None:
    def work(session: Session) -> None:
        duty = duty_of(session, queue.id, servicer.id)
        assert duty is not None
        go_off_duty(session, duty, by=by or By.servicer(servicer.id), now=NOON + minutes(minute))

    transaction(work)


@on_sqlite
def test_somebody_put_ahead_is_the_reason(line: Queue, rosa: Servicer, clock: Clock) -> None:
    back = NOON + minutes(1)
    change(1, line, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=back))
    waits(line, (5, 2, 9), (12, 6, 18), (30, 20, 40), (45, 35, 55))
    [told] = to(clock.runs_until(6), 4)
    assert "The wait is about 35-55 min. There are more people ahead of you than before." in told


@on_sqlite
def test_without_another_reason_it_is_slower_than_usual(line: Queue, clock: Clock) -> None:
    waits(line, (25, 20, 30), (50, 40, 60), (70, 60, 90))
    [told] = to(clock.runs_until(4), 4)
    assert "It's slower than usual today." in told


@on_sqlite
def test_what_stays_within_the_tolerance_is_not_told(line: Queue, clock: Clock) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (30, 20, 40))
    assert to(clock.runs_until(5), 4) == []


@on_sqlite
def test_a_queue_without_a_tolerance_tells_nobody(business: Business, rosa: Servicer, clock: Clock) -> None:
    silent = make_queue(business, "SILENT", tolerance_minutes=0)
    waits(silent, (15, 10, 20))
    join(silent, ANA)
    waits(silent, (90, 80, 99))
    assert clock.runs_until(19) == []


@on_sqlite
def test_nobody_is_told_more_than_twice(line: Queue, clock: Clock) -> None:
    for stage, low in enumerate((60, 120, 240, 480)):
        waits(line, (5, 2, 9), (12, 6, 18), (low, low, low + 10))
        clock.runs_until(4 * (stage + 1))
    assert len(to(clock.runs_until(20), 4)) == 2
    assert ticket(line, 4).told_again == 2


@on_sqlite
def test_earlier_is_told_to_whoever_would_have_to_hurry(business: Business, clock: Clock) -> None:
    queue = make_queue(business, "LONG", alert_ahead=0)
    waits(queue, (90, 80, 100))
    join(queue, ANA)
    waits(queue, (60, 50, 70))  # an hour is no hurry
    assert clock.runs_until(3) == []
    waits(queue, (12, 10, 15))
    [told] = clock.runs_until(8)
    assert told.startswith("Number 1, it's going faster than we told you. The wait is about 10-15 min.")


@on_sqlite
def test_whoever_was_nearly_up_and_told_later_is_told_that_it_is_earlier_after_all(
    business: Business, clock: Clock
) -> None:
    queue = make_queue(business, "NEAR", alert_ahead=2)  # joins near the front
    waits(queue, (20, 15, 25))
    join(queue, ANA)
    waits(queue, (60, 50, 70))
    [later] = clock.runs_until(3)
    waits(queue, (12, 10, 15))
    [first, sooner] = clock.runs_until(8)
    assert first == later
    assert sooner.startswith("Number 1, it's going faster than we told you. The wait is about 10-15 min.")


@on_sqlite
@pytest.mark.parametrize("knows", [reminders.alert, ticket_details.arrive])
def test_whoever_knows_or_is_there_is_not_told_that_it_goes_faster(
    business: Business, clock: Clock, knows: object
) -> None:
    queue = make_queue(business, "LONG", alert_ahead=0)
    waits(queue, (90, 80, 100))
    join(queue, ANA)
    change(1, queue, lambda s, t: knows(s, t, by=By.customer(), now=NOON))  # type: ignore[operator]
    waits(queue, (12, 10, 15))
    assert [text for text in clock.runs_until(8) if "faster" in text] == []


def test_nobody_who_is_called_or_on_hold_is_told(line: Queue, rosa: Servicer, clock: Clock) -> None:
    change(1, line, lambda s, t: moving.set_aside(s, t, by=By.servicer(rosa.id), now=NOON))
    call_next(line, rosa)
    waits(line, (90, 80, 100), (90, 80, 100), (90, 80, 100))
    texts = clock.runs_until(6)
    assert [n for n in (1, 2, 3, 4) if any("longer" in text for text in to(texts, n))] == [3, 4]


@on_sqlite
def test_without_a_phone_the_change_is_kept_for_the_page(queue: Queue, clock: Clock) -> None:
    waits(queue, (20, 15, 25))
    join(queue, None, source=Source.WEB)
    waits(queue, (60, 50, 70))
    assert clock.runs_until(6) == []
    kept = ticket(queue, 1)
    assert (kept.told_again, kept.told_until) == (1, NOON + minutes(71))
    assert counted(queue) == 0  # nobody knows whether they looked


@on_sqlite
def test_a_change_that_the_carrier_refused_was_told_to_nobody(line: Queue, clock: Clock) -> None:
    waits(line, (5, 2, 9), (12, 6, 18), (60, 50, 70))
    assert len(to(clock.runs_until(3), 4)) == counted(line) == 1
    refused = update(OutboundMessage).where(OutboundMessage.kind == TextKind.PROMISE_CHANGED)
    transaction(lambda s: s.execute(refused.values(state=TextState.FAILED)))
    assert counted(line) == 0


@on_sqlite
def test_what_was_promised_in_a_pause_is_no_promise(queue: Queue, rosa: Servicer, clock: Clock) -> None:
    waits(queue, (20, 15, 25))
    pause(queue, rosa, 0)
    join(queue, ANA)
    assert clock.runs_until(30) == []
    assert ticket(queue, 1).told_until is None
