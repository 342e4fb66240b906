"""Presses, undo, and what is so before and after, for the tests of this folder."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, ticket_details
from models.queueing.line.queries import present_ticket_of, present_tickets, waiting_tickets
from models.queueing.numbers import take_number
from models.queueing.opening import close_queue, open_queue, pause_queue
from models.queueing.presses.presses import Button, begin_press
from models.queueing.presses.undo import Undone, undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState
from tests.world import NOON, line, outbox, press

Verb = Callable[[Session, Ticket, By, datetime], object]

VERBS: dict[Button, Verb] = {
    Button.CALL_AGAIN: lambda s, t, by, now: calling.call_again(s, t, by=by, now=now),
    Button.COMING: lambda s, t, by, now: ticket_details.come_soon(s, t, None, by=by, now=now),
    Button.START: lambda s, t, by, now: calling.start(s, t, by=by, now=now),
    Button.DONE: lambda s, t, by, now: ending.finish(s, t, by=by, now=now),
    Button.NO_SHOW: lambda s, t, by, now: ending.mark_no_show(s, t, by=by, now=now),
    Button.PUT_BACK: lambda s, t, by, now: moving.put_back(s, t, by=by, now=now),
    Button.HOLD: lambda s, t, by, now: moving.set_aside(s, t, by=by, now=now),
    Button.REMOVE: lambda s, t, by, now: ending.remove(s, t, by=by, now=now),
}


def press_for_present(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    """A button about whom the servicer serves; Done does not call the next here."""

    def verb(session: Session, locked: Queue, by: By) -> None:
        present = present_ticket_of(session, locked, servicer.id)
        assert present is not None
        VERBS[button](session, present, by, now)

    press(queue, servicer, verb, now, button=button)


def done_and_call(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        present = present_ticket_of(session, locked, servicer.id)
        assert present is not None
        ending.finish(session, present, by=by, now=now)
        calling.call_next(session, locked, session.get_one(Servicer, servicer.id), by=by, now=now)

    press(queue, servicer, verb, now, button=Button.DONE)


def undo(queue: Queue, servicer: Servicer, now: datetime) -> Undone:
    """As the control page does it: Undo itself is no sign of duty until it has worked."""

    def work(session: Session) -> Undone:
        locked = Queue.lock(session, queue.id)
        press_id = f"undo at {now:%H:%M:%S}"
        begin_press(session, press_id, Button.UNDO, queue=locked, servicer_id=servicer.id, now=now)
        return undo_last_press(session, locked, by=By.servicer(servicer.id, press_id), now=now)

    return transaction(work)


def texts_leave(queue: Queue) -> None:
    """The carrier accepts every waiting text."""

    def work(session: Session) -> None:
        waiting = select(OutboundMessage.id).where(OutboundMessage.state == TextState.WAITING)
        for message_id in session.scalars(waiting).all():
            advance(session, message_id, TextState.ACCEPTED, NOON, carrier_sid=f"SM{message_id}")

    transaction(work)


# Its order in line, which `line` gives, and what its customer was told last, which nothing makes unsaid.
NOT_UNDONE = ("position", "told_at", "told_after", "told_until")


def everything(queue: Queue) -> list[tuple[object, ...]]:
    """All tickets, with everything that Undo brings back."""
    columns = [column for column in Ticket.__table__.c if column.name not in NOT_UNDONE]
    with reading() as session:
        statement = select(*columns).where(Ticket.queue_id == queue.id).order_by(Ticket.number)
        return [tuple(row) for row in session.execute(statement)]


def add_walk_in(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        customer = Customer.without_phone(session, locked.business_id, now)
        take_number(session, locked, customer, source=Source.DESK, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.ADD_WALK_IN)


def change_state(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    verb = {Button.OPEN: open_queue, Button.PAUSE: pause_queue, Button.CLOSE: close_queue}[button]
    press(queue, servicer, lambda s, q, by: verb(s, q, by=by, now=now), now, button=button)


def state_of(queue: Queue) -> str:
    with reading() as session:
        return session.get_one(Queue, queue.id).state.value


def refused(queue: Queue, servicer: Servicer, now: datetime) -> int | None:
    """Undo says that things have changed; gives the number it names. Nothing else may have changed."""
    before = (everything(queue), line(queue), outbox(queue), state_of(queue))
    with pytest.raises(NotPossible, match="changed_meanwhile") as refusal:
        undo(queue, servicer, now)
    assert (everything(queue), line(queue), outbox(queue), state_of(queue)) == before
    return refusal.value.number


def texts_of(queue: Queue, number: int) -> list[tuple[str, str]]:
    return [(kind, state) for _, kind, state in outbox(queue, number)]


def send_on(number: int, queue: Queue, to: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        here, there = lock_both(session, locked.id, to.id)
        (found,) = [
            t for t in waiting_tickets(session, here) + present_tickets(session, here) if t.number == number
        ]
        transfer(session, found, there, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.TRANSFER)
