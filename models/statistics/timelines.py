"""Turns the event log into visits: when each customer joined, was called, was served or gave up.

Pure. Also gives when servicers were busy. Undone events are ignored; a call that was put back ended no wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from models.people.actors import Actor
from models.queueing.line.waits import PAUSED
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import UNDONE, Source, TicketState
from models.waiting.answers import WaitState

# Why a promise was taken back while nobody could say when the line moves again.
STANDING_LINE = (PAUSED, WaitState.UNSTAFFED, WaitState.STALLED)
ENDS = (EventKind.SERVED, EventKind.LEFT, EventKind.NO_SHOW, EventKind.REMOVED)
VOIDS_PROMISES = (EventKind.PUT_BACK, EventKind.SET_ASIDE, EventKind.BROUGHT_BACK, EventKind.MOVED)


class Happened(NamedTuple):
    """The parts of an event that statistics use."""

    id: int
    ticket_id: int | None
    kind: EventKind
    at: datetime
    actor: Actor
    servicer_id: int | None
    facts: Mapping[str, Any] | None
    undoes_id: int | None


class Busy(NamedTuple):
    """A servicer had a customer: from the call to the end, or until the customer was put back."""

    servicer: str
    began_at: datetime
    ended_at: datetime | None


class ToldAgain(NamedTuple):
    """The range that took the place of an earlier promise; None: told only that the line doesn't move."""

    at: datetime
    low: int | None
    high: int | None


@dataclass(slots=True)
class Visit:
    """The parts of a ticket that statistics use."""

    state: TicketState
    joined_at: datetime
    called_at: datetime | None = None  # the last call that stood: not undone, put back or on hold
    started_at: datetime | None = None
    ended_at: datetime | None = None
    forgotten: bool = False  # nobody pressed Done or recorded it: the end is unknown
    reason: str | None = None  # why it ended as it did
    source: Source | None = None
    servicer: str | None = None  # of that call: an account's id, or = and a name from an imported file
    desk_id: int | None = None
    low: int | None = None  # the minutes they were promised
    high: int | None = None
    expected: float | None = None  # the expected value of that range
    ahead: int | None = None  # people ahead at that time
    place: int | None = None  # their place in line when they gave up
    rating: int | None = None
    said_at: datetime | None = None  # first wrote to the counter in their own words
    answered_at: datetime | None = None  # first answered after that
    is_here: bool = False  # said so: nobody gives them up
    told_at: datetime | None = None  # last called, or called again
    given_up_after: datetime | None = None  # if they had not said that they are coming
    is_waited_for: bool = False  # called longer than that
    put_back: int = 0  # how often
    later: int = 0
    told_again: int = 0  # how often
    new_promise: ToldAgain | None = None  # the last of these, if nothing has voided it
    is_moved: bool = False  # moved in line, or came from another queue: the promise is void
    busy: list[Busy] = field(default_factory=list)

    @property
    def is_saved_by_coming(self) -> bool:
        """They would have been a no-show, and were served."""
        return self.is_waited_for and self.state == TicketState.SERVED

    @property
    def served_at_all(self) -> bool:
        return self.state == TicketState.SERVED and not self.forgotten


def visits_from(events: Iterable[Happened]) -> dict[int, Visit]:
    """The visits in these events, by ticket; the events in the order they were recorded."""
    by_ticket: dict[int, list[Happened]] = defaultdict(list)
    for event in without_undone(events):
        if event.ticket_id is not None:
            by_ticket[event.ticket_id].append(event)
    found = {ticket_id: _visit(theirs) for ticket_id, theirs in by_ticket.items()}
    return {ticket_id: visit for ticket_id, visit in found.items() if visit and visit.reason != UNDONE}


def without_undone(events: Iterable[Happened]) -> list[Happened]:
    """The events that were not undone."""
    events = list(events)
    undone = {event.undoes_id for event in events}
    return [event for event in events if event.id not in undone and event.kind != EventKind.UNDONE]


def servicer_of(event: Happened) -> str | None:
    """Who acted: an account's id; or, after =, the name from an imported history."""
    if event.servicer_id is not None:
        return str(event.servicer_id)
    name = (event.facts or {}).get("servicer")
    return None if name is None else f"={name}"


def joined_at_of(first: Happened) -> datetime:
    """When the customer joined, by the first event of a ticket: of one from another queue, there."""
    joined_at = (first.facts or {}).get("joined_at")
    return first.at if joined_at is None else datetime.fromisoformat(joined_at)


def _visit(events: list[Happened]) -> Visit | None:
    first = events[0]
    if first.kind not in (EventKind.JOINED, EventKind.TRANSFERRED):
        return None
    facts = first.facts or {}
    visit = Visit(TicketState.WAITING, joined_at_of(first))
    visit.source = Source(facts["source"]) if "source" in facts else None
    visit.low, visit.high = facts.get("low"), facts.get("high")
    visit.expected, visit.ahead = facts.get("expected"), facts.get("ahead")
    visit.is_moved = first.kind == EventKind.TRANSFERRED
    visit.forgotten = "ended_at" in facts.get("told", {}).get("unknown", ())
    for event in events[1:]:
        _apply_event(visit, event, event.facts or {})
    return visit


def _apply_event(visit: Visit, event: Happened, facts: Mapping[str, Any]) -> None:
    if event.kind in VOIDS_PROMISES:
        visit.new_promise = None
    match event.kind:
        case EventKind.CALLED:
            visit.state, visit.called_at, visit.told_at = TicketState.CALLED, event.at, event.at
            visit.servicer, visit.desk_id = servicer_of(event), facts.get("desk_id")
            if visit.servicer is not None:
                visit.busy.append(Busy(visit.servicer, event.at, None))
        case EventKind.CALLED_AGAIN:
            visit.told_at = event.at
        case EventKind.COMING if visit.given_up_after is None and "no_show_minutes" in facts:
            if visit.told_at is not None and not visit.is_here:
                visit.given_up_after = visit.told_at + timedelta(minutes=facts["no_show_minutes"])
        case EventKind.ARRIVED:
            _end_call(visit, event.at)
            visit.is_here = True
        case EventKind.STARTED:
            _end_call(visit, event.at)
            visit.state, visit.started_at = TicketState.SERVING, event.at
        case EventKind.PUT_BACK | EventKind.SET_ASIDE:
            _end_call(visit, event.at)
            _end_busy(visit, event.at)
            visit.state, visit.called_at, visit.started_at = TicketState.WAITING, None, None
            visit.servicer, visit.desk_id, visit.is_here = None, None, False
            visit.put_back += event.kind == EventKind.PUT_BACK
            visit.is_moved = True
        case EventKind.BROUGHT_BACK:
            visit.state, visit.called_at, visit.started_at = TicketState.WAITING, None, None
            visit.ended_at, visit.reason, visit.place = None, None, None
            visit.servicer, visit.desk_id = None, None
            visit.is_here, visit.is_waited_for = False, False
            visit.is_moved = True
        case EventKind.DESK_CHOSEN:
            visit.desk_id = facts.get("desk_id")
        case EventKind.TAKEN_OVER:
            _end_busy(visit, event.at)
            visit.servicer, visit.desk_id = str(facts["to"]), facts.get("desk_id")
            visit.busy.append(Busy(visit.servicer, event.at, None))
        case EventKind.MOVED:
            visit.later += event.actor == Actor.CUSTOMER
            visit.is_moved = True
        case EventKind.PROMISE_CHANGED:
            stands = facts["why"] in STANDING_LINE
            visit.told_again += 1
            visit.new_promise = ToldAgain(
                event.at, *((None, None) if stands else (facts["low"], facts["high"]))
            )
        case EventKind.SAID:
            visit.said_at = visit.said_at or event.at
        case EventKind.REPLIED if visit.said_at is not None:
            visit.answered_at = visit.answered_at or event.at
        case EventKind.RATED:
            visit.rating = facts.get("rating")
        case EventKind.SERVED | EventKind.LEFT | EventKind.NO_SHOW | EventKind.REMOVED:
            _end_busy(visit, event.at)
            _end_call(visit, event.at)
            visit.state, visit.ended_at = TicketState(event.kind), event.at
            visit.reason = facts.get("reason")
            visit.place = facts.get("place") or None
            visit.forgotten = visit.forgotten or bool(facts.get("forgotten"))


def _end_call(visit: Visit, at: datetime) -> None:
    """They came, or the call ended otherwise: nobody waits for them any more."""
    if visit.given_up_after is not None and at > visit.given_up_after:
        visit.is_waited_for = True
    visit.given_up_after = None


def _end_busy(visit: Visit, at: datetime) -> None:
    if visit.busy and visit.busy[-1].ended_at is None:
        visit.busy[-1] = visit.busy[-1]._replace(ended_at=at)
