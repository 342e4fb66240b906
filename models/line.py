"""Order in the line: who is ahead of whom, and a place between two others. Knows positions only."""

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Integer, String, bindparam, column, func, select, table, update
from sqlalchemy.orm import Session

from models.ticket_states import WAITING, among

if TYPE_CHECKING:
    from models.queues import Queue

# The few columns of the tickets' table that make up the line.
TICKETS = table(
    "tickets",
    column("id", Integer),
    column("queue_id", Integer),
    column("state", String),
    column("position", BigInteger),
)

# Neighbours stand this far apart, so that somebody can be placed between them without moving the rest.
GAP = 1 << 20

_COUNT_AHEAD = select(func.count()).where(
    TICKETS.c.queue_id == bindparam("queue"),
    among(TICKETS.c.state, WAITING),
    TICKETS.c.position < bindparam("position"),
)


def count_ahead(session: Session, queue_id: int, position: int) -> int:
    """How many wait before this position."""
    return session.scalar(_COUNT_AHEAD, {"queue": queue_id, "position": position}) or 0


def position_behind(session: Session, queue: "Queue", others: int, *, without: int | None = None) -> int:
    """A free position with exactly `others` waiting tickets before it, or the last one if fewer wait.

    `without`: the ticket that is to move, which does not count.
    """
    before, after = _neighbours(session, queue.id, others, without)
    if before is not None and after is not None and after - before < 2:
        _spread_out(session, queue.id)
        before, after = _neighbours(session, queue.id, others, without)
    if after is None:
        queue.last_position += GAP
        return queue.last_position
    return (before + after) // 2 if before is not None else after - GAP


def _neighbours(
    session: Session, queue_id: int, others: int, without: int | None
) -> tuple[int | None, int | None]:
    waiting = (
        select(TICKETS.c.position)
        .where(TICKETS.c.queue_id == queue_id, among(TICKETS.c.state, WAITING))
        .order_by(TICKETS.c.position)
    )
    if without is not None:
        waiting = waiting.where(TICKETS.c.id != without)
    if others <= 0:
        return None, session.scalar(waiting.limit(1))
    near = session.scalars(waiting.offset(others - 1).limit(2)).all()
    return (near[0], near[1]) if len(near) == 2 else (None, None)


def _spread_out(session: Session, queue_id: int) -> None:
    """Space the line evenly again, once so many went in between that two neighbours touch."""
    waiting = (TICKETS.c.queue_id == queue_id, among(TICKETS.c.state, WAITING))
    ids = session.scalars(select(TICKETS.c.id).where(*waiting).order_by(TICKETS.c.position)).all()
    last = session.scalar(select(func.max(TICKETS.c.position)).where(*waiting)) or 0
    first = last - GAP * len(ids)  # not beyond the last: newcomers are placed after it
    for index, ticket_id in enumerate(ids):
        session.execute(update(TICKETS).where(TICKETS.c.id == ticket_id).values(position=first + GAP * index))
