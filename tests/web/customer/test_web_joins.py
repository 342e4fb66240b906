"""Numbers taken on the web: limited per client address, and never with a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing.ending import finish
from models.queueing.tables.events import Event
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.storage.rate_limits import Count, Limit
from tests.web.visitor import Visitor
from tests.world import NOON, call_next, change, line, ticket
from web.customer import joining
from web.http.access import Access, required_access

NO_PAGES = ("live", "phones", "static", "bootstrap")


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "WEB_JOINS", Limit("web joins", 3, joining.WEB_JOINS.per))


def visitor_from(app: Flask, address: str) -> Visitor:
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = address
    visitor.open("/q/CET236")
    return visitor


def test_one_address_takes_only_so_many_numbers(three: None, app: Flask, queue: Queue) -> None:
    for _ in range(3):
        visitor_from(app, "203.0.113.7").press("Take a number")
    page = visitor_from(app, "203.0.113.7").press("Take a number")
    assert "Too many numbers were taken from your connection." in page.notices[0]
    assert line(queue) == [1, 2, 3]
    visitor_from(app, "203.0.113.8").press("Take a number")
    assert line(queue) == [1, 2, 3, 4]


def test_whoever_was_served_before_gets_in_whatever_their_connection_did(
    three: None, app: Flask, queue: Queue, rosa: Servicer
) -> None:
    served = visitor_from(app, "203.0.113.7")
    served.press("Take a number")
    call_next(queue, rosa)
    change(1, queue, lambda s, t: finish(s, t, by=By.servicer(rosa.id), now=NOON))
    for _ in range(3):
        waiting = visitor_from(app, "203.0.113.7")
        waiting.press("Take a number")
    assert line(queue) == [2, 3]
    served.open("/q/CET236")
    served.press("Take a number")
    assert line(queue) == [2, 3, 4]


def test_whoever_was_served_tries_only_so_often_then_and_no_more_is_written(
    three: None, monkeypatch: pytest.MonkeyPatch, app: Flask, queue: Queue, rosa: Servicer
) -> None:
    monkeypatch.setattr(joining, "TRIES_OF_SERVED", Limit("joins of one served", 2, timedelta(minutes=10)))
    served = visitor_from(app, "203.0.113.7")
    served.press("Take a number")
    call_next(queue, rosa)
    change(1, queue, lambda s, t: finish(s, t, by=By.servicer(rosa.id), now=NOON))
    action, form = served.open("/q/CET236").form_of("Take a number")
    for _ in range(2):
        visitor_from(app, "203.0.113.7").press("Take a number")
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "state", QueueState.CLOSED))
    for _ in range(2):
        served.client.post(action, data=form)
    before = rows()
    for _ in range(2):
        served.client.post(action, data=form)
    assert "Too many numbers were taken from your connection." in served.open("/q/CET236").notices[-1]
    assert rows() == before


def test_of_the_numbers_that_are_refused_then_nothing_is_written(
    three: None, app: Flask, queue: Queue
) -> None:
    for _ in range(3):
        taken = visitor_from(app, "203.0.113.7").press("Take a number")
    before = rows()
    for _ in range(2):
        visitor_from(app, "203.0.113.7").press("Take a number")
    assert rows() == before
    again = Visitor(app)
    again.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    again.open(taken.path)
    again.press("Leave the queue")
    page = again.press("Take another number")
    assert "Too many numbers were taken from your connection." in page.notices[0]


def rows() -> list[int]:
    with reading() as session:
        counted = session.scalar(select(func.sum(Count.count))) or 0
        made = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Customer, Event)]
    return [counted, *made]


def test_a_class_on_one_network_is_no_attack() -> None:
    assert joining.WEB_JOINS.most >= 500


def public_pages(app: Flask) -> Iterator[str]:
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            arguments, part = rule.arguments, rule.endpoint.split(".")[0]
            is_public = required_access(rule.endpoint) == Access.ANYBODY and "GET" in rule.methods
            if is_public and arguments <= {"keyword"} and part not in NO_PAGES:
                yield rule.build(dict.fromkeys(arguments, "CET236"))[1]


def test_nobody_but_a_servicer_can_enter_a_phone(app: Flask, queue: Queue) -> None:
    for address in public_pages(app):
        html = Visitor(app).client.get(address).text
        assert 'type="tel"' not in html, address
        assert 'name="phone"' not in html, address
    visitor = Visitor(app)
    page = visitor.open("/q/CET236")
    action, fields = page.form_of("Take a number")
    visitor.client.post(action, data=fields | {"phone": "+15550101001", "name": "Ana"})
    with reading() as session:
        assert session.scalars(select(Customer.phone_hash)).all() == [None]


def test_whoever_was_forgotten_is_somebody_new_when_they_come_again(queue: Queue, visitor: Visitor) -> None:
    """Else their new name would stand under a customer who is through with forgetting."""
    visitor.open("/q/CET236")
    ended = visitor.press("Take a number", name="Ana").path
    visitor.press("Leave the queue")
    forget_all()
    visitor.open("/q/CET236")
    visitor.press("Take a number", name="Ana again")
    with reading() as session:
        former, present = session.scalars(select(Customer).order_by(Customer.id)).all()
    assert former.forgotten_at is not None
    assert present.forgotten_at is None
    assert ticket(queue, 2).customer_id == present.id
    visitor.press("Leave the queue")
    visitor.open(ended)
    assert "That link has expired" in visitor.press("Take another number").text
    assert line(queue) == []


def forget_all() -> None:
    def work(session: Session) -> None:
        for customer in session.scalars(select(Customer)):
            forget(session, customer, by=By.clock(), now=NOON)

    transaction(work)
