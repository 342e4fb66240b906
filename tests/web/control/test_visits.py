"""Which visit it is: how often this phone was served at the business before stands beside its number."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending
from models.queueing.numbers import Joiner, take_numbers
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import transaction
from tests.web.control.tickets import open_ticket
from tests.web.customer.test_text_me import bind
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_business, make_queue, ticket
from web.control.bubble import visit_of


def serve(queue: Queue, servicer: Servicer, phone: str | None = ANA) -> None:
    number = join(queue, phone).number
    call_next(queue, servicer)
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(servicer.id), now=NOON))


def test_servicers_see_which_visit_it_is(
    queue: Queue, business: Business, rosa: Servicer, rosas: Visitor
) -> None:
    serve(queue, rosa), serve(make_queue(business, "NAILS5"), rosa)
    join(queue, ANA), join(queue, BEN)
    page = rosas.open("/control/CET236")
    first, second = page.waiting
    assert "3rd visit" in first
    assert "visit" not in second, "the first that we know of"
    assert "3rd visit" in open_ticket(rosas, queue, 2).text
    rosas.open("/control/CET236")
    page = rosas.press("Call next")
    assert "3rd visit" in page.text.partition("Waiting")[0]


def test_only_visits_that_were_served_here_count(queue: Queue, rosa: Servicer) -> None:
    elsewhere = make_business(name="Another", number="+15550100999")
    there = make_queue(elsewhere, "OTHER1")
    join(there, ANA)
    change(1, there, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    join(queue, ANA)
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    assert join(queue, ANA).number == 2
    assert ticket(queue, 2).visit == 1


def test_those_who_join_at_one_moment_are_counted_each_for_themselves(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa), serve(queue, rosa), serve(queue, rosa, BEN)

    def work(session: Session) -> list[int]:
        people = [Customer.with_phone(session, queue.business_id, each, NOON) for each in (CAI, BEN, ANA)]
        locked, joiners = Queue.lock(session, queue.id), [Joiner(person.id) for person in people]
        taken = take_numbers(
            session, locked, joiners, source=Source.TEXT, by=By.customer(), now=NOON, our_number_id=None
        )
        return [one.number for one in taken]

    assert [ticket(queue, number).visit for number in transaction(work)] == [1, 2, 3]


def test_the_phone_that_texts_the_code_of_a_web_ticket_was_perhaps_here_before(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    serve(queue, rosa)
    bind(visitor, ANA)
    assert ticket(queue, 2).visit == 2


def test_who_is_forgotten_comes_for_the_first_time_again(queue: Queue, rosa: Servicer) -> None:
    serve(queue, rosa), join(queue, ANA)
    assert ticket(queue, 2).visit == 2

    def work(session: Session) -> None:
        forget(
            session,
            Customer.with_phone(session, queue.business_id, ANA, NOON),
            by=By.customer(),
            now=NOON,
        )

    transaction(work)
    assert (ticket(queue, 1).visit, ticket(queue, 2).visit) == (None, None)
    assert ticket(queue, join(queue, ANA).number).visit == 1


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        (None, ""),
        (1, ""),
        (2, "2nd visit"),
        (11, "11th visit"),
        (21, "21st visit"),
        (113, "113th visit"),
        (123, "123rd visit"),
    ],
)
def test_each_number_has_its_ending(app: Flask, visit: int | None, words: str) -> None:
    with app.test_request_context():
        assert visit_of(visit) == words
