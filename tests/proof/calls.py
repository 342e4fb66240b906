"""Calls, holds and places given up: nobody is called twice, a hold is told once, and 1 undoes a 9."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.reply_kinds import ReplyKind
from models.people.actors import Actor
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import PRESENT
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage
from tests.proof.people import Guest

ON_HOLD = "No need to rush"
# After these somebody who was called waits again.
BACK_IN_LINE = (EventKind.PUT_BACK, EventKind.SET_ASIDE, EventKind.BROUGHT_BACK)
OVER = (EventKind.SERVED, EventKind.LEFT, EventKind.REMOVED, EventKind.NO_SHOW)


def faults_of_calls(
    session: Session, guest: Guest, taken_in: Mapping[str, InboundMessage], events: Sequence[Event]
) -> Iterator[str]:
    yield from called_twice(events)
    yield from hold_told_twice(guest.screen, events)
    yield from given_up(taken_in.values(), events)
    for event in events:
        if event.kind == EventKind.BROUGHT_BACK:
            yield from _passed_over(session, event)


def called_twice(events: Sequence[Event]) -> Iterator[str]:
    """Whoever is called is called again only after they have waited again."""
    by_id = {event.id: event for event in events}
    is_called: dict[int | None, bool] = {}
    for event in events:
        if event.kind == EventKind.CALLED and is_called.get(event.ticket_id):
            yield f"was called twice, the second time by event {event.id}"
        undone = by_id.get(event.undoes_id or 0)
        if undone is not None and "state" in (undone.before or {}):
            is_called[event.ticket_id] = (undone.before or {})["state"] in PRESENT
        elif event.kind == EventKind.CALLED or event.kind in BACK_IN_LINE:
            is_called[event.ticket_id] = event.kind == EventKind.CALLED


def hold_told_twice(screen: Sequence[str], events: Sequence[Event]) -> Iterator[str]:
    told = sum(text.startswith(ON_HOLD) for text in screen)
    held = sum(event.kind == EventKind.SET_ASIDE for event in events)
    if told > held:
        yield f"was told {told} times that their place is kept, and held {held} times"


def given_up(texts: Iterable[InboundMessage], events: Sequence[Event]) -> Iterator[str]:
    """Each 9 and LEAVE that was answered so ended one ticket, and each 1 after it brought one back."""
    answered = Counter(text.reply_kind for text in texts)
    theirs = Counter(event.kind for event in events if event.actor == Actor.CUSTOMER)
    left = answered[ReplyKind.LEFT] + answered[ReplyKind.GAVE_UP]
    if theirs[EventKind.LEFT] != left:
        yield f"said {left} times that they leave, and left {theirs[EventKind.LEFT]} times"
    back = answered[ReplyKind.BROUGHT_BACK]
    if theirs[EventKind.BROUGHT_BACK] != back:
        yield f"was told {back} times to be back in line, and was so {theirs[EventKind.BROUGHT_BACK]} times"


def _passed_over(session: Session, back: Event) -> Iterator[str]:
    """Whoever is back at the old place is called before those behind it, unless a servicer chose somebody."""
    end = _next_of(session, back)
    calls = select(Event).where(
        Event.queue_id == back.queue_id,
        Event.kind == EventKind.CALLED,
        Event.id > back.id,
        Event.id < end,
    )
    mine = _position_at(session, back)
    for call in session.scalars(calls.order_by(Event.id)):
        was_chosen = bool((call.facts or {}).get("ahead")) or "set_aside_at" in (call.before or {})
        if not was_chosen and _position_at(session, call) > mine:
            yield f"is back by event {back.id}, and event {call.id} called somebody behind them"


def _next_of(session: Session, back: Event) -> int:
    """The event that called or moved them next."""
    later = select(Event.id, Event.before).where(Event.ticket_id == back.ticket_id, Event.id > back.id)
    rows = session.execute(later.order_by(Event.id)).all()
    return next((row.id for row in rows if {"state", "position"} & set(row.before or {})), back.id)


def _position_at(session: Session, event: Event) -> int:
    """The place of the event's ticket in line, right after that event."""
    later = select(Event.before).where(Event.ticket_id == event.ticket_id, Event.id > event.id)
    for before in session.scalars(later.order_by(Event.id)):
        if "position" in (before or {}):
            return int(before["position"])
    return session.get_one(Ticket, event.ticket_id).position
