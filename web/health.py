"""For machines that watch: alive, ready, and figures. Shows nothing about any customer."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from migrations import newest_revision, revision_of
from models.clocks import CLOCK_GONE_AFTER, last_seen
from models.database import database, reading
from models.message import UNSENT, OutboundMessage
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import WAITING, among

blueprint = Blueprint("health", __name__)

log = structlog.get_logger(__name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is looked at."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when database, schema and clock are in order, otherwise 503 with a line for each that is not."""
    troubles = _troubles(datetime.now(UTC))
    words = "\n".join(troubles or ["ready"])
    return Response(f"{words}\n", status=503 if troubles else 200, mimetype="text/plain")


def _troubles(now: datetime) -> list[str]:
    try:
        if revision_of(database().engine) != newest_revision():
            return ["schema: not migrated to this version; run flask migrate"]
        with reading() as session:
            seen = last_seen(session)
    except SQLAlchemyError as error:
        log.warning("not ready", error=type(error).__name__)
        return ["database: does not answer"]
    if seen is None or now - seen > CLOCK_GONE_AFTER:
        return ["clock: not running; texts wait until it does"]
    return []


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus: how many wait per queue, and the outbox."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


class _Figures:
    """Read from the database when asked, so that every process says the same."""

    def collect(self) -> list[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("queue_waiting", "People waiting in the queue", labels=["keyword"])
        backlog = GaugeMetricFamily("outbox_backlog", "Texts not yet handed to the carrier")
        oldest = GaugeMetricFamily("outbox_oldest_seconds", "How long the oldest of them has waited")
        with reading() as session:
            line = (Ticket.queue_id == Queue.id) & (among(Ticket.state, WAITING))
            counts = select(Queue.keyword, func.count(Ticket.id)).outerjoin(Ticket, line).group_by(Queue.id)
            for keyword, count in session.execute(counts.order_by(Queue.keyword)):
                waiting.add_metric([keyword], count)
            unsent = OutboundMessage.state.in_(UNSENT)
            count, first = session.execute(
                select(func.count(), func.min(OutboundMessage.created_at)).where(unsent)
            ).one()
        backlog.add_metric([], count)
        oldest.add_metric([], (datetime.now(UTC) - first).total_seconds() if first else 0)
        return [waiting, backlog, oldest]
