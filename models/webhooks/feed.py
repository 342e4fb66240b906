"""Fills the outbox of webhooks from the event log, which is read on from where it was read to.

Each event that is told is written with its queue locked, so their ids are committed in order: a cursor for
each queue misses none. The endpoint's row is locked meanwhile, so two clocks note no event twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.queueing.presses.undoable import STATE_AFTER
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import insert_each_once
from models.webhooks.deliveries import Delivery, new_delivery
from models.webhooks.earlier_values import values_after
from models.webhooks.endpoints import Endpoint, EndpointCursor, set_cursor
from models.webhooks.event_types import (
    INTO_STATE,
    OF_QUEUE,
    OF_TICKET,
    TOLD,
    WebhookType,
)
from models.webhooks.payloads import queue_data, ticket_data

AT_A_TIME = 200  # events of one queue

Undone = aliased(Event)
# A literal: with a bound parameter the partial index would not be used.
_FORGOTTEN: Any = literal_column(f"'{EventKind.FORGOTTEN.value}'")


def queues_with_news(session: Session, endpoint: Endpoint) -> list[int]:
    """The queues that it listens to in whose log something to be told stands behind its cursor.

    What is not told is passed over here each time, until something told comes after it. No cursor is moved
    for it: not all of that is written with the queue locked, so an earlier event might be committed later.
    """
    of_cursor = and_(EndpointCursor.endpoint_id == endpoint.id, EndpointCursor.queue_id == Queue.id)
    read_to = func.coalesce(EndpointCursor.event_id, endpoint.from_event_id)
    is_told = exists().where(Event.queue_id == Queue.id, Event.id > read_to, Event.kind.in_(TOLD))
    is_behind = read_to < endpoint.from_event_id
    theirs = select(Queue.id).where(Queue.business_id == endpoint.business_id)
    if endpoint.queue_ids is not None:
        theirs = theirs.where(Queue.id.in_(endpoint.queue_ids))
    news = theirs.outerjoin(EndpointCursor, of_cursor).where(or_(is_behind, is_told))
    return list(session.scalars(news.order_by(Queue.id)))


def note_news(session: Session, endpoint_id: int, queue_id: int, now: datetime) -> bool:
    """Note the next events of this queue for the endpoint; True if there may be more."""
    endpoint = session.get(Endpoint, endpoint_id, with_for_update={"key_share": True}, populate_existing=True)
    if endpoint is None or endpoint.off_at is not None:
        return False
    cursor = session.get(EndpointCursor, (endpoint_id, queue_id), populate_existing=True)
    read_to = cursor.event_id if cursor else endpoint.from_event_id
    if read_to < endpoint.from_event_id:
        _note_forgotten(session, endpoint, queue_id, read_to, now)
        return True
    events = _events(session, queue_id, read_to)
    if not events:
        return False
    _note(session, endpoint, queue_id, events, now)
    set_cursor(session, endpoint_id, queue_id, events[-1][0].id)
    return len(events) == AT_A_TIME


def _note_forgotten(session: Session, endpoint: Endpoint, queue_id: int, read_to: int, now: datetime) -> None:
    """Who was forgotten while the endpoint was off. The queue is locked: none is just being written."""
    Queue.lock(session, queue_id)
    missed = select(Event).where(Event.queue_id == queue_id, Event.kind == _FORGOTTEN, Event.id > read_to)
    missed = missed.where(Event.id <= endpoint.from_event_id).order_by(Event.id).limit(AT_A_TIME)
    events = [(event, None) for event in session.scalars(missed)]
    if events:
        _note(session, endpoint, queue_id, events, now)
    is_all = len(events) < AT_A_TIME
    set_cursor(session, endpoint.id, queue_id, endpoint.from_event_id if is_all else events[-1][0].id)


def _note(session: Session, endpoint: Endpoint, queue_id: int, events: Sequence[Any], now: datetime) -> None:
    rows = list(_rows(session, endpoint, session.get_one(Queue, queue_id), events, now))
    if rows:
        insert_each_once(session, Delivery.__table__, rows, returning=(Delivery.id,))  # type: ignore[arg-type]


def _events(session: Session, queue_id: int, read_to: int) -> Sequence[Any]:
    """Each with the event that it undoes, if any."""
    unread = select(Event, Undone).outerjoin(Undone, Undone.id == Event.undoes_id)
    unread = unread.where(Event.queue_id == queue_id, Event.id > read_to, Event.kind.in_(TOLD))
    return session.execute(unread.order_by(Event.id).limit(AT_A_TIME)).all()


def _rows(
    session: Session, endpoint: Endpoint, queue: Queue, events: Sequence[Any], now: datetime
) -> Iterator[dict[str, Any]]:
    tickets = _tickets(session, {event.ticket_id for event, _ in events if event.ticket_id is not None})
    then = values_after(session, tickets.values(), [event for event, _ in events])
    for event, undone in events:
        ticket = tickets.get(event.ticket_id)
        if ticket is not None and ticket.source == Source.HISTORY:
            continue  # of a file that was imported
        kind = _type_of(event, undone)
        if kind is None or not endpoint.listens_to(kind, queue.id):
            continue
        if ticket is not None:
            data = ticket_data(ticket, event, then[event.id])
        else:
            data = queue_data(queue, _queue_state_after(event, undone) or queue.state)
        yield new_delivery(
            endpoint,
            kind,
            f"t{event.ticket_id}" if ticket is not None else f"q{queue.id}",
            now,
            event_id=event.id,
            ticket_id=event.ticket_id,
            happened_at=event.at,
            data=data,
        )


def _type_of(event: Event, undone: Event | None) -> WebhookType | None:
    if event.ticket_id is not None:
        # Of what isn't told, as a changed promise, it isn't told either that it was taken back.
        is_told = undone is None or undone.kind in OF_TICKET
        return OF_TICKET.get(event.kind) if is_told else None
    state = _queue_state_after(event, undone)
    return INTO_STATE.get(state) if state is not None else None


def _queue_state_after(event: Event, undone: Event | None) -> Any:
    if event.kind != EventKind.UNDONE:
        return STATE_AFTER.get(event.kind)
    return (undone.before or {}).get("state") if undone is not None and undone.kind in OF_QUEUE else None


def _tickets(session: Session, ids: set[int]) -> dict[int, Ticket]:
    if not ids:
        return {}
    where = joinedload(Ticket.queue, innerjoin=True).joinedload(Queue.business, innerjoin=True)
    found = session.scalars(select(Ticket).where(Ticket.id.in_(ids)).options(where))
    return {ticket.id: ticket for ticket in found}
