"""Back to the old place after a ticket has ended: brought back by a servicer, or come back after all.

A ticket keeps its position when it ends, so its place is the one it had, whoever has joined since.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from models.people.actors import By
from models.people.customers import Customer
from models.queueing.line.positions import position_behind
from models.queueing.line.promised import keep_told
from models.queueing.line.queries import count_ahead, live_ticket_of
from models.queueing.line.waits import is_nearly_up, wait_after
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import (
    DAY_ENDED,
    FORGOTTEN,
    LIVE,
    MAY_RETURN,
    TRANSFERRED,
    UNDONE,
    WAITING,
    NotPossible,
    TicketState,
    among,
)
from models.queueing.tables.tickets import NO_DEADLINES, Ticket
from models.texts.open_questions import HOLDS, QuestionKind
from models.texts.outbox import drop_unsent
from models.texts.text_kinds import ENDINGS, TextKind

BROUGHT_BACK_WITHIN = timedelta(hours=2)
STILL_COMING_WITHIN = HOLDS[QuestionKind.GAVE_UP]  # by a text or on the page
NEVER_RETURNS = (TRANSFERRED, UNDONE, FORGOTTEN)


def bring_back(session: Session, ticket: Ticket, *, by: By, now: datetime, tells: bool = True) -> int:
    """A servicer takes back an end; the customer is told by text. Gives how many are ahead now.

    Not told (`tells`): an end by a wrong clock that was told to nobody.
    Raises NotPossible with why it can't be (`why_not`); its number is the one it is about.
    """
    refusal = why_not(session, ticket, now)
    if refusal is not None:
        raise refusal
    event_id, ahead = _return(session, ticket, by, now)
    place = {"ahead": ahead} | wait_after(session, ticket.queue, ahead).facts()
    if tells:
        ticket.send(session, TextKind.BROUGHT_BACK, event_id, now, **place)
    return ahead


def come_back(session: Session, ticket: Ticket, *, by: By, now: datetime) -> int:
    """The customer left a moment ago and is still coming. Gives how many are ahead. Raises NotPossible."""
    refusal = why_not(session, ticket, now)
    if refusal is None and not is_still_welcome(ticket, now):
        refusal = NotPossible("too_late", of=ticket)
    if refusal is not None:
        raise refusal
    _, ahead = _return(session, ticket, by, now)
    return ahead


def is_still_welcome(ticket: Ticket, now: datetime) -> bool:
    """Whether they left by themselves, so lately that they may come back by themselves."""
    if ticket.state != TicketState.LEFT or ticket.reason is not None or ticket.ended_at is None:
        return False
    return ticket.queue.state != QueueState.CLOSED and now < ticket.ended_at + STILL_COMING_WITHIN


def why_not(session: Session, ticket: Ticket, now: datetime) -> NotPossible | None:
    """Why this ticket can't be live again; None if it can."""
    queue = ticket.queue
    if ticket.state not in MAY_RETURN:
        return NotPossible(ticket.state, of=ticket)
    if ticket.reason in NEVER_RETURNS or ticket.customer.forgotten_at is not None:
        return NotPossible("gone_for_good", of=ticket)
    if queue.archived_at is not None:
        return NotPossible("archived", of=ticket)
    if ticket.ended_at is None or ticket.ended_at <= now - BROUGHT_BACK_WITHIN:
        return NotPossible("too_late", of=ticket)
    ended_today = queue.day_began_at is None or ticket.ended_at >= queue.day_began_at  # with the day before
    if not (queue.stays_open_overnight or ended_today or not ticket.is_of_an_earlier_day):
        return NotPossible("too_late", of=ticket)
    other = live_ticket_of(session, queue, ticket.customer_id)
    return NotPossible("has_another", of=other) if other is not None else None


def closed_line(session: Session, queue: Queue, now: datetime) -> list[Ticket]:
    """Those whom the last closing sent away and who can be brought back, the first in line first."""
    sent_away = _sent_away(session, queue, now)
    if sent_away is None:
        return []
    return list(session.scalars(select(Ticket).where(*sent_away).order_by(Ticket.position, Ticket.id)))


def closed_line_count(session: Session, queue: Queue, now: datetime) -> int:
    sent_away = _sent_away(session, queue, now)
    return 0 if sent_away is None else session.scalar(select(func.count(Ticket.id)).where(*sent_away)) or 0


def lately_ended(session: Session, queue: Queue, now: datetime, limit: int) -> list[Ticket]:
    """Those who can be brought back, the last ended first."""
    ended = select(Ticket).where(*_can_return(queue, now)).order_by(Ticket.ended_at.desc(), Ticket.id.desc())
    return list(session.scalars(ended.limit(limit)))


def _sent_away(session: Session, queue: Queue, now: datetime) -> tuple[ColumnElement[bool], ...] | None:
    closings = (Event.queue_id == queue.id, Event.ticket_id.is_(None), Event.kind == EventKind.CLOSED)
    closed_at = session.scalar(select(func.max(Event.at)).where(*closings))
    if closed_at is None:
        return None
    return *_can_return(queue, now), Ticket.reason == DAY_ENDED, Ticket.ended_at >= closed_at


def _can_return(queue: Queue, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """As `why_not`, for many tickets at once."""
    other = aliased(Ticket)
    has_another = select(other.id).where(
        other.queue_id == Ticket.queue_id, other.customer_id == Ticket.customer_id, among(other.state, LIVE)
    )
    since = now - BROUGHT_BACK_WITHIN
    day = queue.numbered_day or queue.business.day_of(now)
    ended_today = queue.stays_open_overnight or queue.day_began_at is None
    return (
        Ticket.queue_id == queue.id,
        Ticket.day >= day - timedelta(days=1),
        or_(Ticket.day >= day, true() if ended_today else Ticket.ended_at >= queue.day_began_at),
        among(Ticket.state, MAY_RETURN),
        Ticket.ended_at > since,
        func.coalesce(Ticket.reason, "").not_in(NEVER_RETURNS),
        Ticket.customer_id.in_(select(Customer.id).where(Customer.forgotten_at.is_(None))),
        ~has_another.exists(),
    )


def _return(session: Session, ticket: Ticket, by: By, now: datetime) -> tuple[int, int]:
    """The event's id, and how many are ahead."""
    ahead, position = count_ahead(session, ticket), ticket.position
    if _is_taken(session, ticket):  # meanwhile somebody was put exactly there: they are behind
        position = position_behind(session, ticket.queue, ahead)
    is_near = is_nearly_up(session, ticket.queue, ahead, ticket.lead_minutes)
    event_id = ticket.move(
        session,
        "bring_back",
        by,
        now,
        facts={"ahead": ahead},
        position=position,
        called_at=None,
        started_at=None,
        ended_at=None,
        servicer_id=None,
        desk_id=None,
        arrived_at=None,
        leaving_at=None,
        set_aside_at=None,
        reason=None,
        alerted_at=now if is_near else None,  # what they are told says where they are
        brought_back_at=now,
        **NO_DEADLINES,
    )
    drop_unsent(session, ticket.id, ENDINGS, now)
    keep_told(session, ticket, wait_after(session, ticket.queue, ahead), now)
    return event_id, ahead


def _is_taken(session: Session, ticket: Ticket) -> bool:
    there = (Ticket.queue_id == ticket.queue_id, Ticket.position == ticket.position)
    return bool(session.scalar(select(exists().where(*there, among(Ticket.state, WAITING)))))
