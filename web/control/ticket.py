"""The data of one ticket's page: its status, what can be done with it, and its history.

Reads only; uses no request. Contains numbers and names, never a phone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.people.actors import Actor
from models.people.servicers import Servicer
from models.queueing.line.page_changes import newest_change
from models.queueing.line.queries import count_ahead, waiting_count
from models.queueing.returning import why_not
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, LIVE, TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from web.http.clock_words import Moment, moment


@dataclass(frozen=True)
class Elsewhere:
    """Another queue of the business, to which the ticket can be transferred."""

    id: int
    name: str
    waiting: int


@dataclass(frozen=True)
class HistoryEntry:
    """One line of a ticket's history."""

    at: Moment
    words: str
    is_text: bool = False


@dataclass(frozen=True)
class ControlTicket:
    id: int
    number: int
    name: str | None
    party: int
    keyword: str
    change: int  # the newest change included
    queue: str
    day: date
    state: TicketState
    status_text: str
    is_mine: bool  # this servicer may act on it: it waits, or they serve it
    can_put_first: bool
    can_remove: bool
    can_bring_back: bool
    elsewhere: tuple[Elsewhere, ...]
    history: tuple[HistoryEntry, ...]


def control_ticket(session: Session, ticket: Ticket, servicer_id: int, now: datetime) -> ControlTicket:
    is_waiting = ticket.state == TicketState.WAITING
    is_mine = is_waiting or (ticket.state in LIVE and ticket.servicer_id == servicer_id)
    ahead = count_ahead(session, ticket) if is_waiting else 0
    return ControlTicket(
        id=ticket.id,
        number=ticket.number,
        name=ticket.name,
        party=ticket.party,
        keyword=ticket.queue.keyword,
        change=newest_change(session, ticket.queue),
        queue=ticket.queue.name,
        day=ticket.day,
        state=ticket.state,
        status_text=status_text(session, ticket, ahead),
        is_mine=is_mine,
        can_put_first=is_waiting and ahead > 0,
        can_remove=is_waiting,
        can_bring_back=not ticket.is_live and why_not(session, ticket, now) is None,
        elsewhere=tuple(_elsewhere(session, ticket.queue)) if is_mine else (),
        history=tuple(_history(session, ticket)),
    )


def status_text(session: Session, ticket: Ticket, ahead: int) -> str:
    desk = ticket.desk.name if ticket.desk else ""
    who = ticket.servicer.name if ticket.servicer else ""
    match ticket.state:
        case TicketState.WAITING:
            return _("Waiting, %(ahead)s ahead", ahead=ahead) if ahead else _("Waiting, next in line")
        case TicketState.CALLED:
            if desk:
                return _("Called by %(servicer)s at %(desk)s", servicer=who, desk=desk)
            return _("Called by %(servicer)s", servicer=who)
        case TicketState.SERVING:
            if desk:
                return _("Being served by %(servicer)s at %(desk)s", servicer=who, desk=desk)
            return _("Being served by %(servicer)s", servicer=who)
        case TicketState.SERVED:
            return _("Served by %(servicer)s", servicer=who) if who else _("Served")
        case TicketState.NO_SHOW:
            return _("Did not come")
        case TicketState.LEFT:
            if ticket.reason == DAY_ENDED:
                return _("Closed before they were called")
            return _("Left the line")
        case _:
            return _sent_on_to(session, ticket) or _("Removed")


def _sent_on_to(session: Session, ticket: Ticket) -> str | None:
    moved = session.get(Ticket, ticket.moved_to_id) if ticket.moved_to_id else None
    if moved is None:
        return None
    return _("Sent on to %(queue)s as number %(number)s", queue=moved.queue.name, number=moved.number)


def _elsewhere(session: Session, queue: Queue) -> Iterable[Elsewhere]:
    others = select(Queue).where(
        Queue.business_id == queue.business_id, Queue.id != queue.id, Queue.state != QueueState.CLOSED
    )
    for other in session.scalars(others.order_by(Queue.name)):
        yield Elsewhere(other.id, other.name, waiting_count(session, other))


# History ------------------------------------------------------------------------------------------------


def _history(session: Session, ticket: Ticket) -> list[HistoryEntry]:
    """Its events and the texts about it, the oldest first."""
    zone = ticket.queue.business.zone
    told = [(text.created_at, _words_of_text(text), True) for text in _texts(session, ticket)]
    done = [(event.at, words, False) for event, words in _events(session, ticket) if words]
    ordered = sorted(done + told, key=lambda line: (line[0], line[2]))
    return [HistoryEntry(moment(at, zone), words, is_text) for at, words, is_text in ordered]


def _texts(session: Session, ticket: Ticket) -> Iterable[OutboundMessage]:
    mine = select(OutboundMessage).where(OutboundMessage.ticket_id == ticket.id)
    return session.scalars(mine.order_by(OutboundMessage.id))


def _events(session: Session, ticket: Ticket) -> Iterable[tuple[Event, str]]:
    undone = aliased(Event)
    mine = (
        select(Event, Servicer.name, undone.kind)
        .outerjoin(Servicer, Servicer.id == Event.servicer_id)
        .outerjoin(undone, undone.id == Event.undoes_id)
        .where(Event.ticket_id == ticket.id)
    )
    for event, servicer, undone_kind in session.execute(mine.order_by(Event.id)):
        if event.kind == EventKind.UNDONE:
            undone_words = str(_EVENTS.get(undone_kind, "")).lower()
            if servicer:
                yield event, _("Undone by %(servicer)s: %(what)s", servicer=servicer, what=undone_words)
            else:
                yield event, _("Undone: %(what)s", what=undone_words)
        else:
            yield event, _words_of_event(event, event.facts or {}, servicer)


def _words_of_event(event: Event, facts: dict[str, Any], servicer: str | None) -> str:
    """The event, the servicer if there was one, and those facts that are useful at the counter."""
    match event.kind:
        case EventKind.JOINED:
            how = str(_JOINED.get(facts.get("source", ""), _EVENTS[EventKind.JOINED]))
            return _promised(_with_place(_by(how, servicer), facts), facts)
        case EventKind.BROUGHT_BACK if event.actor == Actor.CUSTOMER:
            return _with_place(_("Said that they are still coming"), facts)
        case EventKind.MOVED if event.actor == Actor.CUSTOMER:
            return _with_place(_("Let others go first"), facts)
        case EventKind.SERVED if facts.get("forgotten"):
            return _("Ended at the end of the day: nobody pressed Done")
        case EventKind.TRANSFERRED:
            came = _("Sent on from %(queue)s", queue=facts.get("from") or _("another queue"))
            return _with_place(_by(came, servicer), facts)
        case _:
            what = str(_EVENTS.get(event.kind, ""))
            return _with_place(_by(what, servicer), facts) if what else ""


def _by(what: str, servicer: str | None) -> str:
    return _("%(what)s by %(servicer)s", what=what, servicer=servicer) if servicer else what


def _with_place(what: str, facts: dict[str, Any]) -> str:
    ahead = facts.get("ahead")
    return _("%(what)s, %(ahead)s ahead", what=what, ahead=ahead) if ahead else what


def _promised(what: str, facts: dict[str, Any]) -> str:
    """Append the range that they were told, and the wait that was expected."""
    low, high, expected = facts.get("low"), facts.get("high"), facts.get("expected")
    if not low or not high:
        return what
    if not expected:
        return _("%(what)s, told %(low)s–%(high)s min", what=what, low=low, high=high)
    minutes = max(1, round(expected))
    told = {"what": what, "low": low, "high": high, "expected": minutes}
    return _("%(what)s, told %(low)s–%(high)s min (%(expected)s expected)", **told)


_JOINED = {
    "text": _l("Took a number by text"),
    "web": _l("Took a number on the web"),
    "desk": _l("Took a number at the desk"),
}

_EVENTS = {
    EventKind.JOINED: _l("Took a number"),
    EventKind.CALLED: _l("Called"),
    EventKind.CALLED_AGAIN: _l("Called again"),
    EventKind.STARTED: _l("Started"),
    EventKind.SERVED: _l("Done"),
    EventKind.LEFT: _l("Left the line"),
    EventKind.NO_SHOW: _l("Marked as no-show"),
    EventKind.REMOVED: _l("Removed"),
    EventKind.PUT_BACK: _l("Put back"),
    EventKind.BROUGHT_BACK: _l("Brought back"),
    EventKind.NAMED: _l("Name or party changed"),
    EventKind.MOVED: _l("Put first"),
    EventKind.ARRIVED: _l("Said that they are here"),
    EventKind.LEAD_SET: _l("Asked to be told some minutes ahead"),
    EventKind.RATED: _l("Rated the service"),
    EventKind.TRANSFERRED: _l("Sent on"),
    EventKind.NOT_HERE: _l("Not here yet"),
    EventKind.DESK_CHOSEN: _l("Asked to another desk"),
}


def _words_of_text(text: OutboundMessage) -> str:
    return _(
        "Text “%(kind)s”: %(state)s",
        kind=str(_TEXTS.get(text.kind, text.kind)),
        state=str(_STATES[text.state]),
    )


_TEXTS = {
    TextKind.JOINED: _l("your number"),
    TextKind.NEARLY_UP: _l("nearly up"),
    TextKind.YOUR_TURN: _l("your turn"),
    TextKind.REMINDER: _l("we are waiting for you"),
    TextKind.CALLED_TOO_EARLY: _l("called too early"),
    TextKind.STILL_CALLED: _l("your call still stands"),
    TextKind.STILL_WAITING: _l("still in line"),
    TextKind.PUT_BACK: _l("put back"),
    TextKind.NO_SHOW: _l("did not find you"),
    TextKind.TRANSFERRED: _l("we moved you"),
    TextKind.REMOVED: _l("taken off the line"),
    TextKind.BROUGHT_BACK: _l("brought back"),
    TextKind.DAY_ENDED: _l("closed for today"),
    TextKind.TAKEN_BACK: _l("number given by mistake"),
    TextKind.ANNOUNCEMENT: _l("message to everybody"),
    TextKind.RATING: _l("how was it?"),
}

_STATES = {
    TextState.WAITING: _l("goes out in a moment"),
    TextState.SENDING: _l("going out"),
    TextState.UNKNOWN: _l("not confirmed"),
    TextState.ACCEPTED: _l("sent"),
    TextState.SENT: _l("sent"),
    TextState.DELIVERED: _l("delivered"),
    TextState.REJECTED: _l("failed"),
    TextState.FAILED: _l("failed"),
    TextState.EXPIRED: _l("not sent, no longer true"),
}
