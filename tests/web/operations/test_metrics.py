"""The Prometheus metrics, and the alerts that use them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.texts.outbox_backlog import Backlog, backlogs
from tests.one_database import in_turn
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_business, make_queue, minutes
from web.operations.health import KeptFigures

pytestmark = in_turn

ALERTS = Path(__file__).parents[3] / "docs" / "prometheus" / "alerts.yml"
FIGURE = re.compile(r"\b(?:queue|outbox)_[a-z_]+\b")


def figures(visitor: Visitor) -> dict[str, float]:
    lines = visitor.client.get("/metrics").get_data(as_text=True).splitlines()
    told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in told}


def test_each_queue_tells_who_waits_how_long_and_what_is_unsent(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    for index, who in enumerate((ANA, BEN, CAI)):
        join(queue, who, NOON - minutes(30 - index), source=Source.WEB)  # each is confirmed by a text
    call_next(queue, rosa, NOON - minutes(10))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON - minutes(5)))
    told = figures(visitor)
    mine = '{keyword="CET236"}'
    assert told[f"queue_waiting{mine}"] == 2
    assert 29 * 60 <= told[f"queue_longest_waiting_seconds{mine}"] < 30 * 60
    assert told[f"queue_served_today{mine}"] == 1
    assert told[f"queue_expected_wait_seconds{mine}"] > 0
    assert told[f"queue_outbox_backlog{mine}"] == told["outbox_backlog"] > 0
    assert abs(told[f"queue_outbox_oldest_seconds{mine}"] - told["outbox_oldest_seconds"]) < 5
    assert told["outbox_oldest_seconds"] > 0


def test_the_alerts_rest_on_figures_that_there_are(queue: Queue, visitor: Visitor) -> None:
    there = {name.partition("{")[0] for name in figures(visitor)}
    expressions = re.findall(r"expr: (.*)", ALERTS.read_text())
    assert len(expressions) == 2
    for expression in expressions:
        asked = set(FIGURE.findall(expression))
        assert asked
        assert asked <= there


def asked_from(app: Flask, address: str, **headers: str) -> int:
    client = app.test_client()
    return client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers).status_code


@pytest.mark.parametrize(("address", "answer"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.7", 403)])
def test_only_this_machine_reads_the_figures(app: Flask, queue: Queue, address: str, answer: int) -> None:
    assert asked_from(app, address) == answer


def test_what_a_proxy_of_this_machine_passes_on_is_not_this_machine(app: Flask, queue: Queue) -> None:
    assert asked_from(app, "127.0.0.1", **{"X-Forwarded-For": "127.0.0.1"}) == 403


def test_with_the_token_others_read_them_too(
    app: Flask, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "a token for the figures"
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], metrics_token=token))
    assert asked_from(app, "203.0.113.7", Authorization=f"Bearer {token}") == 200
    assert asked_from(app, "203.0.113.7", Authorization="Bearer another") == 403
    assert asked_from(app, "203.0.113.7") == 403


def test_the_database_is_asked_once_however_often_the_figures_are(
    app: Flask, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    times_read = []

    def read(session: Session) -> list[Backlog]:
        times_read.append(1)
        return backlogs(session)

    monkeypatch.setattr("web.operations.health.backlogs", read)
    monkeypatch.setattr("web.operations.health.KEPT_SECONDS", 60)
    monkeypatch.setitem(app.extensions, "metrics", KeptFigures())
    assert [asked_from(app, "127.0.0.1") for _ in range(20)] == [200] * 20
    assert len(times_read) == 1


def test_two_businesses_with_the_same_keyword_are_two_series(queue: Queue, visitor: Visitor) -> None:
    join(queue, ANA)
    make_queue(make_business(name="Clinic", number="+15550100001"), "CET236", namesake=2)
    told = figures(visitor)
    assert told['queue_waiting{keyword="CET236"}'] == 1
    assert told['queue_waiting{keyword="CET236-2"}'] == 0
