"""One request id from a press to the text it causes, in the log and with the text; actions are logged."""

from io import StringIO

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.opening import pause_queue
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.storage.request_id import current_request_id
from tests.jobs.scripted import texts
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, join
from web.http import headers


def test_a_press_its_log_line_and_its_text_share_one_id(
    queue: Queue, rosas: Visitor, written: StringIO
) -> None:
    join(queue, ANA)
    rosas.open(f"/control/{queue.keyword}")
    rosas.press("Call next")
    (turn,) = texts()
    assert turn.request_id
    lines = [line for line in written.getvalue().splitlines() if f"request={turn.request_id}" in line]
    called = lines[-1]
    assert f" called request={turn.request_id} ticket=1 queue={queue.id} by=servicer:" in called
    assert current_request_id() is None


def test_a_press_is_logged_once(queue: Queue, rosas: Visitor, written: StringIO) -> None:
    for who in (ANA, BEN):
        join(queue, who)
    rosas.open(f"/control/{queue.keyword}")
    rosas.press("Call next")
    before = written.tell()
    rosas.press("Done")
    lines = written.getvalue()[before:].splitlines()
    assert [line.split()[2] for line in lines] == ["served", "called"]


def test_a_press_that_changes_nothing_or_is_slow_has_a_line_of_its_own(
    queue: Queue, rosas: Visitor, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(queue, ANA)
    rosas.open(f"/control/{queue.keyword}")
    page = rosas.page
    with monkeypatch.context() as slowly:
        slowly.setattr(headers, "SLOW_SECONDS", 0.0)
        rosas.press("Call next")
    rosas.press("Call next", page)
    slow, again = [line for line in written.getvalue().splitlines() if "endpoint=control.press" in line]
    assert " method=POST " in slow
    assert " method=POST " in again


def test_what_fails_after_it_was_done_is_logged_too(
    app: Flask, queue: Queue, rosas: Visitor, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = app.view_functions["control.press"]
    monkeypatch.setitem(app.view_functions, "control.press", lambda **given: (str(done(**given)), 500))
    join(queue, ANA)
    rosas.open(f"/control/{queue.keyword}")
    before = written.tell()
    assert rosas.press("Call next").status == 500
    lines = written.getvalue()[before:].splitlines()
    assert [line.split()[2] for line in lines] == ["duty", "called", "request"]


def test_what_was_not_committed_is_not_logged(queue: Queue, written: StringIO) -> None:
    def work(session: Session) -> None:
        pause_queue(session, Queue.lock(session, queue.id), by=By.command(), now=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction(work)
    assert "paused" not in written.getvalue()


def test_what_is_refused_at_once_has_an_id_of_its_own(
    app: Flask, visitor: Visitor, written: StringIO
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    first = visitor.client.get("/login").headers["X-Request-Id"]
    refused = visitor.client.post("/login").headers["X-Request-Id"]
    assert first != refused
    assert f"request={refused} method=POST" in written.getvalue()


def test_whoever_asks_from_outside_names_no_request(visitor: Visitor, written: StringIO) -> None:
    answer = visitor.client.post("/login", headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] != "mine"
    assert "mine" not in written.getvalue()
