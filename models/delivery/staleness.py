"""Whether a text in the outbox is still true; checked when it is claimed, since much may have happened.

The rules for each kind of text are below. Reads only.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from models.queueing.messages.changed_promises import is_untrue
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import PRESENT, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TURN_TEXTS, TextKind
from models.texts.text_states import TextState

STALE = "no longer true"
# So long an answer that was given during the visit may still arrive after it.
ANSWERS_AFTER_VISIT = timedelta(minutes=1)
# These give a place in line; any later text about the ticket gives a newer one.
ABOUT_PLACE = frozenset(
    {
        TextKind.JOINED,
        TextKind.TRANSFERRED,
        TextKind.NEARLY_UP,
        TextKind.PROMISE_CHANGED,
        TextKind.PUT_BACK,
        TextKind.ON_HOLD,
        TextKind.CALLED_TOO_EARLY,
        TextKind.STILL_WAITING,
        TextKind.BROUGHT_BACK,
    }
)
# Each corrects what one of the others has said, and means nothing to somebody who never got that.
CORRECTS = {
    TextKind.CALLED_TOO_EARLY: (TextKind.YOUR_TURN, TextKind.REMINDER),
    TextKind.STILL_CALLED: (TextKind.NO_SHOW, TextKind.PUT_BACK, TextKind.REMOVED, TextKind.TRANSFERRED),
    TextKind.STILL_WAITING: (
        TextKind.DAY_ENDED,
        TextKind.REMOVED,
        TextKind.TRANSFERRED,
        TextKind.NEARLY_UP,
    ),
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


def is_stale(session: Session, message: OutboundMessage, now: datetime) -> bool:
    """Whether this text is out of date, by what happened to its ticket, by another text, or by the time."""
    if message.kind == TextKind.SOMEBODY_JOINED:
        return not _is_still_waiting(session, message.event_id)
    if message.kind == TextKind.LATE_ANSWER:
        return _texted_after(session, message.customer_id, message.id)
    if message.ticket_id is None:
        return False
    ticket = session.get_one(Ticket, message.ticket_id, populate_existing=True)
    if message.kind in ABOUT_PLACE:
        untrue = ticket.state != TicketState.WAITING or _newer_was_sent(session, message)
        untrue = untrue or _has_changed_again(session, message, ticket, now)
    elif message.kind in TURN_TEXTS:
        untrue = not _matches_current_call(session, message, ticket)
    elif message.kind == TextKind.REPLY:
        untrue = _answers_nobody(message, ticket, now)
    else:
        untrue = False
    return untrue or _corrects_nothing_sent(session, message)


def texted_since(session: Session, customer_id: int | None, moment: datetime) -> bool:
    """Whether a text about one of their tickets was sent since this moment."""
    return _any_sent_text(session, customer_id, OutboundMessage.claimed_at >= moment)


def _texted_after(session: Session, customer_id: int | None, message_id: int) -> bool:
    return _any_sent_text(session, customer_id, OutboundMessage.id > message_id)


def _any_sent_text(session: Session, customer_id: int | None, *conditions: ColumnElement[bool]) -> bool:
    theirs = OutboundMessage.ticket_id.in_(select(Ticket.id).where(Ticket.customer_id == customer_id))
    left = exists().where(theirs, OutboundMessage.state.in_(HAS_LEFT), *conditions)
    return bool(session.scalar(select(left)))


def _is_still_waiting(session: Session, event_id: int | None) -> bool:
    """Whether the customer who joined with this event is still waiting."""
    state = select(Ticket.state).join(Event, Event.ticket_id == Ticket.id).where(Event.id == event_id)
    return session.scalar(state) == TicketState.WAITING


def _answers_nobody(message: OutboundMessage, ticket: Ticket, now: datetime) -> bool:
    """Whether they have left by themselves, or the visit is over and the answer is not of its last moment."""
    is_late = not ticket.is_live and now > message.created_at + ANSWERS_AFTER_VISIT
    return ticket.state == TicketState.LEFT or is_late


def _has_changed_again(session: Session, message: OutboundMessage, ticket: Ticket, now: datetime) -> bool:
    """Whether what it says of a changed promise is no longer so."""
    event = session.get(Event, message.event_id) if message.kind == TextKind.PROMISE_CHANGED else None
    return event is not None and is_untrue(session, ticket, event, now)


def _newer_was_sent(session: Session, message: OutboundMessage) -> bool:
    """Whether a newer text about the ticket was sent. Newer means a later event, not a later row."""
    newer = exists().where(
        OutboundMessage.ticket_id == message.ticket_id,
        OutboundMessage.event_id > message.event_id,
        OutboundMessage.kind != TextKind.REPLY,  # says nothing of places
        OutboundMessage.state.in_(HAS_LEFT),
    )
    return bool(session.scalar(select(newer)))


def _matches_current_call(session: Session, message: OutboundMessage, ticket: Ticket) -> bool:
    """A turn text is dropped only when its call ends; a text that repeats it, also once they are served."""
    if message.kind == TextKind.STILL_CALLED and ticket.state == TicketState.SERVING:
        # They were told that they had missed their turn although they are being served: correct that.
        return ticket.started_at is not None and message.created_at >= ticket.started_at
    if message.kind != TextKind.YOUR_TURN:
        return ticket.state == TicketState.CALLED and not _repeats_turn_text(session, message)
    if ticket.state not in PRESENT:
        return False
    last_call = select(func.max(Event.id)).where(Event.ticket_id == ticket.id, Event.kind == EventKind.CALLED)
    return (message.event_id or 0) >= (session.scalar(last_call) or 0)


def _repeats_turn_text(session: Session, message: OutboundMessage) -> bool:
    """For a reminder: the turn text itself was still waiting then, and has been sent only since."""
    turn = aliased(OutboundMessage)
    said = exists().where(
        turn.ticket_id == message.ticket_id,
        turn.kind == TextKind.YOUR_TURN,
        turn.event_id < message.event_id,
        turn.claimed_at >= message.created_at,
        turn.state.in_(HAS_LEFT),
    )
    return message.kind == TextKind.REMINDER and bool(session.scalar(select(said)))


def _corrects_nothing_sent(session: Session, message: OutboundMessage) -> bool:
    """Whether it corrects only texts that were never sent."""
    corrected = CORRECTS.get(message.kind)
    if corrected is None:
        return False
    states = session.scalars(
        select(OutboundMessage.state)
        .join(Event, Event.id == OutboundMessage.event_id)
        .where(
            _texts_of_undone_action(session, message),
            OutboundMessage.customer_id == message.customer_id,
            OutboundMessage.kind.in_(corrected),
        )
    ).all()
    return bool(states) and all(state in NEVER_LEFT for state in states)


def _texts_of_undone_action(session: Session, message: OutboundMessage) -> ColumnElement[bool]:
    """The texts of the action that was undone. It may have sent some about another ticket (a transfer)."""
    undone_id = session.scalar(select(Event.undoes_id).where(Event.id == message.event_id))
    if undone_id is None:
        return OutboundMessage.ticket_id == message.ticket_id
    press_id = session.scalar(select(Event.press_id).where(Event.id == undone_id))
    return Event.press_id == press_id if press_id is not None else Event.id == undone_id
