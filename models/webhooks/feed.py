"""Fills the outbox of webhooks from the event log, which is read on from where it was read to.

Each event of a queue is written with the queue locked, so their ids are committed in order: a cursor for each
queue misses none. The endpoint's row is locked meanwhile, so two clocks note no event twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import insert_each_once, insert_into
from models.webhooks.deliveries import Delivery, new_delivery
from models.webhooks.earlier_values import values_after
from models.webhooks.endpoints import Endpoint, EndpointCursor
from models.webhooks.event_types import (
    INTO_STATE,
    OF_QUEUE,
    OF_TICKET,
    QUEUE_STATE_AFTER,
    TOLD,
    WebhookType,
)
from models.webhooks.payloads import queue_data, ticket_data

AT_A_TIME = 200  # events of one queue

Undone = aliased(Event)


def queues_with_news(session: Session, endpoint: Endpoint) -> list[int]:
    """The queues of its business in whose log something stands behind its cursor."""
    newest = select(func.max(Event.id)).where(Event.queue_id == Queue.id).correlate(Queue).scalar_subquery()
    of_cursor = and_(EndpointCursor.endpoint_id == endpoint.id, EndpointCursor.queue_id == Queue.id)
    read_to = func.coalesce(EndpointCursor.event_id, endpoint.from_event_id)
    news = select(Queue.id).outerjoin(EndpointCursor, of_cursor).where(newest > read_to)
    return list(session.scalars(news.where(Queue.business_id == endpoint.business_id).order_by(Queue.id)))


def note_news(session: Session, endpoint_id: int, queue_id: int, now: datetime) -> bool:
    """Note the next events of this queue for the endpoint; True if there may be more."""
    endpoint = session.get(Endpoint, endpoint_id, with_for_update={"key_share": True}, populate_existing=True)
    if endpoint is None or endpoint.off_at is not None:
        return False
    cursor = session.get(EndpointCursor, (endpoint_id, queue_id), populate_existing=True)
    events = _events(session, queue_id, cursor.event_id if cursor else endpoint.from_event_id)
    if not events:
        return False
    rows = list(_rows(session, endpoint, session.get_one(Queue, queue_id), events, now))
    if rows:
        insert_each_once(session, Delivery.__table__, rows, returning=(Delivery.id,))  # type: ignore[arg-type]
    _set_cursor(session, endpoint_id, queue_id, events[-1][0].id)
    return len(events) == AT_A_TIME


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
        return QUEUE_STATE_AFTER.get(event.kind)
    return (undone.before or {}).get("state") if undone is not None and undone.kind in OF_QUEUE else None


def _tickets(session: Session, ids: set[int]) -> dict[int, Ticket]:
    if not ids:
        return {}
    where = joinedload(Ticket.queue, innerjoin=True).joinedload(Queue.business, innerjoin=True)
    found = session.scalars(select(Ticket).where(Ticket.id.in_(ids)).options(where))
    return {ticket.id: ticket for ticket in found}


def _set_cursor(session: Session, endpoint_id: int, queue_id: int, event_id: int) -> None:
    insert = insert_into(EndpointCursor.__table__, session.get_bind().dialect.name)
    values = {"endpoint_id": endpoint_id, "queue_id": queue_id, "event_id": event_id}
    session.execute(
        insert.values(values).on_conflict_do_update(
            index_elements=["endpoint_id", "queue_id"], set_={"event_id": event_id}
        )
    )
