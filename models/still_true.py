"""Whether a text that is about to leave is still true: asked when it is claimed, as much may have happened.

What makes which text untrue is one list, below. Reads only.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from models.event import Event, EventKind
from models.message import OutboundMessage, TextKind, TextState
from models.ticket import Ticket
from models.ticket_states import PRESENT, TicketState

NOT_TRUE = "no longer true"
# They tell a place in line, which whatever has left since tells better.
TELL_A_PLACE = frozenset(
    {
        TextKind.JOINED,
        TextKind.TRANSFERRED,
        TextKind.NEARLY_UP,
        TextKind.PUT_BACK,
        TextKind.CALLED_TOO_EARLY,
        TextKind.STILL_WAITING,
    }
)
CALLS = frozenset({TextKind.YOUR_TURN, TextKind.REMINDER, TextKind.STILL_CALLED})
# Each sets right what one of the others has told, and means nothing to somebody who was never told.
SETS_RIGHT = {
    TextKind.CALLED_TOO_EARLY: (TextKind.YOUR_TURN, TextKind.REMINDER),
    TextKind.STILL_CALLED: (TextKind.NO_SHOW, TextKind.PUT_BACK, TextKind.TRANSFERRED),
    TextKind.STILL_WAITING: (TextKind.DAY_ENDED, TextKind.TRANSFERRED, TextKind.NEARLY_UP),
    TextKind.TAKEN_BACK: (TextKind.JOINED, TextKind.TRANSFERRED),
}
HAS_LEFT = (
    TextState.SENDING,
    TextState.UNKNOWN,
    TextState.ACCEPTED,
    TextState.SENT,
    TextState.DELIVERED,
)
NEVER_LEFT = (TextState.WAITING, TextState.EXPIRED, TextState.REJECTED)


def is_untrue(session: Session, message: OutboundMessage) -> bool:
    """Whether this waiting text has been overtaken by what happened to its ticket, or by another text."""
    if message.kind == TextKind.SOMEBODY_JOINED:
        return not _waits_still(session, message.event_id)
    if message.kind == TextKind.LATE_ANSWER:
        return _heard_since(session, message.customer_id, message.id)
    if message.ticket_id is None:
        return False
    ticket = session.get_one(Ticket, message.ticket_id, populate_existing=True)
    if message.kind in TELL_A_PLACE:
        untrue = ticket.state != TicketState.WAITING or _newer_has_left(session, message)
    elif message.kind in CALLS:
        untrue = not _is_about_the_present_call(session, message, ticket)
    else:
        untrue = False
    return untrue or _never_told(session, message)


def heard_since(session: Session, customer_id: int | None, moment: datetime) -> bool:
    """Whether a text about one of their tickets has left since this moment."""
    return _any_text(session, customer_id, OutboundMessage.claimed_at >= moment)


def _heard_since(session: Session, customer_id: int | None, message_id: int) -> bool:
    return _any_text(session, customer_id, OutboundMessage.id > message_id)


def _any_text(session: Session, customer_id: int | None, *conditions: ColumnElement[bool]) -> bool:
    theirs = OutboundMessage.ticket_id.in_(select(Ticket.id).where(Ticket.customer_id == customer_id))
    left = exists().where(theirs, OutboundMessage.state.in_(HAS_LEFT), *conditions)
    return bool(session.scalar(select(left)))


def _waits_still(session: Session, event_id: int | None) -> bool:
    """Whether the customer whose joining this was has been neither called nor lost since."""
    state = select(Ticket.state).join(Event, Event.ticket_id == Ticket.id).where(Event.id == event_id)
    return session.scalar(state) == TicketState.WAITING


def _newer_has_left(session: Session, message: OutboundMessage) -> bool:
    """Texts about a ticket are newer the later what they tell has happened: by event, not by row."""
    newer = exists().where(
        OutboundMessage.ticket_id == message.ticket_id,
        OutboundMessage.event_id > message.event_id,
        OutboundMessage.state.in_(HAS_LEFT),
    )
    return bool(session.scalar(select(newer)))


def _is_about_the_present_call(session: Session, message: OutboundMessage, ticket: Ticket) -> bool:
    """A turn text is dropped by what ends the call only; what repeats it, also once they are served."""
    if message.kind == TextKind.STILL_CALLED and ticket.state == TicketState.SERVING:
        # Served already when they were told otherwise: they must not walk away.
        return ticket.started_at is not None and message.created_at >= ticket.started_at
    if message.kind != TextKind.YOUR_TURN:
        return ticket.state == TicketState.CALLED and not _is_said_by_the_turn_text(session, message)
    if ticket.state not in PRESENT:
        return False
    last_call = select(func.max(Event.id)).where(Event.ticket_id == ticket.id, Event.kind == EventKind.CALLED)
    return (message.event_id or 0) >= (session.scalar(last_call) or 0)


def _is_said_by_the_turn_text(session: Session, message: OutboundMessage) -> bool:
    """A reminder that waited while the turn text itself still waited, and has only now left."""
    turn = aliased(OutboundMessage)
    said = exists().where(
        turn.ticket_id == message.ticket_id,
        turn.kind == TextKind.YOUR_TURN,
        turn.event_id < message.event_id,
        turn.claimed_at >= message.created_at,
        turn.state.in_(HAS_LEFT),
    )
    return message.kind == TextKind.REMINDER and bool(session.scalar(select(said)))


def _never_told(session: Session, message: OutboundMessage) -> bool:
    """Whether it sets right only texts that ended unsent after all."""
    corrected = SETS_RIGHT.get(message.kind)
    if corrected is None:
        return False
    states = session.scalars(
        select(OutboundMessage.state)
        .join(Event, Event.id == OutboundMessage.event_id)
        .where(
            _told_by_mistake(session, message),
            OutboundMessage.customer_id == message.customer_id,
            OutboundMessage.kind.in_(corrected),
        )
    ).all()
    return bool(states) and all(state in NEVER_LEFT for state in states)


def _told_by_mistake(session: Session, message: OutboundMessage) -> ColumnElement[bool]:
    """The texts of what was undone. Its press may have told of another ticket: somebody was sent on."""
    undone_id = session.scalar(select(Event.undoes_id).where(Event.id == message.event_id))
    if undone_id is None:
        return OutboundMessage.ticket_id == message.ticket_id
    press_id = session.scalar(select(Event.press_id).where(Event.id == undone_id))
    return Event.press_id == press_id if press_id is not None else Event.id == undone_id
