"""Positions in the line: who is before whom, and a free position between two others.

Whoever is on hold stands beside the line: the others are counted and placed as if nobody were.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import Session

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, WAITING, among
from models.queueing.tables.tickets import Ticket

_TICKETS = Ticket.__table__

# Neighbours are this far apart, so that somebody can be placed between them without moving the rest.
GAP = 1 << 32
IN_ORDER = (_TICKETS.c.position, _TICKETS.c.id)

COUNT_BEFORE = select(func.count()).where(
    _TICKETS.c.queue_id == bindparam("queue"),
    among(_TICKETS.c.state, WAITING),
    _TICKETS.c.position < bindparam("position"),
    _TICKETS.c.set_aside_at.is_(None),
)


def count_before(session: Session, queue_id: int, position: int) -> int:
    """How many wait before this position."""
    return session.scalar(COUNT_BEFORE, {"queue": queue_id, "position": position}) or 0


def position_behind(session: Session, queue: Queue, others: int, *, without: int | None = None) -> int:
    """A free position with exactly `others` waiting tickets before it, or the last one if fewer wait.

    `without`: the ticket that is to move, which does not count.
    """
    before, after = _neighbours(session, queue.id, others, without)
    if before is not None and after is not None and after - before < 2:
        _renumber(session, queue)
        before, after = _neighbours(session, queue.id, others, without)
    if after is None:
        queue.last_position += GAP
        return queue.last_position
    return (before + after) // 2 if before is not None else after - GAP


def _neighbours(
    session: Session, queue_id: int, others: int, without: int | None
) -> tuple[int | None, int | None]:
    waiting = (
        select(_TICKETS.c.position)
        .where(
            _TICKETS.c.queue_id == queue_id,
            among(_TICKETS.c.state, WAITING),
            _TICKETS.c.set_aside_at.is_(None),
        )
        .order_by(*IN_ORDER)
    )
    if without is not None:
        waiting = waiting.where(_TICKETS.c.id != without)
    if others <= 0:
        return None, session.scalar(waiting.limit(1))
    near = session.scalars(waiting.offset(others - 1).limit(2)).all()
    return (near[0], near[1]) if len(near) == 2 else (None, None)


def _renumber(session: Session, queue: Queue) -> None:
    """Even gaps again: so many were put between two neighbours that no position is left there.

    Also for those who don't wait: a ticket that comes back finds its place among the others as it was.
    """
    mine = (_TICKETS.c.queue_id == queue.id, _may_wait(queue))
    ids = session.scalars(select(_TICKETS.c.id).where(*mine).order_by(*IN_ORDER)).all()
    last = session.scalar(select(func.max(_TICKETS.c.position)).where(*mine)) or 0
    first = last - GAP * len(ids)  # not beyond the last: newcomers are placed after it
    for index, ticket_id in enumerate(ids):
        moved = update(_TICKETS).where(_TICKETS.c.id == ticket_id)  # type: ignore[arg-type]
        session.execute(moved.values(position=first + GAP * index))
    for loaded in session.identity_map.values():
        if isinstance(loaded, Ticket):
            session.expire(loaded, ["position"])


def _may_wait(queue: Queue) -> ColumnElement[bool]:
    is_live = among(_TICKETS.c.state, LIVE)
    if queue.numbered_day is None:
        return is_live
    return is_live | (_TICKETS.c.day >= queue.numbered_day - timedelta(days=1))
