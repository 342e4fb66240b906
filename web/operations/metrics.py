"""Each queue's live figures for Prometheus: people waiting, wait times, unsent texts. Reads only.

Asks the same few questions however many queues there are.
"""

from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.queueing.line.waits import waits_of_all
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.outbox_backlog import UNSENT


def queue_figures(session: Session, now: datetime) -> list[GaugeMetricFamily]:
    def gauge(name: str, words: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(name, words, labels=["keyword"])

    waiting = gauge("queue_waiting", "People waiting in the queue")
    longest = gauge("queue_longest_waiting_seconds", "How long the first of them has waited; 0 for nobody")
    expected = gauge("queue_expected_wait_seconds", "The expected wait of somebody who joins now")
    served = gauge("queue_served_today", "People served on this business day")
    unsent = gauge("queue_outbox_backlog", "Texts about the queue not yet handed to the carrier")
    oldest = gauge("queue_outbox_oldest_seconds", "How long the oldest of them has waited")
    queues = session.scalars(select(Queue).where(Queue.archived_at.is_(None)).order_by(Queue.keyword)).all()
    line, waits, done, backlog = (
        _line(session),
        waits_of_all(session, queues),
        _served(session),
        _backlog(session),
    )
    for queue in queues:
        count, first = line.get(queue.id, (0, None))
        texts, text_at = backlog.get(queue.id, (0, None))
        for figure, value in (
            (waiting, count),
            (longest, _seconds(first, now)),
            (expected, waits[queue.id].after(count).expected * 60),
            (served, done.get(queue.id, 0)),
            (unsent, texts),
            (oldest, _seconds(text_at, now)),
        ):
            figure.add_metric([queue.address], value)
    return [waiting, longest, expected, served, unsent, oldest]


def _line(session: Session) -> dict[int, tuple[int, datetime]]:
    """How many wait in each queue where anybody does, and since when the first of them."""
    line = select(Ticket.queue_id, func.count(), func.min(Ticket.joined_at)).where(
        among(Ticket.state, WAITING)
    )
    found = session.execute(line.group_by(Ticket.queue_id))
    return {queue_id: (count, first) for queue_id, count, first in found}


def _served(session: Session) -> dict[int, int]:
    """How many were served in each queue on the day of its numbers."""
    today = (Ticket.queue_id == Queue.id, Ticket.day == Queue.numbered_day)
    served = (
        select(Queue.id, func.count())
        .join(Ticket, and_(*today))
        .where(Ticket.state == TicketState.SERVED, Queue.archived_at.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(served.group_by(Queue.id))}


def _backlog(session: Session) -> dict[int, tuple[int, datetime | None]]:
    texts = OutboundMessage.__table__
    found: dict[int, tuple[int, datetime | None]] = {}
    for condition in UNSENT:
        counts = select(texts.c.queue_id, func.count(), func.min(texts.c.created_at)).where(condition)
        for queue_id, count, first in session.execute(counts.group_by(texts.c.queue_id)):
            before, earliest = found.get(queue_id, (0, first))
            found[queue_id] = (before + count, min(earliest, first) if earliest else first)
    return found


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since.astimezone(UTC)).total_seconds()) if since else 0.0
