"""Each POST counts once, however often it is sent, whatever is killed in between."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobs.upkeep.clearing import Clearing
from models.people.actors import By
from models.people.customers import Customer
from models.people.programs.api_answers import ApiAnswer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.setup.staff import let_go
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.storage.dump import rows_of, tables_of
from tests.one_database import on_both
from tests.web.api.program import Program, key_for, problem
from tests.world import ANA, NOON, join, line, ticket
from web.api import idempotency

pytestmark = on_both


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_again_gets_the_same_answer_and_takes_nothing(program: Program, queue: Queue) -> None:
    first = program.post("/tickets", {"name": "Ana", "party": 2}, once="one")
    again = program.post("/tickets", {"party": 2, "name": "Ana"}, once="one")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert line(queue) == [1]


def test_another_body_or_address_by_the_same_name_is_refused(
    program: Program, queue: Queue, rosa: Servicer
) -> None:
    program.post("/tickets", {"name": "Ana"}, once="one")
    assert problem(program.post("/tickets", {"name": "Ben"}, once="one")) == (422, "idempotency_key_reused")
    other = program.post("/call_next", {"servicer": rosa.email}, once="one")
    assert problem(other) == (422, "idempotency_key_reused")
    assert line(queue) == [1]


def test_the_same_answer_comes_even_where_it_would_be_refused_by_now(
    program: Program, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA)
    called = program.post("/call_next", {"servicer": luis.email}, once="call")
    done = program.post("/tickets/1/done", {"servicer": luis.email}, once="done")
    transaction(lambda s: let_go(s, s.get_one(Servicer, luis.id), by=By.servicer(rosa.id), now=NOON))
    transaction(
        lambda s: setattr(s.get_one(Queue, queue.id), "numbered_day", NOON.date() + timedelta(days=1))
    )
    assert program.post("/call_next", {"servicer": luis.email}, once="call").data == called.data
    assert program.post("/tickets/1/done", {"servicer": luis.email}, once="done").data == done.data
    assert problem(program.post("/call_next", {"servicer": luis.email})) == (404, "no_such_servicer")


def test_each_key_has_names_of_its_own(app: Flask, program: Program, queue: Queue, rosa: Servicer) -> None:
    other = Program(app, key_for(rosa)[1])
    assert [each.join("one", party=1)["number"] for each in (program, other)] == [1, 2]


@pytest.mark.parametrize("name", ["", " ", "a b", "é", "x" * 101])
def test_every_post_needs_a_name_that_can_be_kept(name: str, program: Program, queue: Queue) -> None:
    headers = {"Authorization": f"Bearer {program.key}"}
    path = "/api/v1/queues/CET236/tickets"
    assert problem(program.client.post(path, json={}, headers=headers)) == (400, "idempotency_key_missing")
    named = program.client.post(path, json={}, headers=headers | {"Idempotency-Key": name})
    assert problem(named) == (400, "idempotency_key_unfit")
    assert line(queue) == []


def test_a_refusal_is_an_answer_too(program: Program, queue: Queue) -> None:
    def become(state: QueueState) -> None:
        transaction(lambda session: setattr(session.get_one(Queue, queue.id), "state", state))

    become(QueueState.CLOSED)
    first = program.post("/tickets", {"name": "Ana"}, once="one")
    become(QueueState.OPEN)
    again = program.post("/tickets", {"name": "Ana"}, once="one")
    assert problem(again) == (409, "closed")
    assert again.data == first.data
    assert program.post("/tickets", {"name": "Ana"}, once="two").status_code == 201


def test_a_process_killed_before_the_commit_has_done_nothing(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_args: object, **_values: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("web.api.idempotency.keep_answer", die)
        with pytest.raises(Killed):
            program.post("/tickets", {"name": "Ana"}, once="one")
    assert (count(Ticket), count(ApiAnswer)) == (0, 0)
    assert program.post("/tickets", {"name": "Ana"}, once="one").get_json()["number"] == 1
    assert count(Ticket) == 1


def test_a_process_killed_after_the_commit_has_done_it_once(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies_once_committed(work: object) -> object:
        transaction(work)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("web.api.idempotency.transaction", dies_once_committed)
        with pytest.raises(Killed):
            program.post("/tickets", {"name": "Ana"}, once="one")
    assert line(queue) == [1]
    assert program.post("/tickets", {"name": "Ana"}, once="one").get_json()["number"] == 1
    assert line(queue) == [1]


def test_while_the_first_is_worked_on_the_second_is_told_to_wait(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []

    def meanwhile(session: Session, *args: object, **values: object) -> object:
        if not answers:
            answers.append(program.post("/tickets", {"name": "Ana"}, once="one"))
        return given(session, *args, **values)  # type: ignore[arg-type]

    given = idempotency.kept_answer
    monkeypatch.setattr("web.api.idempotency.kept_answer", meanwhile)
    assert program.post("/tickets", {"name": "Ana"}, once="one").status_code == 201
    [second] = answers
    assert problem(second) == (409, "in_progress")
    assert second.headers["Retry-After"] == "1"
    assert line(queue) == [1]


@pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)
def test_another_process_sees_it_too(
    db: Database, program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KnowsNothing(set[object]):
        """As another process has it."""

        def __contains__(self, _request: object) -> bool:
            return False

    answers = []

    def meanwhile(session: Session, *args: object, **values: object) -> object:
        if not answers:
            answers.append(program.post("/tickets", {"name": "Ana"}, once="one"))
        return given(session, *args, **values)  # type: ignore[arg-type]

    given = idempotency.kept_answer
    monkeypatch.setattr("web.api.idempotency.kept_answer", meanwhile)
    monkeypatch.setattr("web.api.idempotency._at_work", KnowsNothing())
    assert program.post("/tickets", {"name": "Ana"}, once="one").status_code == 201
    assert [problem(each) for each in answers] == [(409, "in_progress")]
    assert line(queue) == [1]


def test_no_refusal_is_told_while_another_process_does_what_was_refused(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have begun as the queue opened, between the refusal and the storing of it."""
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    alone = iter((True, False))
    monkeypatch.setattr("web.api.idempotency.is_alone", lambda *_: next(alone))
    assert problem(program.post("/tickets", {"name": "Ana"}, once="one")) == (409, "in_progress")
    assert count(ApiAnswer) == 0


def test_answers_are_kept_for_a_day(program: Program, queue: Queue) -> None:
    program.join("one", party=1)
    Clearing().run(NOON + timedelta(hours=23))
    assert program.join("one", party=1)["number"] == 1
    Clearing().run(NOON + timedelta(hours=25))
    assert count(ApiAnswer) == 0


def test_after_forget_no_answer_holds_a_name_or_a_phone(
    program: Program, queue: Queue, rosa: Servicer
) -> None:
    program.join("one", name="Anastasia", phone=ANA)
    program.post("/call_next", {"servicer": rosa.email}, once="two")
    program.post("/tickets/1/done", once="three")
    with reading() as session:
        customer_id = session.merge(ticket(queue, 1)).customer_id
    now = datetime.now(UTC)
    transaction(lambda s: forget(s, s.get_one(Customer, customer_id), by=By.customer(), now=now))
    with reading() as session:
        stored = {
            table.name: repr(row)
            for table in tables_of(session)
            for row in rows_of(session, table)
            if any(word in repr(row) for word in ("Anastasia", ANA, ANA[2:]))
        }
    assert stored == {}
    again = program.post("/tickets", {"name": "Anastasia", "phone": ANA}, once="one")
    assert (again.status_code, again.get_json()["name"], again.get_json()["number"]) == (201, None, 1)


def test_no_phone_is_in_an_answer_that_is_kept(program: Program, queue: Queue) -> None:
    join(queue, ANA)
    program.post("/tickets", {"phone": ANA}, once="known")
    program.join("new", phone="+15550101009")
    with reading() as session:
        kept = [repr(answer.body) for answer in session.scalars(select(ApiAnswer)).all()]
    assert len(kept) == 2
    assert not any("1010" in body for body in kept)
