"""For machines that watch: alive, ready, and figures. Shows nothing about any customer."""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from models.backlog import backlogs
from models.database import reading
from web.queue_figures import queue_figures
from web.readiness import readiness

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is looked at."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when database, migrations, clock, outbox and carrier are in order, else 503; says which is not."""
    found = readiness(datetime.now(UTC))
    return jsonify(found.body()), 200 if found.is_all_well else 503


@blueprint.get("/readyz/web")
def readyz_web() -> tuple[Response, int]:
    """The same, but 503 only where this process can answer nobody: for what shares out requests."""
    found = readiness(datetime.now(UTC))
    return jsonify(found.body()), 200 if found.can_answer else 503


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
