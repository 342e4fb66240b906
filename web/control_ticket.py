"""The page of one ticket: how it stands, what can be done with it, and everything that happened to it.

Reads only; knows no request. Shows numbers and names, never a phone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.changes import newest_change
from models.event import Actor, Event, EventKind
from models.message import OutboundMessage, TextKind, TextState
from models.people import Servicer
from models.queues import DAY_ENDED, Queue, QueueState
from models.ticket import LIVE, Ticket, TicketState
from web.clock_words import Moment, moment


@dataclass(frozen=True)
class Elsewhere:
    """Another queue of the business, to which somebody can be sent on."""

    id: int
    name: str
    waiting: int


@dataclass(frozen=True)
class Happening:
    """One line of a ticket's story."""

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
    change: int  # the newest that it shows
    queue: str
    state: TicketState
    how_it_stands: str
    is_mine: bool  # to do something with: it waits, or one serves it oneself
    can_put_first: bool
    can_remove: bool
    elsewhere: tuple[Elsewhere, ...]
    story: tuple[Happening, ...]


def control_ticket(session: Session, ticket: Ticket, servicer_id: int) -> ControlTicket:
    is_waiting = ticket.state == TicketState.WAITING
    is_mine = is_waiting or (ticket.state in LIVE and ticket.servicer_id == servicer_id)
    ahead = ticket.ahead(session) if is_waiting else 0
    return ControlTicket(
        id=ticket.id,
        number=ticket.number,
        name=ticket.name,
        party=ticket.party,
        keyword=ticket.queue.keyword,
        change=newest_change(session, ticket.queue),
        queue=ticket.queue.name,
        state=ticket.state,
        how_it_stands=_how_it_stands(session, ticket, ahead),
        is_mine=is_mine,
        can_put_first=is_waiting and ahead > 0,
        can_remove=is_waiting,
        elsewhere=tuple(_elsewhere(session, ticket.queue)) if is_mine else (),
        story=tuple(_story(session, ticket)),
    )


def _how_it_stands(session: Session, ticket: Ticket, ahead: int) -> str:
    where = f" at {ticket.desk.name}" if ticket.desk else ""
    who = ticket.servicer.name if ticket.servicer else ""
    match ticket.state:
        case TicketState.WAITING:
            return f"Waiting, {ahead} ahead" if ahead else "Waiting, next in line"
        case TicketState.CALLED:
            return f"Called by {who}{where}"
        case TicketState.SERVING:
            return f"Being served by {who}{where}"
        case TicketState.SERVED:
            return f"Served by {who}" if who else "Served"
        case TicketState.NO_SHOW:
            return "Did not come"
        case TicketState.LEFT:
            return "Closed before they were called" if ticket.reason == DAY_ENDED else "Left the line"
        case _:
            return _sent_on_to(session, ticket) or "Removed"


def _sent_on_to(session: Session, ticket: Ticket) -> str | None:
    moved = session.get(Ticket, ticket.moved_to_id) if ticket.moved_to_id else None
    return f"Sent on to {moved.queue.name} as number {moved.number}" if moved else None


def _elsewhere(session: Session, queue: Queue) -> Iterable[Elsewhere]:
    others = select(Queue).where(
        Queue.business_id == queue.business_id, Queue.id != queue.id, Queue.state != QueueState.CLOSED
    )
    for other in session.scalars(others.order_by(Queue.name)):
        yield Elsewhere(other.id, other.name, other.waiting_count(session))


# Its story ----------------------------------------------------------------------------------------------


def _story(session: Session, ticket: Ticket) -> list[Happening]:
    """What happened to it and the texts about it, the oldest first."""
    zone = ticket.queue.business.zone
    told = [(text.created_at, _words_of_text(text), True) for text in _texts(session, ticket)]
    done = [(event.at, words, False) for event, words in _events(session, ticket) if words]
    ordered = sorted(done + told, key=lambda line: (line[0], line[2]))
    return [Happening(moment(at, zone), words, is_text) for at, words, is_text in ordered]


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
        by = f" by {servicer}" if servicer else ""
        if event.kind == EventKind.UNDONE:
            yield event, f"Undone{by}: {_HAPPENED.get(undone_kind, '').lower()}"
        else:
            yield event, _words_of_event(event, event.facts or {}, by)


def _words_of_event(event: Event, facts: dict[str, Any], by: str) -> str:
    """By whom, where it was a servicer; what else only if it is of use at the counter."""
    ahead = f", {facts['ahead']} ahead" if facts.get("ahead") else ""
    match event.kind:
        case EventKind.JOINED:
            how = _JOINED.get(facts.get("source", ""), "")
            return f"Took a number{how}{by}{ahead}{_promise(facts)}"
        case EventKind.MOVED if event.actor == Actor.CUSTOMER:
            return f"Let others go first{ahead}"
        case EventKind.SERVED if facts.get("forgotten"):
            return "Ended at the end of the day: nobody pressed Done"
        case EventKind.TRANSFERRED:
            return f"Sent on from {facts.get('from', 'another queue')}{by}{ahead}"
        case _:
            return f"{_HAPPENED[event.kind]}{by}{ahead}" if event.kind in _HAPPENED else ""


def _promise(facts: dict[str, Any]) -> str:
    low, high = facts.get("low"), facts.get("high")
    return f", told {low}–{high} min" if low and high else ""


_JOINED = {"text": " by text", "web": " on the web", "desk": " at the desk", "history": ""}

_HAPPENED = {
    EventKind.JOINED: "Took a number",
    EventKind.CALLED: "Called",
    EventKind.CALLED_AGAIN: "Called again",
    EventKind.STARTED: "Started",
    EventKind.SERVED: "Done",
    EventKind.LEFT: "Left the line",
    EventKind.NO_SHOW: "Marked as no-show",
    EventKind.REMOVED: "Removed",
    EventKind.PUT_BACK: "Put back",
    EventKind.NAMED: "Name or party changed",
    EventKind.MOVED: "Put first",
    EventKind.ARRIVED: "Said that they are here",
    EventKind.LEAD_SET: "Asked to be told some minutes ahead",
    EventKind.RATED: "Rated the service",
    EventKind.TRANSFERRED: "Sent on",
    EventKind.NOT_HERE: "Not here yet",
    EventKind.DESK_CHOSEN: "Asked to another desk",
}


def _words_of_text(text: OutboundMessage) -> str:
    return f"Text “{_TEXTS.get(text.kind, text.kind)}”: {_STATES[text.state]}"


_TEXTS = {
    TextKind.JOINED: "your number",
    TextKind.NEARLY_UP: "nearly up",
    TextKind.YOUR_TURN: "your turn",
    TextKind.REMINDER: "we are waiting for you",
    TextKind.CALLED_TOO_EARLY: "called too early",
    TextKind.STILL_CALLED: "your call still stands",
    TextKind.STILL_WAITING: "still in line",
    TextKind.PUT_BACK: "put back",
    TextKind.NO_SHOW: "did not find you",
    TextKind.TRANSFERRED: "we moved you",
    TextKind.DAY_ENDED: "closed for today",
    TextKind.TAKEN_BACK: "number given by mistake",
    TextKind.ANNOUNCEMENT: "message to everybody",
    TextKind.RATING: "how was it?",
}

_STATES = {
    TextState.WAITING: "goes out in a moment",
    TextState.SENDING: "going out",
    TextState.UNKNOWN: "not confirmed",
    TextState.ACCEPTED: "sent",
    TextState.SENT: "sent",
    TextState.DELIVERED: "delivered",
    TextState.REJECTED: "failed",
    TextState.FAILED: "failed",
    TextState.EXPIRED: "not sent, no longer true",
}
