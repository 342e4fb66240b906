"""Queries for statistics: the events of business days, and the outcomes of their texts."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, Source
from models.queueing.tables.tickets import Ticket
from models.statistics.day_bounds import DayBounds, bounds_of_days
from models.statistics.timelines import Happened, Visit, servicer_of, visits_from
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState

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
# The events of tickets that statistics use.
ABOUT_TICKETS = (
    EventKind.JOINED,
    EventKind.TRANSFERRED,
    EventKind.CALLED,
    EventKind.CALLED_AGAIN,
    EventKind.COMING,
    EventKind.ARRIVED,
    EventKind.STARTED,
    EventKind.SERVED,
    EventKind.LEFT,
    EventKind.NO_SHOW,
    EventKind.REMOVED,
    EventKind.PUT_BACK,
    EventKind.SET_ASIDE,
    EventKind.BROUGHT_BACK,
    EventKind.MOVED,
    EventKind.PROMISE_CHANGED,
    EventKind.DESK_CHOSEN,
    EventKind.TAKEN_OVER,
    EventKind.RATED,
    EventKind.SAID,
    EventKind.REPLIED,
    EventKind.UNDONE,
)


# What became of a text of the outbox.
_STATE = OutboundMessage.state
_NEVER_LEFT = and_(_STATE == TextState.EXPIRED, OutboundMessage.obsolete_at.is_(None))
LEFT_US = _STATE.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED))
FAILED = or_(_STATE.in_((TextState.FAILED, TextState.REJECTED)), _NEVER_LEFT)
PAID = or_(LEFT_US, _STATE == TextState.FAILED)


class DayTexts(NamedTuple):
    """The outbox texts about a day's tickets, and our direct answers to texts of that day."""

    sent: int = 0  # accepted by the carrier
    delivered: int = 0  # of these, as far as reported
    failed: int = 0  # refused, not delivered, or expired although still true
    segments: int = 0  # billed
    replies: int = 0  # to texts about the queue
    reply_segments: int = 0  # billed


class DayVisit(NamedTuple):
    day: date
    ticket_id: int
    visit: Visit
    is_settled: bool
    """Over, and counts the same until something happens to the ticket: it does not depend on a text."""


def with_more(queue_id: int, days: Collection[date]) -> Select[int]:
    """The tickets with events beyond joining, and those of an imported history, which may lack some."""
    more = or_(Ticket.source == Source.HISTORY, Event.kind.in_(set(ABOUT_TICKETS) - {EventKind.JOINED}))
    of_days = (Ticket.queue_id == queue_id, Ticket.day.in_(days))
    return select(Ticket.id).join(Event, Event.ticket_id == Ticket.id).where(*of_days, more)


def tickets_of_days(session: Session, queue_id: int, days: Collection[date]) -> dict[date, list[Happened]]:
    """The events of the tickets of these days, by day, in the order they were recorded. Without changes of
    promises that no text has told.
    """
    found: dict[date, list[Happened]] = defaultdict(list)
    for day, events, _ in _each_ticket(session, queue_id, days):
        found[day] += events
    for of_day in found.values():
        of_day.sort(key=attrgetter("id"))
    return found


def visits_of_days(
    session: Session, queue_id: int, days: Collection[date], some: Collection[int] | Select[int] | None = None
) -> Iterator[DayVisit]:
    """The visits of these days' tickets; `some`: of these tickets alone.

    Each is made as its events are read: those of a long day are many times as large as what is kept of them.
    """
    for day, events, depends_on_text in _each_ticket(session, queue_id, days, some):
        for ticket_id, visit in visits_from(events).items():
            yield DayVisit(day, ticket_id, visit, visit.state not in LIVE and not depends_on_text)


def _each_ticket(
    session: Session, queue_id: int, days: Collection[date], some: Collection[int] | Select[int] | None = None
) -> Iterator[tuple[date, list[Happened], bool]]:
    """The day of each ticket, its events in order, without changes of promises that no text has told, and
    whether there were changes of promises.
    """
    if some is not None and not isinstance(some, Select) and not some:
        return
    if session.autoflush:
        session.flush()  # as the session itself would, which reads all rows at once
    only = [] if some is None else [Ticket.id.in_(some)]
    told = (
        select(Ticket.day, *_COLUMNS)
        .join(Event, Event.ticket_id == Ticket.id)
        .where(Ticket.queue_id == queue_id, Ticket.day.in_(days), Event.kind.in_(ABOUT_TICKETS), *only)
        .order_by(Ticket.id, Event.id)
    )
    texted: set[int | None] | None = None
    for (day, _), rows in groupby(session.connection().execute(told), key=itemgetter(0, 2)):
        events = [Happened(*event) for _, *event in rows]
        has_changes = any(event.kind == EventKind.PROMISE_CHANGED for event in events)
        if has_changes:
            texted = _texted_changes(session, queue_id, days) if texted is None else texted
            events = [e for e in events if e.kind != EventKind.PROMISE_CHANGED or e.id in texted]
        yield day, events, has_changes


def _texted_changes(session: Session, queue_id: int, days: Collection[date]) -> set[int | None]:
    """The changes of promises that a text has told: it was neither dropped nor refused, nor is it on a page
    only, where nobody knows whether it was read.
    """
    told = select(OutboundMessage.event_id).join(Ticket, Ticket.id == OutboundMessage.ticket_id)
    of_days = (Ticket.queue_id == queue_id, Ticket.day.in_(days))
    is_told = (OutboundMessage.kind == TextKind.PROMISE_CHANGED, LEFT_US)
    return set(session.scalars(told.where(*of_days, *is_told)))


def events_elsewhere(
    session: Session, queue_id: int, days: Collection[date], others: Collection[int], since: datetime
) -> list[Happened]:
    """The events of other tickets that may keep a servicer busy on these days: those of the other queues, and
    those of this queue's day before that had not ended at `since`.
    """
    before = {day - timedelta(days=1) for day in days} - set(days)
    reaches = or_(Ticket.ended_at.is_(None), Ticket.ended_at > since)
    mine = and_(Ticket.queue_id == queue_id, Ticket.day.in_(before), reaches)
    theirs = and_(Ticket.queue_id.in_(others), Ticket.day.in_(before | set(days)))
    found: list[Happened] = []
    for which in (mine, theirs) if others else (mine,):
        told = select(*_COLUMNS).join(Ticket, Event.ticket_id == Ticket.id)
        rows = session.execute(told.where(which, Event.kind.in_(ABOUT_TICKETS)).order_by(Event.id))
        found += [Happened(*row) for row in rows]
    return found


def shared_queues(
    session: Session, queue: Queue, servicers: Collection[str], since: datetime, until: datetime
) -> set[int]:
    """The other queues of the business where one of these servicers came on duty in this time."""
    rows = session.execute(
        select(Event.queue_id, *_COLUMNS)
        .join(Queue, Queue.id == Event.queue_id)
        .where(Queue.business_id == queue.business_id, Event.queue_id != queue.id)
        .where(Event.ticket_id.is_(None), Event.at >= since, Event.at < until)
        .where(Event.kind == EventKind.DUTY_BEGAN)
    )
    return {queue_id for queue_id, *event in rows if servicer_of(Happened(*event)) in servicers}


def days_with_queue_events(
    session: Session, queue: Queue, before: date | None, first: date | None = None
) -> set[date]:
    """Days on which somebody was turned away or came on duty, though perhaps nobody took a number.

    About from `first` to `before`: a day may have begun late, or ended so.
    """
    told = select(Event.at).where(
        Event.queue_id == queue.id,
        Event.ticket_id.is_(None),
        *([Event.at < queue.business.start_of(before)] if before is not None else []),
        *([Event.at >= queue.business.start_of(first)] if first is not None else []),
        Event.kind.in_((EventKind.TURNED_AWAY, EventKind.DUTY_BEGAN)),
    )
    moments = session.scalars(told.order_by(Event.at)).all()
    if not moments:
        return set()
    business = queue.business
    bounds = bounds_of_days(session, queue, business.day_of(moments[0]), business.day_of(moments[-1]))
    days: set[date] = set()
    is_over_at = moments[0]
    for at in moments:
        if at >= is_over_at:
            day = bounds.day_of(at)
            days.add(day)
            is_over_at = bounds.end_of(day)
    return days


def days_of_queue(session: Session, queue: Queue, first: date | None, last: date | None) -> set[date]:
    """Of these days those on which something happened to the queue itself, such as people turned away."""
    before = None if last is None else last + timedelta(days=2)  # a day may end late
    found = days_with_queue_events(session, queue, before, first)
    return {day for day in found if (first is None or first <= day) and (last is None or day <= last)}


def queue_events(session: Session, queue_id: int, since: datetime, until: datetime) -> list[Happened]:
    """The events of the queue itself in this time: turned away, on duty, opened, closed."""
    of_queue = Event.ticket_id.is_(None)
    during = (Event.at >= since, Event.at < until)
    rows = session.execute(select(*_COLUMNS).where(Event.queue_id == queue_id, of_queue, *during))
    return [Happened(*row) for row in rows]


def texts_of_days(
    session: Session, queue: Queue, days: Collection[date], bounds: DayBounds
) -> dict[date, DayTexts]:
    sent, replies = _outbox_texts(session, queue.id, days), _replies(session, queue, days, bounds)
    counts = {day: [*sent.get(day, (0, 0, 0, 0)), *replies.get(day, (0, 0))] for day in days}
    return {day: DayTexts(*of_day) for day, of_day in counts.items()}


def _replies(
    session: Session, queue: Queue, days: Collection[date], bounds: DayBounds
) -> dict[date, tuple[int, int]]:
    """By the day on which the text came. Answers refused by the carrier don't count and cost nothing."""
    first, last = min(days), max(days)
    each = [first + timedelta(days=later) for later in range((last - first).days + 1)]
    came = InboundMessage.received_at
    # The days from the last, of which most is counted here, to the first; told apart by their beginnings.
    begun = ((came >= bounds.start_of(day), place) for place, day in reversed(list(enumerate(each))))
    place = case(*begun)
    given = select(place, func.count(), func.sum(InboundMessage.reply_segments)).where(
        InboundMessage.queue_id == queue.id,
        came >= bounds.start_of(first),
        came < bounds.end_of(last),
        InboundMessage.reply_segments.is_not(None),
        InboundMessage.reply_state.is_distinct_from(TextState.REJECTED),
    )
    rows = session.execute(given.group_by(place))
    return {each[place]: (count, segments) for place, count, segments in rows}


def _outbox_texts(session: Session, queue_id: int, days: Collection[date]) -> dict[date, tuple[int, ...]]:
    segments = func.coalesce(OutboundMessage.segments, 0)
    rows = session.execute(
        select(
            Ticket.day,
            func.sum(case((LEFT_US, 1), else_=0)),
            func.sum(case((OutboundMessage.state == TextState.DELIVERED, 1), else_=0)),
            func.sum(case((FAILED, 1), else_=0)),
            func.sum(case((PAID, segments), else_=0)),
        )
        .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
        .where(Ticket.queue_id == queue_id, Ticket.day.in_(days))
        .group_by(Ticket.day)
    )
    return {day: tuple(int(count) for count in counts) for day, *counts in rows}


def days_with_tickets(
    session: Session, queue_id: int, first: date | None = None, before: date = date.max
) -> Sequence[date]:
    """Days with tickets, the newest first: one index look-up per day instead of a scan of all tickets."""
    last = select(func.max(Ticket.day)).where(Ticket.queue_id == queue_id)
    if first is not None:
        last = last.where(Ticket.day >= first)
    days = select(last.where(Ticket.day < before).scalar_subquery().label("day")).cte("days", recursive=True)
    earlier = last.where(Ticket.day < days.c.day).correlate(days).scalar_subquery()
    days = days.union_all(select(earlier).where(days.c.day.is_not(None)))
    found = select(days.c.day).where(days.c.day.is_not(None)).order_by(days.c.day.desc())
    return session.scalars(found).all()


def last_end_of(session: Session, queue_id: int, day: date) -> datetime | None:
    """When the last of the day's tickets ended, which may be long after the day."""
    last = select(func.max(Ticket.ended_at)).where(Ticket.queue_id == queue_id, Ticket.day == day)
    return session.scalar(last)
