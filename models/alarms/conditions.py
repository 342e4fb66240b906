"""What is wrong now, of all that somebody wants to be told of. Reads only.

Whatever somebody's wishes are, each queue is looked at once, in one query for all of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from models.alarms.choices import AlarmKind, Watcher, Wish
from models.delivery.circuit_breaker import troubled_businesses
from models.people.actors import Actor
from models.queueing.duties import Duty
from models.queueing.line.wait_table import QueueWaits
from models.queueing.tables.events import Event
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.backup_schedule import is_backup_late
from models.waiting.estimator import WaitState

CALLED_TOO_LONG = timedelta(minutes=20)
SERVES = (QueueState.OPEN, QueueState.LAST_CALL)

Found = dict[tuple[int, str], dict[str, Any]]
"""The facts of each trouble, by whom it is told and its subject."""


def troubles_now(
    session: Session, watchers: Iterable[Watcher], now: datetime, *, makes_backups: bool
) -> Found:
    """What is wrong now of what they want to be told of."""
    asked = [(watcher, wish) for watcher in watchers for wish in watcher.wishes]
    kinds = {wish.kind for _, wish in asked}
    queues = _queues_now(session, {wish.queue_id for _, wish in asked if wish.queue_id is not None}, now)
    failing = troubled_businesses(session) if AlarmKind.TEXTS_FAILING in kinds else set()
    is_late = makes_backups and AlarmKind.BACKUP_LATE in kinds and is_backup_late(session, now)
    found: Found = {}
    for watcher, wish in asked:
        if wish.queue_id is not None:
            queue = queues.get(wish.queue_id)
            facts = _facts(wish, queue, now) if queue is not None else None
        else:
            is_wrong = is_late if wish.kind == AlarmKind.BACKUP_LATE else watcher.business.id in failing
            facts = {} if is_wrong else None
        if facts is not None:
            found[watcher.person.id, wish.subject] = facts
    return found


def _facts(wish: Wish, queue: Row[Any], now: datetime) -> dict[str, Any] | None:
    """What to tell, or None where nothing is wrong."""
    known = {"queue": queue.name, "keyword": queue.keyword, "waiting": queue.waiting}
    is_served = queue.state in SERVES and queue.waiting > 0
    match wish.kind:
        case AlarmKind.CROWDED:
            limit = wish.most_waiting
            is_wrong = limit is not None and queue.waiting > limit
            known["limit"] = limit
        case AlarmKind.STALLED:
            is_wrong = is_served and queue.wait_state == WaitState.STALLED
        case AlarmKind.UNSTAFFED:
            is_wrong = is_served and not queue.is_staffed
        case _:
            is_wrong = queue.called_number is not None
            known["number"] = queue.called_number
    return known if is_wrong else None


def _queues_now(session: Session, queue_ids: set[int], now: datetime) -> dict[int, Row[Any]]:
    if not queue_ids:
        return {}
    asked = {"queues": sorted(queue_ids), "now": now, "since": now - CALLED_TOO_LONG}
    return {row.id: row for row in session.execute(_QUEUES, asked)}


_OF_QUEUE = Ticket.queue_id == Queue.id
_WAITING = select(func.count()).where(_OF_QUEUE, among(Ticket.state, WAITING)).correlate(Queue)
_STAFFED = exists().where(Duty.queue_id == Queue.id, Duty.ended_at.is_(None))
# A Call again, a desk, a word of theirs: whatever the clock did not do by itself.
_HEARD_OF = exists().where(
    Event.ticket_id == Ticket.id, Event.at > bindparam("since"), Event.actor != Actor.CLOCK
)
_CALLED = (
    select(func.min(Ticket.number))
    .where(
        _OF_QUEUE,
        among(Ticket.state, (TicketState.CALLED,)),
        Ticket.called_at <= bindparam("since"),
        or_(Ticket.coming_until.is_(None), Ticket.coming_until <= bindparam("now")),
        ~_HEARD_OF,
    )
    .correlate(Queue)
)
_QUEUES = (
    select(
        Queue.id,
        Queue.name,
        Queue.keyword,
        Queue.state,
        _WAITING.scalar_subquery().label("waiting"),
        _STAFFED.label("is_staffed"),
        QueueWaits.state.label("wait_state"),
        _CALLED.scalar_subquery().label("called_number"),
    )
    .outerjoin(QueueWaits, QueueWaits.queue_id == Queue.id)
    .where(Queue.id.in_(bindparam("queues", expanding=True)))
)
