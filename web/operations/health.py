"""Endpoints for monitoring: liveness, readiness and metrics. They expose nothing about any customer."""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from models.storage.database import reading
from models.texts.outbox_backlog import backlogs
from web.operations.metrics import queue_figures
from web.operations.readiness import readiness

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Liveness: the process answers. Nothing else is checked."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 if database, migrations, clock, outbox and carrier are all well, else 503; the body names each."""
    found = readiness(datetime.now(UTC))
    return jsonify(found.body()), 200 if found.all_ok else 503


@blueprint.get("/readyz/web")
def readyz_web() -> tuple[Response, int]:
    """For load balancers: the same body, but 503 only if this process can't answer requests."""
    found = readiness(datetime.now(UTC))
    return jsonify(found.body()), 200 if found.can_answer else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics: each queue's live figures and each phone number's outbox."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


class _Figures:
    """Reads the database at each scrape, so that every process reports the same."""

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
