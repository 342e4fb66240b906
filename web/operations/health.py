"""Endpoints for monitoring: liveness, readiness and metrics. They expose nothing about any customer."""

import hmac
import time
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, jsonify, request
from flask.sansio.blueprints import BlueprintSetupState
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from models.storage.database import reading
from models.texts.outbox_backlog import backlogs
from web.http.client_address import is_this_machine
from web.operations.metrics import queue_figures
from web.operations.readiness import Readiness, readiness

KEPT_SECONDS = 5.0
READINESS_KEPT_SECONDS = 1.0
FORWARDING = ("X-Forwarded-For", "Forwarded")
METRICS_REFUSED = "Only this machine, or whoever sends METRICS_TOKEN, may read the metrics.\n"

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Liveness: the process answers. Nothing else is checked."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 if database, migrations, clock, outbox and carrier are all well, else 503; the body names each."""
    found = _readiness()
    return jsonify(found.body()), 200 if found.all_ok else 503


@blueprint.get("/readyz/web")
def readyz_web() -> tuple[Response, int]:
    """For load balancers: the same body, but 503 only if this process can't answer requests."""
    found = _readiness()
    forwarded = any(name in request.headers for name in FORWARDING)  # for `flask doctor`: PROXIES fits
    return jsonify(found.body() | {"forwarded": forwarded}), 200 if found.can_answer else 503


def _readiness() -> Readiness:
    found: Readiness = current_app.extensions["readiness"].found(time.monotonic())
    return found


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics: each queue's live figures and each phone number's outbox."""
    if not _may_read_metrics():
        return Response(METRICS_REFUSED, 403, mimetype="text/plain")
    text = current_app.extensions["metrics"].text(time.monotonic())
    return Response(text, mimetype="text/plain; version=0.0.4")


def _may_read_metrics() -> bool:
    """With METRICS_TOKEN, or from this machine itself; a proxy's clients are not this machine."""
    token = current_app.config["SETTINGS"].metrics_token
    sent = request.authorization
    if token and sent is not None and sent.type == "bearer" and sent.token is not None:
        return hmac.compare_digest(sent.token.encode(), token.encode())
    if any(name in request.headers for name in FORWARDING) and not current_app.config["SETTINGS"].proxies:
        return False  # a proxy stands in front of us that PROXIES doesn't count
    return is_this_machine()


class KeptReadiness:
    """What was found, for a moment: asking writes to the database, and anybody may ask."""

    def __init__(self) -> None:
        self._found: Readiness | None = None
        self._until = 0.0

    def found(self, now: float) -> Readiness:
        if self._found is None or now >= self._until:
            self._found = readiness(datetime.now(UTC))
            self._until = now + READINESS_KEPT_SECONDS
        return self._found


class KeptFigures:
    """The figures, read from the database at most once in KEPT_SECONDS."""

    def __init__(self) -> None:
        self._text, self._until = b"", 0.0

    def text(self, now: float) -> bytes:
        if now >= self._until:
            registry = CollectorRegistry()
            registry.register(_Figures())
            self._text = generate_latest(registry)
            self._until = now + KEPT_SECONDS
        return self._text


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


@blueprint.record_once
def _keep(state: BlueprintSetupState) -> None:
    state.app.extensions |= {"metrics": KeptFigures(), "readiness": KeptReadiness()}
