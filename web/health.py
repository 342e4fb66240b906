"""For machines that watch: alive, ready, and figures. Shows nothing about any customer."""

from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy.exc import SQLAlchemyError

from migrations import newest_revision, revision_of
from models.backlog import backlogs
from models.clocks import CLOCK_GONE_AFTER, last_seen
from models.database import database, reading
from web.queue_figures import queue_figures

blueprint = Blueprint("health", __name__)

log = structlog.get_logger(__name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is looked at."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when database, schema, clock and carrier are in order, else 503 with a line for what is not."""
    troubles = _troubles(datetime.now(UTC))
    words = "\n".join(troubles or ["ready"])
    return Response(f"{words}\n", status=503 if troubles else 200, mimetype="text/plain")


def _troubles(now: datetime) -> list[str]:
    try:
        if revision_of(database().engine) != newest_revision():
            return ["schema: not migrated to this version; run flask migrate"]
        with reading() as session:
            seen = last_seen(session)
            held = [one for one in backlogs(session) if one.held_since]
    except SQLAlchemyError as error:
        log.warning("not ready", error=type(error).__name__)
        return ["database: does not answer"]
    if seen is None or now - seen > CLOCK_GONE_AFTER:
        return ["clock: not running; texts wait until it does"]
    return [f"carrier: nothing leaves from {one.number}: {one.held_reason}" for one in held]


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus: the live figures of each queue, and the outbox of each of our numbers."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


class _Figures:
    """Read from the database when asked, so that every process says the same."""

    def collect(self) -> list[GaugeMetricFamily]:
        backlog = GaugeMetricFamily("outbox_backlog", "Texts not yet handed to the carrier")
        oldest = GaugeMetricFamily("outbox_oldest_seconds", "How long the oldest of them has waited")
        texts = GaugeMetricFamily("outbox_texts", "The same by number and state", labels=["number", "state"])
        held = GaugeMetricFamily("outbox_held", "1 while nothing leaves from a number", labels=["number"])
        with reading() as session:
            of_queues = queue_figures(session, datetime.now(UTC))
            of_numbers = backlogs(session)
        for one in of_numbers:
            for state in ("waiting", "sending", "unknown"):
                texts.add_metric([one.number, state], getattr(one, state))
            held.add_metric([one.number], 1 if one.held_since else 0)
        first = min((one.oldest_at for one in of_numbers if one.oldest_at), default=None)
        backlog.add_metric([], sum(one.waiting + one.sending + one.unknown for one in of_numbers))
        oldest.add_metric([], (datetime.now(UTC) - first).total_seconds() if first else 0)
        return [*of_queues, backlog, oldest, texts, held]
