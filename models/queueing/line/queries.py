"""Questions about a queue's line: who waits, who is called or served, how many are ahead. Changes nothing."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from models.queueing.line.positions import IN_ORDER
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, PRESENT, WAITING, among
from models.queueing.tables.tickets import Ticket

# Who waits ----------------------------------------------------------------------------------------------


def waiting_tickets(session: Session, queue: Queue) -> list[Ticket]:
    """The line, first in line first."""
    line = select(Ticket).where(Ticket.queue_id == queue.id, among(Ticket.state, WAITING))
    return list(session.scalars(line.order_by(*IN_ORDER)))


def waiting_count(session: Session, queue: Queue) -> int:
    return session.scalar(_WAITING_COUNT, {"queue_id": queue.id}) or 0


def is_full(session: Session, queue: Queue) -> bool:
    return queue.capacity is not None and waiting_count(session, queue) >= queue.capacity


def in_line_count(session: Session, queue: Queue) -> int:
    """Without those on hold."""
    return session.scalar(IN_LINE_COUNT, {"queue_id": queue.id}) or 0


def number_at(session: Session, queue: Queue, ahead: int) -> int | None:
    """The number of whoever waits with so many people ahead."""
    line = select(Ticket.number).where(Ticket.queue_id == queue.id, among(Ticket.state, WAITING))
    return session.scalar(
        line.where(Ticket.set_aside_at.is_(None)).order_by(*IN_ORDER).offset(ahead).limit(1)
    )


def count_ahead(session: Session, ticket: Ticket) -> int:
    """How many are before this waiting ticket, without those on hold; 0 means next."""
    mine = {"queue_id": ticket.queue_id, "position": ticket.position, "id": ticket.id}
    return session.scalar(COUNT_AHEAD, mine) or 0


class InLine(NamedTuple):
    """Of somebody who waits: whether another queue has them just now, so that they can't be called here."""

    id: int
    number: int
    is_held: bool
    is_on_hold: bool


def next_ticket(session: Session, queue: Queue) -> Ticket | None:
    """The first in line, with whom the turn text goes to, if they can be called: neither held nor on hold."""
    first = session.execute(_next(), {"queue_id": queue.id}).one_or_none()
    return None if first is None or first.is_held or first.Ticket.set_aside_at else first.Ticket


def first_in_line(session: Session, queue: Queue, limit: int = 20) -> list[InLine]:
    """The first in line, those on hold behind the others.

    Where none of these can be called next, the first behind them who can are there as well.
    """
    first = [InLine(*row) for row in session.execute(_FIRST, {"queue_id": queue.id, "limit": limit})]
    if len(first) == limit and all(each.is_held or each.is_on_hold for each in first):
        first += [InLine(*row) for row in session.execute(_CALLABLE, {"queue_id": queue.id, "limit": limit})]
    return sorted(first, key=lambda each: each.is_on_hold)


# Who is called or served --------------------------------------------------------------------------------


def present_tickets(session: Session, queue: Queue) -> list[Ticket]:
    """Those called or being served now, the longest called first."""
    return list(session.scalars(_present(), {"queue_id": queue.id}))


def present_ticket_of(session: Session, queue: Queue, servicer_id: int) -> Ticket | None:
    """Whom this servicer has called or serves now."""
    return session.scalar(_PRESENT_OF, {"queue_id": queue.id, "servicer_id": servicer_id})


# One customer -------------------------------------------------------------------------------------------


def live_ticket_of(session: Session, queue: Queue, customer_id: int) -> Ticket | None:
    mine = (Ticket.queue_id == queue.id, Ticket.customer_id == customer_id, among(Ticket.state, LIVE))
    return session.scalar(select(Ticket).where(*mine))


def is_held(session: Session, ticket: Ticket) -> bool:
    """Whether their place is only kept for them: another queue has called or serves them now."""
    held = select(Ticket.id).where(
        Ticket.id == ticket.id, among(Ticket.state, WAITING), is_present_elsewhere()
    )
    return session.scalar(held) is not None


def is_present_elsewhere() -> ColumnElement[bool]:
    """Of a waiting ticket: its customer is called or served in another queue."""
    other = aliased(Ticket)
    mine = select(other.id).where(other.customer_id == Ticket.customer_id, among(other.state, PRESENT))
    return mine.correlate(Ticket).exists()


# Compiled once: building a statement costs as much as running it.
_OF_QUEUE = Ticket.queue_id == bindparam("queue_id")
COUNT_AHEAD = select(func.count()).where(
    _OF_QUEUE,
    among(Ticket.state, WAITING),
    Ticket.position <= bindparam("position"),
    or_(Ticket.position < bindparam("position"), Ticket.id < bindparam("id")),
    Ticket.set_aside_at.is_(None),
)
_WAITING_COUNT = select(func.count()).where(_OF_QUEUE, among(Ticket.state, WAITING))
IN_LINE_COUNT = _WAITING_COUNT.where(Ticket.set_aside_at.is_(None))
# How many wait, and how many of those are on hold.
LINE_COUNTS = select(func.count().label("waiting"), func.count(Ticket.set_aside_at).label("on_hold")).where(
    _OF_QUEUE, among(Ticket.state, WAITING)
)
_PRESENT = select(Ticket).where(_OF_QUEUE, among(Ticket.state, PRESENT))
_PRESENT_OF = _PRESENT.where(Ticket.servicer_id == bindparam("servicer_id"))
_FIRST = (
    select(Ticket.id, Ticket.number, is_present_elsewhere(), Ticket.set_aside_at.is_not(None))
    .where(_OF_QUEUE, among(Ticket.state, WAITING))
    .order_by(*IN_ORDER)
    .limit(bindparam("limit"))
)
_CALLABLE = _FIRST.where(~is_present_elsewhere(), Ticket.set_aside_at.is_(None))


@cache  # built at the first use: a joined load needs all related tables to be imported
def _next() -> Any:
    first = select(Ticket, is_present_elsewhere().label("is_held")).where(
        _OF_QUEUE, among(Ticket.state, WAITING)
    )
    with_customer = first.options(joinedload(Ticket.customer, innerjoin=True))
    return with_customer.order_by(*IN_ORDER).limit(1).execution_options(populate_existing=True)


@cache
def _present() -> Select[Any]:
    with_whom = _PRESENT.options(
        joinedload(Ticket.servicer), joinedload(Ticket.desk), joinedload(Ticket.last_remark)
    )
    return with_whom.order_by(Ticket.called_at, Ticket.id)
