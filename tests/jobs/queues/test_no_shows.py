"""Called but not come: reminded, flagged, and marked as a no-show only if the queue is set so."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from jobs.queues.no_shows import NoShows
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, ticket_details
from models.queueing.line.queries import present_tickets
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, transaction
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.world import ANA, BEN, NOON, call_next, change, join, make_queue, minutes, outbox, press, ticket


@pytest.fixture
def strict(business: Business) -> Queue:
    """A queue whose no-shows are marked automatically."""
    return make_queue(business, "STRICT", marks_no_shows=True)


def called(
    queue: Queue, servicer: Servicer, turn: TextState = TextState.ACCEPTED, at: datetime = NOON
) -> None:
    """Ana is called at noon, and her turn text has come so far."""
    join(queue, ANA)
    call_next(queue, servicer)
    turn_text_is(turn, at)


def turn_text_is(state: TextState, at: datetime = NOON) -> None:
    left = state in (TextState.ACCEPTED, TextState.FAILED)
    values = {"state": state} | ({"accepted_at": at} if left else {})
    turn = OutboundMessage.kind == TextKind.YOUR_TURN
    transaction(lambda s: s.execute(update(OutboundMessage).where(turn).values(values)))


def kinds(queue: Queue) -> list[str]:
    return [kind for _, kind, _ in outbox(queue)]


def test_a_called_customer_who_has_not_come_is_reminded_once(queue: Queue, rosa: Servicer) -> None:
    called(queue, rosa)
    clock = NoShows()
    clock.run(NOON + minutes(1.9))
    assert kinds(queue) == ["your_turn"]
    for later in (2, 2.1, 3):
        clock.run(NOON + minutes(later))
    assert kinds(queue) == ["your_turn", "reminder"]


def test_then_the_control_page_asks_whether_they_are_here(queue: Queue, rosa: Servicer) -> None:
    called(queue, rosa)
    clock = NoShows()
    for later in (2, 4.9):
        clock.run(NOON + minutes(later))
    assert ticket(queue, 1).not_here_at is None
    clock.run(NOON + minutes(5))
    clock.run(NOON + minutes(50))
    flagged = ticket(queue, 1)
    assert (flagged.state, flagged.not_here_at) == (TicketState.CALLED, NOON + minutes(5))


def test_a_queue_that_wants_it_marks_the_no_show_by_itself(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa)
    clock = NoShows()
    for later in (2, 5):
        clock.run(NOON + minutes(later))
    assert ticket(strict, 1).state == TicketState.NO_SHOW
    assert kinds(strict) == ["your_turn", "reminder", "no_show"]


def test_the_minutes_are_the_queues_setting(business: Business, rosa: Servicer) -> None:
    queue = make_queue(business, "SLOW", reminder_minutes=10, no_show_minutes=30)
    called(queue, rosa)
    clock = NoShows()
    clock.run(NOON + minutes(9))
    assert kinds(queue) == ["your_turn"]
    clock.run(NOON + minutes(10))
    clock.run(NOON + minutes(29))
    assert ticket(queue, 1).not_here_at is None
    clock.run(NOON + minutes(30))
    assert ticket(queue, 1).not_here_at is not None


@pytest.mark.parametrize(
    "state",
    [
        TextState.WAITING,
        TextState.SENDING,
        TextState.UNKNOWN,
        TextState.REJECTED,
        TextState.FAILED,
        TextState.EXPIRED,
    ],
)
def test_the_clock_does_not_run_for_whoever_was_not_told(
    strict: Queue, rosa: Servicer, state: TextState
) -> None:
    called(strict, rosa, state)
    clock = NoShows()
    for later in (2, 5, 500):
        clock.run(NOON + minutes(later))
    waits = ticket(strict, 1)
    assert (waits.state, waits.not_here_at) == (TicketState.CALLED, None)
    assert kinds(strict) == ["your_turn"]


def test_the_clock_starts_when_the_text_has_left(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa, TextState.UNKNOWN)
    clock = NoShows()
    clock.run(NOON + minutes(10))
    transaction(
        lambda s: advance(s, s.query(OutboundMessage).one().id, TextState.ACCEPTED, NOON + minutes(10))
    )
    clock.run(NOON + minutes(11))
    assert kinds(strict) == ["your_turn"]
    clock.run(NOON + minutes(12))
    assert kinds(strict) == ["your_turn", "reminder"]
    clock.run(NOON + minutes(14.9))
    assert ticket(strict, 1).state == TicketState.CALLED
    clock.run(NOON + minutes(15))
    assert ticket(strict, 1).state == TicketState.NO_SHOW


def test_a_clock_that_was_down_gives_time_after_its_late_reminder(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa)
    clock = NoShows()
    clock.run(NOON + minutes(30))
    assert kinds(strict) == ["your_turn", "reminder"]
    clock.run(NOON + minutes(32.9))
    assert ticket(strict, 1).state == TicketState.CALLED
    clock.run(NOON + minutes(33))
    assert ticket(strict, 1).state == TicketState.NO_SHOW


def test_somebody_without_a_phone_was_called_aloud_and_is_flagged(queue: Queue, rosa: Servicer) -> None:
    join(queue, None)
    call_next(queue, rosa)
    clock = NoShows()
    for later in (2, 5):
        clock.run(NOON + minutes(later))
    assert ticket(queue, 1).not_here_at == NOON + minutes(5)
    assert outbox(queue) == []


def test_somebody_who_wants_no_texts_is_flagged_but_never_given_up_by_the_clock(
    strict: Queue, rosa: Servicer
) -> None:
    join(strict, ANA)

    def opt_out(session: Session) -> None:
        session.query(Customer).one().opt_out(session, session.query(OurNumber).one().id, NOON)

    transaction(opt_out)
    call_next(strict, rosa)
    clock = NoShows()
    for later in (2, 5, 50):
        clock.run(NOON + minutes(later))
    assert ticket(strict, 1).state == TicketState.CALLED
    assert ticket(strict, 1).not_here_at == NOON + minutes(5)


def test_whoever_said_that_they_are_here_is_left_in_peace(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa)
    change(1, strict, lambda s, t: ticket_details.arrive(s, t, by=By.customer(), now=NOON + minutes(1)))
    clock = NoShows()
    for later in (2, 5, 50):
        clock.run(NOON + minutes(later))
    assert ticket(strict, 1).state == TicketState.CALLED
    assert kinds(strict) == ["your_turn"]


def start(t: Ticket, s: Session, now: datetime) -> None:
    calling.start(s, t, by=By.clock(), now=now)


def finish(t: Ticket, s: Session, now: datetime) -> None:
    ending.finish(s, t, by=By.clock(), now=now)


def put_back(t: Ticket, s: Session, now: datetime) -> None:
    moving.put_back(s, t, by=By.clock(), now=now)


@pytest.mark.parametrize("verb", [start, finish, put_back])
def test_a_customer_who_came_is_not_reminded(
    strict: Queue, rosa: Servicer, verb: Callable[..., None]
) -> None:
    called(strict, rosa)
    change(1, strict, lambda s, t: verb(t, s, NOON + minutes(1)))
    before = ticket(strict, 1).state
    clock = NoShows()
    for later in (2, 5, 50):
        clock.run(NOON + minutes(later))
    assert ticket(strict, 1).state == before
    assert "reminder" not in kinds(strict)


def test_calling_again_starts_the_clock_anew(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa)
    clock = NoShows()
    clock.run(NOON + minutes(2))
    change(1, strict, lambda s, t: calling.call_again(s, t, by=By.servicer(rosa.id), now=NOON + minutes(4)))
    clock.run(NOON + minutes(5.9))
    assert ticket(strict, 1).state == TicketState.CALLED
    assert kinds(strict) == ["your_turn", "reminder", "reminder"]
    clock.run(NOON + minutes(6))
    clock.run(NOON + minutes(9))
    assert kinds(strict) == ["your_turn", "reminder", "reminder", "reminder", "no_show"]


def test_a_no_show_that_was_taken_back_gets_the_whole_time_again(strict: Queue, rosa: Servicer) -> None:
    called(strict, rosa)
    clock = NoShows()
    clock.run(NOON + minutes(2))
    press(
        strict,
        rosa,
        lambda s, q, by: ending.mark_no_show(s, present_tickets(s, q)[0], by=by, now=NOON + minutes(4)),
    )
    press(strict, rosa, lambda s, q, by: undo_last_press(s, q, by=by, now=NOON + minutes(6)))
    clock.run(NOON + minutes(10.9))
    assert ticket(strict, 1).state == TicketState.CALLED
    clock.run(NOON + minutes(11))
    assert ticket(strict, 1).state == TicketState.NO_SHOW


def test_two_clocks_remind_once(db: Database, queue: Queue, rosa: Servicer, luis: Servicer) -> None:
    called(queue, rosa)
    join(queue, BEN)
    call_next(queue, luis)
    turn_text_is(TextState.ACCEPTED)
    for clock in (NoShows(), NoShows()):
        clock.run(NOON + minutes(3))
    assert sorted(kinds(queue)) == ["reminder", "reminder", "your_turn", "your_turn"]
