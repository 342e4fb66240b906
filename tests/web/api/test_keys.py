"""Keys are looked up at every request, stored as a hash, good for their scopes and queues, and end at once"""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.people.programs.api_keys import ApiKey, Scope
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from models.storage.dump import rows_of, tables_of
from tests.web.api.program import Program, key_for, problem
from tests.web.visitor import Visitor
from tests.world import ANA, NOON, join, make_business, make_queue, make_servicer
from web.api import limits


def the_row() -> ApiKey:
    with reading() as session:
        return session.scalars(select(ApiKey)).one()


def test_without_a_key_nothing_is_told(app: Flask, queue: Queue) -> None:
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}):
        answer = app.test_client().get("/api/v1/queues/CET236", headers=headers)
        assert problem(answer)[0] == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_counts_in_the_header_alone(app: Flask, program: Program) -> None:
    answer = app.test_client().get(f"/api/v1/queues/CET236?access_token={program.key}&key={program.key}")
    assert problem(answer) == (401, "no_key")


def test_a_cookie_counts_for_nothing_here(app: Flask, queue: Queue, rosa: Servicer) -> None:
    manager = Visitor(app).sign_in(rosa).client
    assert problem(manager.get("/api/v1/queues/CET236")) == (401, "no_key")
    posted = manager.post("/api/v1/queues/CET236/call_next", json={"servicer": rosa.email})
    assert problem(posted) == (401, "no_key")


def test_the_key_itself_is_stored_nowhere(program: Program) -> None:
    program.join(name="Ana")
    with reading() as session:
        stored = [repr(row) for table in tables_of(session) for row in rows_of(session, table)]
    assert not any(program.key in row or program.key[-20:] in row for row in stored)
    assert the_row().prefix in program.key


def test_a_revoked_key_is_refused_at_once(app: Flask, program: Program, rosa: Servicer) -> None:
    assert program.get().status_code == 200
    manager = Visitor(app).sign_in(rosa)
    manager.open("/manage/api-keys")
    manager.press("Revoke")
    assert problem(program.get()) == (401, "wrong_key")
    assert problem(program.post("/tickets", {"name": "Ana"})) == (401, "wrong_key")


QUESTIONS = {
    "": (Scope.READ, Scope.JOIN, Scope.SERVE),
    "/tickets/1": (Scope.READ, Scope.JOIN, Scope.SERVE),
    "/line": (Scope.READ, Scope.SERVE),
    "/statistics": (Scope.READ,),
    "/export": (Scope.READ,),
}
DEEDS = {
    "/tickets": Scope.JOIN,
    "/call_next": Scope.SERVE,
    "/tickets/1/done": Scope.SERVE,
    "/undo": Scope.SERVE,
    "/tickets/1/leave": Scope.JOIN,
}


@pytest.mark.parametrize("path", QUESTIONS)
def test_each_question_needs_its_scope(path: str, queue: Queue, with_scopes: Callable[..., Program]) -> None:
    join(queue, ANA)
    for scope in Scope:
        answer = with_scopes(scope).get(path)
        if scope in QUESTIONS[path]:
            assert answer.status_code == 200, scope
        else:
            assert problem(answer) == (403, "scope")
            assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", DEEDS)
def test_each_deed_needs_its_scope(
    path: str, queue: Queue, rosa: Servicer, with_scopes: Callable[..., Program]
) -> None:
    others = [scope for scope in Scope if scope != DEEDS[path]]
    answer = with_scopes(*others).post(path, {} if DEEDS[path] == Scope.JOIN else {"servicer": rosa.email})
    assert problem(answer) == (403, "scope")


def test_names_and_phones_are_for_keys_that_may_see_people(
    queue: Queue, rosa: Servicer, with_scopes: Callable[..., Program]
) -> None:
    join(queue, ANA, name="Ana")
    seeing = with_scopes(Scope.READ, Scope.SERVE, Scope.PEOPLE)
    blind = with_scopes(Scope.READ, Scope.SERVE, Scope.JOIN)
    for path in ("/tickets/1", "/line", "/export"):
        for word in ("Ana", ANA[2:]):
            assert word in seeing.get(path).text, path
            assert word not in blind.get(path).text, path
    heads = blind.get("/export", format="csv").text.splitlines()[0].split(",")
    assert {"name", "phone"} & set(heads) == set()
    called = blind.post("/call_next", {"servicer": rosa.email})
    assert called.status_code == 200
    assert "Ana" not in called.text


def test_a_key_of_one_queue_knows_no_other(app: Flask, queue: Queue, rosa: Servicer) -> None:
    with reading() as session:
        business = session.merge(rosa).business
    other = make_queue(business, "LAB2", name="Lab")
    key = key_for(rosa, other)[1]
    assert Program(app, key, "LAB2").get().status_code == 200
    assert problem(Program(app, key).get()) == (404, "no_such_queue")
    assert problem(Program(app, key).post("/tickets")) == (404, "no_such_queue")


def test_what_belongs_to_another_business_does_not_exist(
    program: Program, app: Flask, rosa: Servicer
) -> None:
    theirs = make_business(name="Xylo Inc", number="+15550109999")
    queue, zoe = make_queue(theirs, "OTHER", name="Xylo queue"), make_servicer(theirs, "Zoe")
    taken = join(queue, "+15550108888", name="Xylo customer")
    there = Program(app, program.key, "OTHER")
    for path in ("", "/line", "/tickets/1", f"/tickets/t{taken.ticket_id}", "/statistics", "/export"):
        assert problem(there.get(path)) == (404, "no_such_queue"), path
    for path in ("/tickets", "/call_next", f"/tickets/t{taken.ticket_id}/done", "/undo"):
        fields = {} if path == "/tickets" else {"servicer": rosa.email}
        assert problem(there.post(path, fields)) == (404, "no_such_queue"), path
    assert problem(program.get(f"/tickets/t{taken.ticket_id}")) == (404, "no_such_ticket")
    assert problem(program.post(f"/tickets/t{taken.ticket_id}/done")) == (404, "no_such_ticket")
    for named in (zoe.email, zoe.id):
        answer = program.post("/call_next", {"servicer": named})
        assert problem(answer) == (404, "no_such_servicer")
        assert "Zoe" not in answer.text


def test_its_use_is_written_once_an_hour(program: Program) -> None:
    program.get()
    first = the_row().used_at
    program.get()
    assert the_row().used_at == first
    with time_machine.travel(NOON + timedelta(hours=1, minutes=1), tick=False):
        program.get()
    assert the_row().used_at == NOON + timedelta(hours=1, minutes=1)


def test_one_key_asks_only_so_often(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.REQUESTS, "most", 3)
    assert [program.get().status_code for _ in range(3)] == [200] * 3
    answer = program.get()
    assert problem(answer) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_an_address_tries_only_so_many_wrong_keys_and_nothing_is_written(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits.WRONG_KEYS, "most", 3)
    with reading() as session:
        before = [rows_of(session, table) for table in tables_of(session)]
        before = [[repr(row) for row in rows] for rows in before]
    wrong = Program(app, f"tan_{'0' * 8}_{'x' * 32}")
    assert [problem(wrong.get())[0] for _ in range(3)] == [401] * 3
    answer = wrong.get()
    assert problem(answer) == (429, "too_many_wrong_keys")
    assert "Retry-After" in answer.headers
    with reading() as session:
        after = [[repr(row) for row in rows_of(session, table)] for table in tables_of(session)]
    assert after == before
    assert program.get().status_code == 200, "a right key from there is good all the same"
