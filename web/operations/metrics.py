"""Each queue's live figures for Prometheus: people waiting, wait times, unsent texts. Reads only."""

from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.queueing.line.waits import wait_after
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
    backlog = _backlog(session)
    for queue in session.scalars(select(Queue).where(Queue.archived_at.is_(None)).order_by(Queue.keyword)):
        line = select(func.count(), func.min(Ticket.joined_at))
        count, first = session.execute(
            line.where(Ticket.queue_id == queue.id, among(Ticket.state, WAITING))
        ).one()
        today = queue.numbered_day or queue.business.day_of(now)
        of_today = (Ticket.queue_id == queue.id, Ticket.day == today)
        done = session.scalar(
            select(func.count()).select_from(Ticket).where(*of_today, Ticket.state == TicketState.SERVED)
        )
        texts, text_at = backlog.get(queue.id, (0, None))
        for figure, value in (
            (waiting, count),
            (longest, _seconds(first, now)),
            (expected, wait_after(session, queue, count).expected * 60),
            (served, done or 0),
            (unsent, texts),
            (oldest, _seconds(text_at, now)),
        ):
            figure.add_metric([queue.address], value)
    return [waiting, longest, expected, served, unsent, oldest]


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
