"""The accuracy of promised waits, computed by hand on a few visits."""

from datetime import timedelta

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import moving
from models.queueing.line.waits import wait_after
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.queueing.transfer import transfer
from models.statistics.distributions import Tally
from models.statistics.promises import ChangeCount, Promises, plain
from models.statistics.span import span_of
from models.statistics.timelines import ToldAgain, Visit
from models.storage.database import reading
from tests.one_database import on_both
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_queue, minutes, ticket


def visit(
    ahead: int | None, waited: float | None, *, state: TicketState = TicketState.SERVED, moved: bool = False
) -> Visit:
    """Promised 10 to 20 minutes, 14 expected."""
    return Visit(
        state,
        NOON,
        called_at=None if waited is None else NOON + minutes(waited),
        low=10,
        high=20,
        expected=14.0,
        ahead=ahead,
        is_moved=moved,
    )


def test_how_often_the_range_held_and_how_far_off_it_was() -> None:
    tally = Tally.of([visit(3, 10), visit(3, 20), visit(4, 9), visit(5, 25)])
    assert tally.promises == Promises(called=4, held=2, error=6.5, bias=-2.0)
    assert tally.promises.share_held == 0.5


def test_who_gave_up_or_was_not_called_is_counted_and_left_out() -> None:
    closing = visit(0, None, state=TicketState.LEFT)
    closing.reason = DAY_ENDED
    gave_up = visit(0, None, state=TicketState.LEFT)
    found = Tally.of([visit(0, 14), gave_up, closing, visit(0, None, state=TicketState.WAITING)]).promises
    assert found == Promises(called=1, held=1, error=0, bias=0, gave_up=1, not_called=2)


def test_a_promise_is_void_for_who_moved_in_line_or_was_promised_nothing() -> None:
    history = Visit(TicketState.SERVED, NOON, called_at=NOON)
    assert Tally.of([visit(3, 12, moved=True), history]).promises == Promises()
    assert plain(Promises())["share_held"] is plain(Promises())["error_minutes"] is None


def test_an_old_promise_without_its_middle_says_only_whether_it_held() -> None:
    old = visit(3, 12)
    old.expected = None
    assert Tally.of([old]).promises == Promises(called=1, held=1)


def test_whoever_was_told_in_time_counts_by_the_new_range() -> None:
    def told(low: int | None, high: int | None, called: float | None) -> Visit:
        visited = visit(3, called)
        visited.told_again, visited.new_promise = 1, ToldAgain(NOON + minutes(10), low, high)
        return visited

    in_time, late, standing, waits = told(20, 30, 35), told(5, 9, 60), told(None, None, 40), told(5, 9, None)
    tally = Tally.of([in_time, late, standing, waits, visit(3, 14)])
    counted = [tally[count] for count in (ChangeCount.TOLD, ChangeCount.CALLED, ChangeCount.HELD)]
    assert counted == [4, 2, 1]


def test_those_by_people_ahead_add_up_to_all() -> None:
    tally = Tally.of([visit(ahead, 14) for ahead in (0, 1, 2, 3, 10, 11, 20, 21, 300)])
    by_ahead = tally.promises_by_ahead
    told = {ahead: found.called for ahead, found in by_ahead.items()}
    assert told == {"0": 1, "1-2": 2, "3-5": 1, "6-10": 1, "11-20": 2, "21+": 2}
    assert sum(told.values()) == tally.promises.called
    assert list(Tally.of([visit(4, 14)]).promises_by_ahead) == ["3-5"]


def test_the_whole_promise_is_kept_with_the_ticket_and_scored_when_they_are_called(
    queue: Queue, rosa: Servicer
) -> None:
    told = [join(queue, phone).wait for phone in (ANA, BEN, CAI)]
    kept = ticket(queue, 2)
    assert (kept.promised_low, kept.promised_high) == (told[1].low, told[1].high)
    assert kept.promised_expected == told[1].expected
    call_next(queue, rosa, NOON + minutes(2))
    change(1, queue, lambda s, t: moving.put_back(s, t, by=_by(rosa), now=NOON + minutes(3)))
    call_next(queue, rosa, NOON + minutes(told[1].low))
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        whole = span_of(session, [mine], None, None, NOON + timedelta(hours=1)).whole
    # Ben, who was called; Cai waits; Ana went back in line.
    error = abs(told[1].expected - told[1].low)
    assert whole.promises == Promises(1, 1, error, told[1].expected - told[1].low, not_called=1)


@on_both
def test_who_is_sent_on_takes_the_promise_of_the_other_queue_along(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    there = make_queue(business, "SHAVE")
    join(queue, ANA)
    change(1, queue, lambda s, t: transfer(s, t, Queue.lock(s, there.id), by=_by(rosa), now=NOON))
    with reading() as session:
        wait = wait_after(session, session.get_one(Queue, there.id), 0)
    moved = ticket(there, 1)
    assert (moved.promised_low, moved.promised_expected) == (wait.low, wait.expected)


def _by(servicer: Servicer) -> By:
    return By.servicer(servicer.id)
