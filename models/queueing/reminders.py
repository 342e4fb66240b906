"""What the clock does about those who wait or were called: nearly up, the reminder, the flag "not here?".

Also whether the text about the present call has left, which decides on reminder and no-show.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from models.people.actors import By
from models.queueing.line.promised import keep_told
from models.queueing.line.queries import count_ahead, is_held
from models.queueing.line.waits import wait_after
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import IN_TROUBLE, TextState


def alert(session: Session, ticket: Ticket, *, by: By, now: datetime) -> bool:
    """Nearly up, told once per ticket, and not while they are called or served in another queue.

    False if they are not told now.
    """
    if ticket.state != TicketState.WAITING or ticket.alerted_at is not None or is_held(session, ticket):
        return False
    ahead = count_ahead(session, ticket)
    wait = wait_after(session, ticket.queue, ahead)
    event_id = ticket.change(
        session, EventKind.ALERTED, by, now, {"low": wait.low, "high": wait.high}, alerted_at=now
    )
    keep_told(session, ticket, wait, now)
    ticket.send(session, TextKind.NEARLY_UP, event_id, now, ahead=ahead, **wait.facts())
    return True


def remind(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """Called and not come yet: one reminder. A late one leaves as much time to come as one in time."""
    if ticket.state == TicketState.CALLED:
        queue = ticket.queue
        grace = timedelta(minutes=max(0, queue.no_show_minutes - queue.reminder_minutes))
        no_show_after = max(ticket.no_show_after, now + grace) if ticket.no_show_after else None
        event_id = ticket.change(
            session, EventKind.REMINDED, by, now, remind_after=None, no_show_after=no_show_after
        )
        ticket.send(session, TextKind.REMINDER, event_id, now)


def flag_not_here(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """Called too long ago: the control page asks "not here?"."""
    if ticket.state == TicketState.CALLED:
        ticket.change(session, EventKind.NOT_HERE, by, now, no_show_after=None, not_here_at=now)


def turn_text(session: Session, ticket: Ticket) -> OutboundMessage | None:
    """The text that told of the present call, if there is one."""
    if ticket.called_at is None:
        return None
    text: OutboundMessage | None = session.scalar(_TURN_TEXT, {"ticket_id": ticket.id})
    return text


def call_text(session: Session, ticket: Ticket) -> OutboundMessage | None:
    """The newest that says they are called now: the turn text, or that they still are, after an Undo."""
    if ticket.called_at is None:
        return None
    text: OutboundMessage | None = session.scalar(_CALL_TEXT, {"ticket_id": ticket.id})
    return text


def was_told(session: Session, ticket: Ticket) -> bool:
    """Whether that text is on its way or arrived; never true for one that failed or is unknown."""
    text = call_text(session, ticket)
    if text is None:
        return ticket.customer.phone_ciphertext is None
    return text.state not in IN_TROUBLE and text.state not in (TextState.WAITING, TextState.SENDING)


def _texts(ticket_id: Any, text: Any, *kinds: ColumnElement[bool]) -> Select[Any]:
    """The newest of these of a ticket's last call: by the order of events, as hosts' clocks differ."""
    called = select(func.max(Event.id)).where(Event.ticket_id == ticket_id, Event.kind == _CALLED)
    last_call = called.correlate_except(Event).scalar_subquery()
    of_call = (text.ticket_id == ticket_id, text.event_id >= last_call, or_(*kinds))
    return select(text).where(*of_call).order_by(text.id.desc()).limit(1)


def _call_text(ticket_id: Any, text: Any) -> Select[Any]:
    """What they are still told after an Undo is dropped if what it corrects was never sent."""
    still_called = and_(text.kind == TextKind.STILL_CALLED, text.state != TextState.EXPIRED)
    return _texts(ticket_id, text, text.kind == TextKind.YOUR_TURN, still_called)


def call_text_id(tickets: type[Ticket]) -> ScalarSelect[int]:
    """A subquery for the id of `call_text`, for a statement that reads `tickets`."""
    text = aliased(OutboundMessage)
    newest = _call_text(tickets.id, text).with_only_columns(text.id)
    return newest.correlate(tickets).scalar_subquery()


# A literal, as an index covers this kind of event alone: for a parameter SQLite would plan at each execution.
_CALLED: ColumnElement[str] = literal_column(f"'{EventKind.CALLED.value}'")
# Compiled once: building a statement costs as much as running it.
_TURN_TEXT = _texts(bindparam("ticket_id"), OutboundMessage, OutboundMessage.kind == TextKind.YOUR_TURN)
_CALL_TEXT = _call_text(bindparam("ticket_id"), OutboundMessage)
