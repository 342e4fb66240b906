"""What statistics read from the database: the events of business days, and what became of their texts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.event import Event, EventKind
from models.message import OutboundMessage, TextState
from models.ticket import Ticket
from models.visits import Happened

_COLUMNS = (
    Event.id,
    Event.ticket_id,
    Event.kind,
    Event.at,
    Event.actor,
    Event.servicer_id,
    Event.facts,
    Event.undoes_id,
)
# Of a ticket's events those that statistics have a use for.
_ABOUT_TICKETS = (
    EventKind.JOINED,
    EventKind.TRANSFERRED,
    EventKind.CALLED,
    EventKind.STARTED,
    EventKind.SERVED,
    EventKind.LEFT,
    EventKind.NO_SHOW,
    EventKind.REMOVED,
    EventKind.PUT_BACK,
    EventKind.MOVED,
    EventKind.DESK_CHOSEN,
    EventKind.RATED,
    EventKind.UNDONE,
)


class DayTexts(NamedTuple):
    """The texts about a day's tickets that we sent unasked; answers to a text are not among them."""

    sent: int = 0  # the carrier took them
    delivered: int = 0  # of these, as far as it was reported
    failed: int = 0  # refused, not delivered, or never sent although true
    segments: int = 0  # that are paid for


def tickets_of_days(session: Session, queue_id: int, days: Collection[date]) -> dict[date, list[Happened]]:
    """The events of the tickets of these days, by day, as they were recorded."""
    rows = session.execute(
        select(Ticket.day, *_COLUMNS)
        .join(Event, Event.ticket_id == Ticket.id)
        .where(Ticket.queue_id == queue_id, Ticket.day.in_(days), Event.kind.in_(_ABOUT_TICKETS))
        .order_by(Event.id)
    )
    found: dict[date, list[Happened]] = defaultdict(list)
    for day, *event in rows:
        found[day].append(Happened(*event))
    return found


def queue_events(session: Session, queue_id: int, since: datetime, until: datetime) -> list[Happened]:
    """What happened to the queue itself in this time: turned away, on duty, opened, closed."""
    of_queue = Event.ticket_id.is_(None)
    during = (Event.at >= since, Event.at < until)
    rows = session.execute(select(*_COLUMNS).where(Event.queue_id == queue_id, of_queue, *during))
    return [Happened(*row) for row in rows]


def texts_of_days(session: Session, queue_id: int, days: Collection[date]) -> dict[date, DayTexts]:
    state, segments = OutboundMessage.state, func.coalesce(OutboundMessage.segments, 0)
    never_left = and_(state == TextState.EXPIRED, OutboundMessage.obsolete_at.is_(None))
    failed = or_(state.in_((TextState.FAILED, TextState.REJECTED)), never_left)
    sent = state.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED))
    paid = or_(sent, state == TextState.FAILED)
    rows = session.execute(
        select(
            Ticket.day,
            func.sum(case((sent, 1), else_=0)),
            func.sum(case((state == TextState.DELIVERED, 1), else_=0)),
            func.sum(case((failed, 1), else_=0)),
            func.sum(case((paid, segments), else_=0)),
        )
        .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
        .where(Ticket.queue_id == queue_id, Ticket.day.in_(days))
        .group_by(Ticket.day)
    )
    return {day: DayTexts(*(int(count) for count in counts)) for day, *counts in rows}


def days_with_tickets(
    session: Session, queue_id: int, first: date | None = None, before: date = date.max
) -> Sequence[date]:
    """From day to day, each one look into the index of numbers: never through all tickets of the past."""
    last = select(func.max(Ticket.day)).where(Ticket.queue_id == queue_id)
    if first is not None:
        last = last.where(Ticket.day >= first)
    days = select(last.where(Ticket.day < before).scalar_subquery().label("day")).cte("days", recursive=True)
    earlier = last.where(Ticket.day < days.c.day).correlate(days).scalar_subquery()
    days = days.union_all(select(earlier).where(days.c.day.is_not(None)))
    found = select(days.c.day).where(days.c.day.is_not(None)).order_by(days.c.day.desc())
    return session.scalars(found).all()
