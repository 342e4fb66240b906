"""POST tickets gives a number as the desk does: the same rules, limits and refusals."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from models.people.actors import By
from models.people.audit_log import AuditAction, AuditEntry
from models.people.programs.api_keys import Scope
from models.people.servicers import Servicer
from models.queueing import calling
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading, transaction
from tests.web.api.program import Program, problem
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, change, join, outbox, ticket
from web.account.phone_searches import PHONE_SEARCHES
from web.control.walk_in import TEXTED_WALK_INS


def test_a_number_is_taken_and_told(program: Program, queue: Queue) -> None:
    first, second = program.join(), program.join(name="Ana", party=4)
    assert (first["number"], first["ahead"], first["state"]) == (1, 0, "waiting")
    assert (second["number"], second["ahead"], second["name"], second["party"]) == (2, 1, "Ana", 4)
    assert second["wait_low"] < second["wait_high"]
    assert (ticket(queue, 2).name, ticket(queue, 2).source.value) == ("Ana", "desk")


def test_the_answer_leads_to_the_ticket_and_to_its_page(program: Program, visitor: Visitor) -> None:
    answer = program.post("/tickets", {"name": "Ana"})
    told = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/queues/CET236/tickets/{told['id']}"
    again = program.get(f"/tickets/{told['id']}").get_json()
    assert (again["number"], again["name"]) == (told["number"], "Ana")
    assert "You are number 1" in visitor.open(told["page"].partition("127.0.0.1:8000")[2]).text


def test_a_phone_gets_a_text_in_its_language(program: Program, queue: Queue) -> None:
    told = program.join(name="Ana", phone=ANA, language="es")
    assert outbox(queue, told["number"]) == [(1, "joined", "waiting")]
    with reading() as session:
        customer = session.merge(ticket(queue, 1)).customer
        assert (customer.phone, customer.spoken) == (ANA, "es")
    assert "phone" not in told, "answers are kept for a day, and no phone in them"
    assert program.get("/tickets/1").get_json()["phone"] == ANA


def test_the_event_log_names_the_key(program: Program) -> None:
    program.join()
    with reading() as session:
        event = session.scalars(select(Event).where(Event.kind == EventKind.JOINED)).one()
    assert event.actor == "program"
    assert (event.press_id or "").startswith("k1:")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"party": 0}, "party"),
        ({"party": 100}, "party"),
        ({"party": "4"}, "party"),
        ({"party": True}, "party"),
        ({"name": "A" * 41}, "name"),
        ({"name": 5}, "name"),
        ({"name": "A\x00na"}, "name"),
        ({"name": "A\ud800na"}, "name"),
        ({"name": "win at example.com", "phone": ANA}, "name"),
        ({"phone": "12"}, "phone"),
        ({"phone": "+4915112345678"}, "phone"),
        ({"language": "xx"}, "language"),
        ({"nome": "Ana"}, "nome"),
    ],
)
def test_a_wrong_field_is_told_and_takes_nothing(
    fields: dict[str, object], named: str, program: Program, queue: Queue
) -> None:
    answer = program.post("/tickets", fields)
    assert problem(answer) == (422, "unfit")
    assert list(answer.get_json()["fields"]) == [named]
    with reading() as session:
        assert session.get_one(Queue, queue.id).last_number == 0


def test_a_closed_queue_refuses_in_the_words_of_the_button(program: Program, queue: Queue) -> None:
    for state in (QueueState.CLOSED, QueueState.LAST_CALL):
        transaction(lambda session, state=state: setattr(session.get_one(Queue, queue.id), "state", state))
        answer = program.post("/tickets", {"name": "Ana"})
        assert problem(answer) == (409, state.value)
        assert answer.get_json()["detail"].startswith("Nobody was added: ")


def test_a_phone_that_waits_already_is_refused_with_its_number_and_audited(
    program: Program, queue: Queue
) -> None:
    join(queue, ANA)
    answer = program.post("/tickets", {"phone": ANA})
    assert problem(answer) == (409, "has_number")
    assert answer.get_json()["number"] == 1
    with reading() as session:
        [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.actor) == (AuditAction.SEARCHED_PHONES, "program")


def test_a_program_learns_of_so_many_phones_an_hour(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = PHONE_SEARCHES._replace(most=1)
    monkeypatch.setattr("web.api.joining.PHONE_SEARCHES", fewer)
    join(queue, ANA), join(queue, BEN)
    assert problem(program.post("/tickets", {"phone": ANA})) == (409, "has_number")
    refused = program.post("/tickets", {"phone": BEN}, once="second")
    assert problem(refused) == (429, "too_many_searches")
    assert "Retry-After" in refused.headers
    assert program.post("/tickets", {"name": "Cai"}).status_code == 201


def test_so_many_numbers_with_a_phone_an_hour(
    program: Program, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.control.walk_in.TEXTED_WALK_INS", TEXTED_WALK_INS._replace(most=1))
    program.join(phone=ANA)
    refused = program.post("/tickets", {"phone": BEN})
    assert problem(refused) == (429, "too_many_walk_ins")
    assert int(refused.headers["Retry-After"]) <= 3600


def test_a_key_that_may_only_join_reads_no_names(queue: Queue, with_scopes: Callable[..., Program]) -> None:
    told = with_scopes(Scope.JOIN).join(name="Ana")
    assert "name" not in told
    assert told["page"]


def test_whoever_got_a_number_by_the_key_leaves_by_it(program: Program, queue: Queue) -> None:
    first, second = program.join(name="Ana"), program.join(name="Ben")
    left = program.post(f"/tickets/{first['id']}/leave", once="once").get_json()
    assert left["ticket"]["state"] == "left"
    assert program.post(f"/tickets/{first['id']}/leave", once="once").get_json() == left
    assert problem(program.post(f"/tickets/{first['id']}/leave")) == (409, "left")
    assert program.get(f"/tickets/{second['id']}").get_json()["ahead"] == 0


def test_nobody_elses_number_is_given_up(program: Program, queue: Queue) -> None:
    join(queue, BEN)
    assert problem(program.post("/tickets/1/leave")) == (404, "no_such_ticket")
    assert ticket(queue, 1).state == TicketState.WAITING


def test_whoever_is_called_may_leave_and_whoever_is_served_not(
    program: Program, queue: Queue, rosa: Servicer
) -> None:
    program.join(), program.join()
    program.post("/call_next", {"servicer": rosa.email})
    assert program.post("/tickets/1/leave").get_json()["ticket"]["state"] == "left"
    program.post("/call_next", {"servicer": rosa.email})
    by = By.servicer(rosa.id)
    change(2, queue, lambda session, its: calling.start(session, its, by=by, now=datetime.now(UTC)))
    assert problem(program.post("/tickets/2/leave")) == (409, "serving")
