"""call_next, done and undo are the buttons of the servicer who is named: what they do, refuse and log."""

import pytest
from sqlalchemy import select

from models.people.servicers import Servicer
from models.queueing.presses.presses import Press
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests import world
from tests.web.api.program import Program, problem
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, outbox, ticket


@pytest.fixture
def three(queue: Queue) -> None:
    for phone, name in ((ANA, "Ana"), (BEN, "Ben"), (CAI, "Cai")):
        join(queue, phone, name=name)


def test_the_first_in_line_is_called_and_texted(
    program: Program, queue: Queue, rosa: Servicer, three: None
) -> None:
    told = program.post("/call_next", {"servicer": rosa.email}).get_json()
    assert (told["called"]["number"], told["called"]["state"], told["called"]["name"]) == (1, "called", "Ana")
    assert (1, "your_turn", "waiting") in outbox(queue, 1)
    assert line(queue) == [2, 3]


def test_a_servicer_is_named_by_id_too(program: Program, queue: Queue, luis: Servicer, three: None) -> None:
    assert program.post("/call_next", {"servicer": luis.id}).get_json()["called"]["number"] == 1
    assert ticket(queue, 1).servicer_id == luis.id


def test_it_counts_as_a_press_of_theirs_that_names_the_key(
    program: Program, queue: Queue, rosa: Servicer, three: None
) -> None:
    told = program.post("/call_next", {"servicer": rosa.email}).get_json()
    with reading() as session:
        press = session.scalars(select(Press)).one()
        called = session.scalars(select(Event).where(Event.kind == EventKind.CALLED)).one()
    assert (press.id, press.servicer_id) == (told["press"], rosa.id)
    assert (called.press_id, called.servicer_id) == (press.id, rosa.id)
    assert press.id.startswith("k1:")


def test_who_has_somebody_calls_nobody_else(program: Program, rosa: Servicer, three: None) -> None:
    program.post("/call_next", {"servicer": rosa.email})
    refused = program.post("/call_next", {"servicer": rosa.email})
    assert problem(refused) == (409, "still_serving")
    assert refused.get_json()["number"] == 1


def test_two_programs_that_call_at_once_get_two_people(
    program: Program, rosa: Servicer, luis: Servicer, three: None
) -> None:
    called = [
        program.post("/call_next", {"servicer": who.email}).get_json()["called"] for who in (rosa, luis)
    ]
    assert [each["number"] for each in called] == [1, 2]


def test_an_empty_line_and_a_paused_queue(program: Program, queue: Queue, rosa: Servicer) -> None:
    assert program.post("/call_next", {"servicer": rosa.email}).get_json()["called"] is None
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "state", QueueState.PAUSED))
    refused = program.post("/call_next", {"servicer": rosa.email})
    assert problem(refused) == (409, "paused")


def test_somebody_must_be_named_who_works_here(program: Program, rosa: Servicer) -> None:
    for fields in ({}, {"servicer": None}, {"servicer": True}, {"servicer": [rosa.id]}, {"to": rosa.id}):
        assert problem(program.post("/call_next", fields)) == (422, "unfit"), fields
    for named in ("nobody@example.com", "", 10**12, -1):
        assert problem(program.post("/call_next", {"servicer": named})) == (404, "no_such_servicer"), named


def test_done_serves_and_calls_the_next_as_the_button_does(
    program: Program, queue: Queue, rosa: Servicer, three: None
) -> None:
    called = program.post("/call_next", {"servicer": rosa.email}).get_json()["called"]
    told = program.post(f"/tickets/{called['id']}/done").get_json()
    assert (told["ticket"]["number"], told["ticket"]["state"]) == (1, "served")
    assert told["called"]["number"] == 2
    told = program.post("/tickets/2/done", {"servicer": rosa.email}).get_json()
    assert (told["ticket"]["number"], told["called"]["number"]) == (2, 3)


def test_done_calls_nobody_for_who_does_not_want_that(
    program: Program, queue: Queue, rosa: Servicer, three: None
) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, rosa.id), "calls_next_when_done", False))
    program.post("/call_next", {"servicer": rosa.email})
    told = program.post("/tickets/1/done").get_json()
    assert (told["ticket"]["state"], told["called"]) == ("served", None)
    assert line(queue) == [2, 3]


def test_done_is_refused_for_who_waits_or_has_ended(
    program: Program, queue: Queue, rosa: Servicer, three: None
) -> None:
    assert problem(program.post("/tickets/3/done")) == (409, "waiting")
    assert problem(program.post("/tickets/3/done", {"servicer": rosa.email})) == (409, "waiting")
    program.post("/call_next", {"servicer": rosa.email}), program.post("/tickets/1/done")
    assert problem(program.post("/tickets/1/done")) == (409, "served")
    assert problem(program.post("/tickets/99/done")) == (404, "no_such_ticket")
    assert problem(program.post("/tickets/x/done")) == (404, "no_such_ticket")


def test_a_colleagues_customer_is_theirs(
    program: Program, rosa: Servicer, luis: Servicer, three: None
) -> None:
    program.post("/call_next", {"servicer": rosa.email})
    assert problem(program.post("/tickets/1/done", {"servicer": luis.email})) == (409, "of_a_colleague")


def test_undo_takes_back_the_press_whole(program: Program, queue: Queue, rosa: Servicer, three: None) -> None:
    program.post("/call_next", {"servicer": rosa.email})
    done = program.post("/tickets/1/done").get_json()
    undone = program.post("/undo", {"servicer": rosa.email, "press": done["press"]}).get_json()
    assert undone["undone"] == done["press"]
    assert undone["tickets"] == [done["ticket"]["id"], done["called"]["id"]]
    assert (ticket(queue, 1).state, line(queue)) == ("called", [2, 3])


def test_only_the_press_that_is_meant_is_undone(
    program: Program, queue: Queue, rosa: Servicer, rosas: Visitor, three: None
) -> None:
    called = program.post("/call_next", {"servicer": rosa.email}).get_json()
    rosas.open("/control/CET236")
    rosas.press("Start")
    refused = program.post("/undo", {"servicer": rosa.email, "press": called["press"]})
    assert problem(refused) == (409, "not_last_press")
    assert ticket(queue, 1).state == "serving"
    assert problem(program.post("/undo", {"servicer": rosa.email, "press": "k1:nothing"}))[0] == 409


def test_with_nothing_to_undo_it_says_so(program: Program, rosa: Servicer) -> None:
    assert problem(program.post("/undo", {"servicer": rosa.email})) == (409, "nothing_to_undo")


def test_the_servicers_own_undo_takes_back_what_the_program_did(
    program: Program, queue: Queue, rosa: Servicer, rosas: Visitor, three: None
) -> None:
    program.post("/call_next", {"servicer": rosa.email})
    rosas.open("/control/CET236")
    rosas.press("Undo")
    assert line(queue) == [1, 2, 3]


def test_a_number_of_an_earlier_day_is_found_while_it_lives(program: Program, queue: Queue) -> None:
    world.join(queue, ANA)
    told = program.get("/tickets/1").get_json()
    assert program.get(f"/tickets/{told['id']}").get_json()["number"] == 1
    assert problem(program.get("/tickets/2")) == (404, "no_such_ticket")
