"""One web application for all page tests; each test has its own database."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask

from app import create_app
from config.settings import Settings
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.web.visitor import Visitor
from tests.web.whole_shop import Shop, without_slow_hashes
from tests.world import NOON
from web.api import limits
from web.customer.kept import Kept


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    made = create_app(Settings.from_environment({"DATA_DIR": str(tmp_path_factory.mktemp("data"))}))
    made.config["TESTING"] = True
    return made


@pytest.fixture(autouse=True)
def tuesday_noon() -> Iterator[None]:
    """Sets the clock to the moment at which the cast joins; time continues from there."""
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture(autouse=True)
def fresh_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read at /metrics and /readyz is not kept, as the test goes on at once."""
    monkeypatch.setattr("web.operations.health.KEPT_SECONDS", 0)
    monkeypatch.setattr("web.operations.health.READINESS_KEPT_SECONDS", 0)


@pytest.fixture(autouse=True)
def fresh_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queues of the test before have the same ids and changes in the same second."""
    monkeypatch.setattr("web.customer.screens.boards.QUEUES", Kept(most=500))


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are counted in memory, and the next test has the same ids at the same minute."""
    requests, wrong_keys = limits.Window(limits.MOST_REQUESTS), limits.Window(limits.MOST_WRONG_KEYS)
    monkeypatch.setattr("web.api.limits.REQUESTS", requests)
    monkeypatch.setattr("web.api.limits.WRONG_KEYS", wrong_keys)
    monkeypatch.setattr("web.api.bearer.WRONG_KEYS", wrong_keys)


@pytest.fixture
def visitor(app: Flask, db: Database) -> Visitor:
    """A visitor who has not signed in."""
    return Visitor(app)


@pytest.fixture
def at_counter(app: Flask, queue: Queue) -> Callable[[Servicer], Visitor]:
    """A servicer's browser with the control page of CET236 open."""

    def browser_of(servicer: Servicer) -> Visitor:
        visitor = Visitor(app).sign_in(servicer)
        visitor.open(f"/control/{queue.keyword}")
        return visitor

    return browser_of


@pytest.fixture
def rosas(at_counter: Callable[[Servicer], Visitor], rosa: Servicer) -> Visitor:
    return at_counter(rosa)


@pytest.fixture
def luiss(at_counter: Callable[[Servicer], Visitor], luis: Servicer) -> Visitor:
    return at_counter(luis)


@pytest.fixture
def shop(
    app: Flask, business: Business, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    without_slow_hashes(app, monkeypatch)
    return Shop(app, business, queue, rosa)
