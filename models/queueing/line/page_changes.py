"""How a process notices that a queue has changed, whichever thread, process or host changed it.

Reads only: the newest change of the queues that are asked about, and a queue's line as numbers.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from models.queueing.tables.addresses import address_of, parts_of
from models.queueing.tables.events import Event
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, WAITING, among
from models.queueing.tables.tickets import Ticket
from models.storage.commits import Commits
from models.storage.database import Database
from models.storage.postgres import NO_TRANSACTION, connect_and_begin


class Changes:
    """Polls the database on a connection of its own, for one thread.

    On SQLite a counter tells first whether anything was committed at all, which takes 5 microseconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # Polling this often takes about 1% of a core on either database, most of it for waking up.
        self.poll_seconds = 0.02 if database.is_sqlite else 0.025
        self._commits = Commits(database)
        self._connection: Connection | None = None
        self._asked_before: frozenset[str] = frozenset()

    def newest(self, addresses: Collection[str]) -> dict[str, int] | None:
        """The newest change at each of these addresses of queues; None if nothing was committed since.

        What was committed before a queue was first asked about is not lost to it.
        """
        if not self._database.is_sqlite:
            return _newest_changes(self._open_connection(), addresses)
        asked_before, self._asked_before = self._asked_before, frozenset(addresses)
        if not self._commits.any_since() and self._asked_before <= asked_before:
            return None
        with self._database.reading_connection() as connection:
            return _newest_changes(connection, addresses)

    def close(self) -> None:
        self._commits.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _open_connection(self) -> Connection:
        if self._connection is None:
            # Without transactions each poll is one round trip.
            self._connection = connect_and_begin(self._database.engine, NO_TRANSACTION)
            self._connection.detach()
        return self._connection


class Line(NamedTuple):
    """A queue in numbers, as the board shows them to anybody: present, and waiting in order.

    Without those on hold, before whom others are called.
    """

    state: QueueState
    present: tuple[int, ...]
    waiting: tuple[int, ...]


class Called(NamedTuple):
    """Whether the queue is open, and the numbers of those called or served."""

    state: QueueState
    present: tuple[int, ...]


def newest_change(session: Session, queue: Queue) -> int:
    """A number that grows with every change of the queue, its tickets, their texts, and who serves there."""
    return _newest_changes(session, [queue.address])[queue.address]


def newest_changes(session: Session, queues: Collection[Queue]) -> dict[str, int]:
    """The same of several, by their addresses, in one question."""
    return _newest_changes(session, [queue.address for queue in queues])


def line_of(asked: Session | Connection, address: str) -> tuple[int, Line] | None:
    """The newest change of a queue, and the line as it was then; None where there is no such queue."""
    change, called = _newest_changes(asked, [address]).get(address), called_of(asked, address)
    if change is None or called is None:
        return None
    return change, Line(*called, tuple(asked.scalars(_WAITING, _found_by(address)).all()))


def called_of(asked: Session | Connection, address: str) -> Called | None:
    """The part of a queue's line that is pushed at once; None where there is no such queue."""
    at = _found_by(address)
    state = asked.scalar(_STATE, at)
    return Called(state, tuple(asked.scalars(_PRESENT, at).all())) if state is not None else None


def _newest_changes(asked: Session | Connection, addresses: Collection[str]) -> dict[str, int]:
    keywords = {parts_of(address)[0] for address in addresses}
    rows = asked.execute(_CHANGES, {"keywords": sorted(keywords)})
    changes = {address_of(row.keyword, row.namesake): row.change for row in rows}
    return {address: changes[address] for address in addresses if address in changes}


def _found_by(address: str) -> dict[str, str | int]:
    return dict(zip(("keyword", "namesake"), parts_of(address), strict=True))


# The revision grows with changes of the queue, its tickets and their texts; the newest event's id, one index
# look-up, also when somebody comes on duty. Neither ever decreases, so neither does their sum.
_NEWEST_EVENT = (
    select(func.max(Event.id)).where(Event.queue_id == Queue.id).correlate(Queue).scalar_subquery()
)
NEWEST_CHANGE = Queue.revision + func.coalesce(_NEWEST_EVENT, 0)
_CHANGES = select(Queue.keyword, Queue.namesake, NEWEST_CHANGE.label("change")).where(
    Queue.keyword.in_(bindparam("keywords", expanding=True))
)

_AT = (Queue.keyword == bindparam("keyword"), Queue.namesake == bindparam("namesake"))
_QUEUE_ID = select(Queue.id).where(*_AT).scalar_subquery()
_NUMBERS = select(Ticket.number).where(Ticket.queue_id == _QUEUE_ID)
_STATE = select(Queue.state).where(*_AT)
_PRESENT = _NUMBERS.where(among(Ticket.state, PRESENT)).order_by(Ticket.called_at, Ticket.id)
_IN_LINE = (among(Ticket.state, WAITING), Ticket.set_aside_at.is_(None))
_WAITING = _NUMBERS.where(*_IN_LINE).order_by(Ticket.position, Ticket.id)
