"""Your data: what is kept of a visit, as a file."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.messages.conversation import reply
from models.queueing.notes import write_note
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from tests.bot.transcript import text_in
from tests.web.customer.test_text_me import bind
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, call_next, change, join, make_queue, minutes, ticket


@pytest.fixture
def path(queue: Queue) -> str:
    """Ana has texted for a number, with her name, and asked which door."""
    text_in("CET236 Ana 3", now=NOON - minutes(9))
    text_in("which door, by the pharmacy? my phone is +15550101777", now=NOON - minutes(5))
    return f"/t/{ticket(queue, 1).token}"


def data_of(visitor: Visitor, path: str) -> dict[str, Any]:
    answer = visitor.client.get(f"{path}/data.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def test_the_page_of_the_number_leads_to_all_that_is_kept(
    queue: Queue, path: str, rosa: Servicer, visitor: Visitor
) -> None:
    call_next(queue, rosa, NOON - minutes(2))
    by = By.servicer(rosa.id, "press-of-a-reply")
    change(1, queue, lambda session, its: reply(session, its, "The green one.", by=by, now=NOON))
    (link,) = [each for each in visitor.open(path).root.all("a") if each.text == "Your data"]
    assert link.attributes["href"] == f"{path}/data.json"
    kept = data_of(visitor, path)
    assert kept["ticket"]["number"] == 1
    assert kept["ticket"]["joined_at"] == "2026-03-10T11:51:00+00:00"
    assert kept["ticket"]["called_at"] == "2026-03-10T11:58:00+00:00"
    assert (kept["you"]["name"], kept["you"]["party"]) == ("Ana", 3)
    assert [one["by"] for one in kept["you_and_the_counter"]] == ["you", "counter"]
    assert kept["you_and_the_counter"][1]["words"] == "The green one."
    assert [one["kind"] for one in kept["texts_from_us"]] == ["your_turn", "reply"]
    joining, asking = kept["texts_from_you"]
    assert joining["words"] == "CET236 Ana 3"
    assert "You are number 1" in joining["answer"]
    assert asking["words"].startswith("which door, by the pharmacy?")


def test_it_tells_no_phone_and_no_note(queue: Queue, path: str, rosa: Servicer, visitor: Visitor) -> None:
    by = By.servicer(rosa.id, "press-of-a-note")
    change(1, queue, lambda session, its: write_note(session, its, "in a hurry", shown="", by=by, now=NOON))
    answer = visitor.client.get(f"{path}/data.json")
    assert answer.json["you"]["phone"] == f"…{ANA[-2:]}"
    for told in (ANA, ANA[1:], "5550101777", "in a hurry"):
        assert told not in answer.text


def test_it_is_about_this_visit_alone(queue: Queue, business: Business, path: str, visitor: Visitor) -> None:
    make_queue(business, "LAB2", name="Lab")
    text_in("LAB2 Anastasia", now=NOON - minutes(4))
    text_in("CET236 Ben", BEN, NOON - minutes(3))
    text_in("LEAVE CET236", now=NOON - minutes(2))
    text_in("CET236 Annabel", now=NOON - minutes(1))
    answer = visitor.client.get(f"{path}/data.json")
    assert answer.json["ticket"]["state"] == "left"
    for other in ("LAB2", "Anastasia", "Ben", "Annabel"):
        assert other not in answer.text


def test_nobody_reads_anything_of_a_phone_that_they_got_bound(queue: Queue, visitor: Visitor) -> None:
    """It may be somebody else's, who was talked into texting the code."""
    path = bind(visitor)
    text_in("LANG es", now=NOON + minutes(1)), text_in("STATUS", now=NOON + minutes(2))
    kept = data_of(visitor, path)
    assert [kept["you"][what] for what in ("phone", "language", "texts_stopped")] == [None] * 3
    assert kept["texts_from_you"] == []


def test_it_is_kept_nowhere(path: str, visitor: Visitor) -> None:
    answer = visitor.client.get(f"{path}/data.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="CET236-1.json"'


def test_once_forgotten_only_times_are_left(queue: Queue, path: str, visitor: Visitor) -> None:
    def work(session: Session) -> None:
        customer = session.get_one(Customer, ticket(queue, 1).customer_id)
        forget(session, customer, by=By.customer(), now=NOON)

    transaction(work)
    kept = data_of(visitor, path)
    assert (kept["you"]["name"], kept["you"]["phone"]) == (None, None)
    assert kept["you"]["forgotten_at"] is not None
    assert kept["you_and_the_counter"] == []
    assert {one["words"] for one in kept["texts_from_you"]} <= {"(erased)"}


def test_a_transferred_number_leads_to_its_new_one(queue: Queue, path: str, visitor: Visitor) -> None:
    new = join(queue, BEN).token

    def move(session: Session, its: Ticket) -> None:
        its.moved_to_id = ticket(queue, 2).id

    change(1, queue, move)
    answer = visitor.client.get(f"{path}/data.json")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/t/{new}/data.json")


def test_a_guessed_link_gives_nothing(queue: Queue, visitor: Visitor) -> None:
    assert visitor.client.get("/t/abcdefghijklmnop/data.json").status_code == 404


def test_the_privacy_page_says_where_it_is(queue: Queue, visitor: Visitor) -> None:
    assert "Your data" in visitor.open("/q/CET236/privacy").text
