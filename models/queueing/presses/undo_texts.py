"""Texts that correct what an undone event had told a customer; none where the mistaken text never left.

Used by `undo` alone, once the ticket is as it was before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models.queueing.line.promised import keep_told
from models.queueing.line.queries import count_ahead
from models.queueing.line.waits import is_nearly_up, wait_after
from models.queueing.reminders import turn_text
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage, drop_unsent
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState

# The texts that an event of this kind sends: untrue once it is undone.
_SENT_BY: dict[EventKind, tuple[TextKind, ...]] = {
    EventKind.CALLED: (TextKind.YOUR_TURN, TextKind.REMINDER),
    EventKind.CALLED_AGAIN: (TextKind.REMINDER,),
    EventKind.DESK_CHOSEN: (TextKind.YOUR_TURN, TextKind.REMINDER),
    EventKind.TAKEN_OVER: (TextKind.YOUR_TURN, TextKind.REMINDER),
    EventKind.PUT_BACK: (TextKind.PUT_BACK,),
    EventKind.SET_ASIDE: (TextKind.ON_HOLD,),
    EventKind.NO_SHOW: (TextKind.NO_SHOW,),
    EventKind.REMOVED: (TextKind.REMOVED,),
    EventKind.BROUGHT_BACK: (TextKind.BROUGHT_BACK,),
    EventKind.LEFT: (TextKind.DAY_ENDED,),
    EventKind.SERVED: (TextKind.RATING,),
}
WHY_THE_DAY_ENDED = ("was_called", "for_good", "goes_on")


def expire_texts_of(session: Session, ticket: Ticket, event: Event, now: datetime) -> set[TextKind]:
    """Expire those texts of this event's kind that have not left yet. Gives which those were."""
    if event.kind == EventKind.TAKEN_OVER and not _was_another_desk(event):
        return set()
    return drop_unsent(session, ticket.id, _SENT_BY.get(event.kind, ()), now)


def correct_by_text(
    session: Session, ticket: Ticket, event: Event, undone_id: int, unsent: set[TextKind], now: datetime
) -> None:
    """Tell the customer where they stand now, unless they were never told otherwise."""
    kind = _correction(session, ticket, event, unsent, now)
    if ticket.state == TicketState.WAITING:
        _update_alert(session, ticket, kind, now)
        ahead = count_ahead(session, ticket)
        wait = wait_after(session, ticket.queue, ahead)
        facts = {"ahead": ahead} | wait.facts()
        if kind is not None:
            keep_told(session, ticket, wait, now)
    else:
        facts = _why_the_day_ended(session, ticket) if kind == TextKind.DAY_ENDED else {}
    if kind is not None:
        ticket.send(session, kind, undone_id, now, **facts)


def tell_number_is_taken_back(session: Session, ticket: Ticket, removed_id: int, now: datetime) -> None:
    """A number given by mistake was confirmed by text already."""
    if _has_left(session, TextKind.JOINED, OutboundMessage.ticket_id == ticket.id):
        ticket.send(session, TextKind.TAKEN_BACK, removed_id, now)


def _correction(
    session: Session, ticket: Ticket, event: Event, unsent: set[TextKind], now: datetime
) -> TextKind | None:
    is_called = ticket.state == TicketState.CALLED
    match event.kind:
        case EventKind.CALLED if TextKind.YOUR_TURN not in unsent:
            return TextKind.CALLED_TOO_EARLY
        case EventKind.NO_SHOW if TextKind.NO_SHOW not in unsent:
            return TextKind.STILL_CALLED
        case EventKind.LEFT if TextKind.DAY_ENDED not in unsent:
            return TextKind.STILL_WAITING
        case EventKind.PUT_BACK if TextKind.PUT_BACK not in unsent:
            return TextKind.YOUR_TURN if is_called else TextKind.STILL_CALLED
        case EventKind.SET_ASIDE if TextKind.ON_HOLD not in unsent:
            return TextKind.YOUR_TURN
        case EventKind.REMOVED if _was_told_of_removal(session, event):
            return TextKind.STILL_WAITING if ticket.state == TicketState.WAITING else TextKind.STILL_CALLED
        case EventKind.BROUGHT_BACK if _was_told_by(session, event, TextKind.BROUGHT_BACK):
            return TextKind.DAY_ENDED if ticket.reason == DAY_ENDED else TextKind.REMOVED
        case EventKind.MOVED if _was_told_too_soon(session, ticket, event, now):
            return TextKind.STILL_WAITING
        case EventKind.DESK_CHOSEN if is_called and not unsent:
            return TextKind.REMINDER  # it names the desk
        case EventKind.TAKEN_OVER if is_called and not unsent and _was_another_desk(event):
            return TextKind.REMINDER
    return _unsent_text(session, ticket)


def _was_another_desk(event: Event) -> bool:
    return (event.before or {}).get("desk_id") != (event.facts or {}).get("desk_id")


def _why_the_day_ended(session: Session, ticket: Ticket) -> dict[str, Any]:
    """As they were told when it ended: closed, a new day, or for good."""
    told = _last_text(session, ticket, TextKind.DAY_ENDED)
    facts = told.facts if told is not None else {}
    return {why: facts[why] for why in WHY_THE_DAY_ENDED if why in facts}


def _unsent_text(session: Session, ticket: Ticket) -> TextKind | None:
    """A text that the event had made obsolete before it left, and that is true again: it is sent now."""
    kinds = {
        TicketState.CALLED: (TextKind.YOUR_TURN,),
        TicketState.WAITING: (TextKind.JOINED, TextKind.TRANSFERRED),
        TicketState.LEFT: (TextKind.DAY_ENDED,),
        TicketState.NO_SHOW: (TextKind.NO_SHOW,),
        TicketState.REMOVED: (TextKind.REMOVED,),
    }
    last = _last_text(session, ticket, *kinds.get(ticket.state, ()))
    if last is None or last.obsolete_at is None:
        return None
    if last.state in (TextState.SENDING, TextState.UNKNOWN):
        last.obsolete_at = None  # perhaps on its way; if it turns out that it is not, it is sent again
    return last.kind if last.state == TextState.EXPIRED else None


def _was_told_by(session: Session, event: Event, kind: TextKind) -> bool:
    return _has_left(session, kind, OutboundMessage.event_id == event.id)


def _was_told_of_removal(session: Session, event: Event) -> bool:
    return _was_told_of_another_queue(session, event) or _was_told_by(session, event, TextKind.REMOVED)


def _was_told_of_another_queue(session: Session, event: Event) -> bool:
    """Whether the transfer that this removal belongs to was told by a text that has left."""
    there = select(Event.ticket_id).where(
        Event.press_id == event.press_id, Event.kind == EventKind.TRANSFERRED
    )
    return _has_left(session, TextKind.TRANSFERRED, OutboundMessage.ticket_id.in_(there))


def _was_told_too_soon(session: Session, ticket: Ticket, event: Event, now: datetime) -> bool:
    """Put first and told so by "nearly up", which is not so any more: they will be told again in time."""
    alerted = exists().where(
        Event.ticket_id == ticket.id, Event.kind == EventKind.ALERTED, Event.id > event.id
    )
    if _is_nearly_up(session, ticket) or not session.scalar(select(alerted)):
        return False
    ticket.alerted_at = None
    return TextKind.NEARLY_UP not in drop_unsent(session, ticket.id, (TextKind.NEARLY_UP,), now)


def _update_alert(session: Session, ticket: Ticket, said: TextKind | None, now: datetime) -> None:
    """Whoever is told now that they are next is not alerted again; whose alert never left, will be."""
    last = _last_text(session, ticket, TextKind.NEARLY_UP)
    if said == TextKind.CALLED_TOO_EARLY and _is_nearly_up(session, ticket):
        ticket.alerted_at = ticket.alerted_at or now
    elif last is not None and last.state == TextState.EXPIRED:
        ticket.alerted_at = None


def _is_nearly_up(session: Session, ticket: Ticket) -> bool:
    return is_nearly_up(session, ticket.queue, count_ahead(session, ticket), ticket.lead_minutes)


def _last_text(session: Session, ticket: Ticket, *kinds: TextKind) -> OutboundMessage | None:
    """The newest of these kinds about the present stay; a turn text only of the present call."""
    if kinds == (TextKind.YOUR_TURN,):
        return turn_text(session, ticket)
    mine = select(OutboundMessage).where(
        OutboundMessage.ticket_id == ticket.id, OutboundMessage.kind.in_(kinds)
    )
    return session.scalar(mine.order_by(OutboundMessage.id.desc()).limit(1))


def _has_left(session: Session, kind: TextKind, about: ColumnElement[bool]) -> bool:
    """Whether such a text has left, or may have."""
    left = exists().where(
        about,
        OutboundMessage.kind == kind,
        OutboundMessage.state.not_in((TextState.EXPIRED, TextState.REJECTED)),
    )
    return bool(session.scalar(select(left)))
