"""Whatever is wrong is told as application/problem+json, whoever asks and wherever it goes wrong."""

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from models.queueing.tables.queues import Queue
from tests.web.api.program import Program, problem

PATH = "/api/v1/queues/CET236/tickets"


def sent(program: Program, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {program.key}", "Idempotency-Key": "one", "Content-Type": kind}
    return problem(program.client.post(PATH, data=body, headers=headers))


def test_nothing_is_at_other_addresses(app: Flask, program: Program) -> None:
    for path in ("/api/v1", "/api/v1/queues", "/api/v2/queues/CET236", "/api/v1/queues/CET236/nothing"):
        assert problem(app.test_client().get(path))[0] == 404, path
    for keyword in ("NONE", "x" * 200, "%00", "%F0%9F%92%A9"):
        assert problem(Program(app, program.key, keyword).get()) == (404, "no_such_queue"), keyword


def test_an_address_says_which_methods_it_takes(app: Flask, queue: Queue) -> None:
    answer = app.test_client().get(PATH)
    assert problem(answer) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"name": NaN}', b"[" * 100_000, b"1" * 5000])
def test_a_body_that_is_not_json(body: bytes, program: Program) -> None:
    assert sent(program, body) in ((400, "bad_request"), (422, "unfit"))


def test_a_body_that_is_no_object(program: Program) -> None:
    for body in (b"[]", b'"Ana"', b"5", b"null"):
        assert sent(program, body) == (422, "unfit")


def test_a_body_of_another_kind(program: Program) -> None:
    assert sent(program, b"name=Ana", "application/x-www-form-urlencoded") == (415, "not_json")
    assert sent(program, b'{"name": "Ana"}', "text/plain") == (415, "not_json")


def test_a_body_that_is_too_long(program: Program) -> None:
    assert sent(program, b'{"name": "' + b"x" * 300_000 + b'"}')[0] == 413


def test_no_body_is_an_empty_one(program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.key}", "Idempotency-Key": "one"}
    assert program.client.post(PATH, headers=headers).status_code == 201


def test_a_database_that_fails(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("", {}, Exception("disk is full"))

    monkeypatch.setattr("web.api.idempotency.transaction", fails)
    answer = program.post("/tickets", {"name": "Ana"})
    assert problem(answer) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "10"


def test_an_error_of_ours(app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("web.api.idempotency.transaction", fails)
    assert problem(program.post("/tickets", {"name": "Ana"})) == (500, "internal_server_error")


def test_words_are_english_whatever_the_language(program: Program) -> None:
    answer = program.post("/tickets", {"party": 0}, **{"Accept-Language": "es"})
    assert answer.get_json()["fields"]["party"] == "Enter a number from 1 to 99."
