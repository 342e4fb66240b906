"""Every address states who may use it, and enforces it: all routes are walked, so that none is forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import create_app
from config.settings import Settings
from models.people.browser_sessions import BrowserSession, begin_session, holder_of
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.mailed_links import Link, LinkKind, make_link
from models.people.servicers import Role, Servicer
from models.queueing.hours.opening_hours import Holiday
from models.queueing.tables.boards import Board, add_board, set_queues
from models.queueing.tables.kiosks import Kiosk, add_kiosk, kiosks_of
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Base, Database, reading, transaction
from models.webhooks.endpoints import Endpoint
from tests.models.webhooks.listening import listens
from tests.one_database import in_turn
from tests.web.api.program import key_for
from tests.web.visitor import Visitor
from tests.world import NOON, join, make_business, make_desk, make_queue, make_servicer
from web.api.limits import Window
from web.http.access import ENDPOINTS, Access, required_access

pytestmark = in_turn
SIGNED_IN = (Access.SERVICER, Access.MANAGER)
NOBODYS = {"address", "language", "kind", "old"}  # words of an address that stand for no row


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    made = create_app(Settings.from_environment({"DATA_DIR": str(tmp_path_factory.mktemp("data"))}))
    made.config["TESTING"] = True
    return made


def rules(app: Flask, *who: Access) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if required_access(rule.endpoint) in who:
            yield rule


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_address_states_who_may_use_it(app: Flask) -> None:
    unstated = {rule.endpoint for rule in app.url_map.iter_rules() if required_access(rule.endpoint) is None}
    assert unstated == set(), "say in web/http/access.py who may use these"


def test_nothing_is_stated_that_is_not_there(app: Flask) -> None:
    assert set(ENDPOINTS) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_an_address_that_is_not_stated_is_refused_to_everybody(app: Flask) -> None:
    other = create_app(app.config["SETTINGS"])
    other.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    assert other.test_client().get("/forgotten").status_code == 403


def test_what_changes_something_is_a_post_and_only_a_post(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert methods(rule) in (["GET"], ["POST"]), rule


class Elsewhere:
    """Another business with one of everything, and the arguments with which an address could reach it."""

    def __init__(self) -> None:
        self.business = make_business(name="Xylo Inc", number="+15550109999")
        self.queue = make_queue(self.business, keyword="OTHER", name="Xylo queue")
        self.desk = make_desk(self.queue, "Xylo desk")
        self.person = make_servicer(self.business, "Zoe", role=Role.MANAGER)
        self.taken = join(self.queue, "+15550108888", name="Xylo customer")
        self.known: dict[str, object] = {
            "keyword": self.queue.keyword,
            "ticket_id": self.taken.ticket_id,
            "public_id": f"t{self.taken.ticket_id}",
            "desk_id": self.desk.id,
            "queue_id": self.queue.id,
            "servicer_id": self.person.id,
            "person_id": self.person.id,
            "business_id": self.business.id,
            "session_id": self.session_id(),
            "link_id": self.link_id(),
            "kiosk_id": self.kiosk_id(),
            "endpoint_id": listens(self.person, "https://xylo.example.com/")[0],
            "board_token": self.board_token(),
        }

    def kiosk_id(self) -> int:
        def work(session: Session) -> int:
            add_kiosk(session, self.queue, "Xylo tablet", NOON)
            return kiosks_of(session, self.queue)[0].id

        return transaction(work)

    def board_token(self) -> str:
        def work(session: Session) -> str:
            board = add_board(session, self.business.id, "Xylo board", now=NOON)
            set_queues(session, board, [(self.queue, "blue")])
            return board.token

        return transaction(work)

    def session_id(self) -> int:
        def work(session: Session) -> int:
            key = begin_session(session, self.person, browser="Xylo browser", address="", now=NOON)
            found = holder_of(session, key, NOON)
            assert found is not None
            return found.session_id

        return transaction(work)

    def link_id(self) -> int:
        of = {"business_id": self.business.id, "email": "their@example.com", "now": datetime.now(UTC)}
        made = transaction(lambda s: make_link(s, LinkKind.INVITATION, role=Role.SERVICER, **of))
        return made.id

    def fields(self) -> dict[str, object]:
        """All fields that a form may have, with the other business's values."""
        its = {"ticket": "ticket_id", "desk": "desk_id", "to": "queue_id", "present": "ticket_id"}
        more = {
            "kiosk": "kiosk_id",
            "delivery": "endpoint_id",
            "queue": "keyword",
            "person": "person_id",
            "servicer": "servicer_id",
            "id": "link_id",
        }
        numbers = {
            "phone": "+15550108888",
            "email": self.person.email,
            "number": "+15550109999",
            "phones": "1",
        }
        return (
            {field: self.known[name] for field, name in (its | more).items()}
            | self.known
            | numbers
            | {"email": self.person.email}
        )

    def rows(self) -> list[object]:
        """All rows of theirs."""
        tables = (
            Business,
            Queue,
            Desk,
            Servicer,
            Ticket,
            Customer,
            Link,
            BrowserSession,
            OurNumber,
            Holiday,
            Kiosk,
            Endpoint,
            Board,
        )
        with reading() as session:
            return [
                [dict(row) for row in session.execute(self._theirs(table)).mappings()] for table in tables
            ]

    def _theirs(self, model: type[Base]) -> Select[Any]:
        table, mine = model.__table__, self.business.id
        if "business_id" in table.c:
            is_theirs = table.c.business_id == mine
        elif "queue_id" in table.c:
            is_theirs = table.c.queue_id.in_(select(Queue.id).where(Queue.business_id == mine))
        elif "servicer_id" in table.c:
            is_theirs = table.c.servicer_id.in_(select(Servicer.id).where(Servicer.business_id == mine))
        else:
            is_theirs = table.c.id == mine
        return select(table).where(is_theirs).order_by(*table.primary_key)

    def filling(self, rule: Rule, **ours: str) -> dict[str, object]:
        """Every argument of the address with a value of the other business, except for the given ones."""
        # What is no row of anybody's may be anything.
        return {name: (self.known | ours).get(name, "1") for name in rule.arguments}

    def addresses(self, app: Flask, rule: Rule) -> list[str]:
        """The address with all of theirs; and with our keyword and the rest theirs."""
        with app.test_request_context():
            ways = [self.filling(rule)]
            if "keyword" in rule.arguments and len(rule.arguments) > 1:
                ways.append(self.filling(rule, keyword="CET236"))
            return [rule.build(way, append_unknown=False)[1] for way in ways]  # type: ignore[index]


@pytest.fixture
def elsewhere(db: Database) -> Elsewhere:
    return Elsewhere()


def token_of(visitor: Visitor) -> str:
    visitor.open("/account" if visitor.client.get("/account").status_code == 200 else "/login")
    return str(visitor.page.root.all("input", name="csrf_token")[0].attributes["value"])


def answers(
    app: Flask, visitor: Visitor, elsewhere: Elsewhere, *who: Access
) -> Iterator[tuple[str, int, str]]:
    token = token_of(visitor)
    for rule in rules(app, *who):
        for address in elsewhere.addresses(app, rule):
            for method in methods(rule):
                form = {"csrf_token": token} if method == "POST" else None
                answer = visitor.client.open(address, method=method, data=form)
                yield f"{method} {address}", answer.status_code, answer.location or ""


def test_nobody_gets_in_without_signing_in(app: Flask, elsewhere: Elsewhere) -> None:
    for address, status, location in answers(app, Visitor(app), elsewhere, *SIGNED_IN):
        assert (status, location.startswith("/login?")) == (303, True), address


def test_a_servicer_gets_into_nothing_of_the_managers(
    app: Flask, elsewhere: Elsewhere, luis: Servicer
) -> None:
    for address, status, _ in answers(app, Visitor(app).sign_in(luis), elsewhere, Access.MANAGER):
        assert status == 403, address


def test_every_address_refuses_what_belongs_to_another_business(
    app: Flask, elsewhere: Elsewhere, business: Business, queue: Queue, rosa: Servicer
) -> None:
    reached_for = 0
    visitor = Visitor(app).sign_in(rosa)
    token = token_of(visitor)
    before = rows()
    for rule in rules(app, *SIGNED_IN):
        if rule.arguments <= NOBODYS:
            continue
        assert rule.arguments <= NOBODYS | set(elsewhere.known), f"say whose row {rule} means"
        for address in elsewhere.addresses(app, rule):
            for method in methods(rule):
                form = {"csrf_token": token, "press": "0" * 32} if method == "POST" else None
                answer = visitor.client.open(address, method=method, data=form)
                assert answer.status_code in (400, 403, 404, 422), f"{method} {address}"
                assert b"Xylo" not in answer.data, f"{method} {address}"
                reached_for += 1
    assert reached_for >= 30
    assert rows() == before


def test_no_field_of_a_form_or_question_reaches_another_business(
    app: Flask, elsewhere: Elsewhere, business: Business, queue: Queue, rosa: Servicer
) -> None:
    """GET and POST of every address of ours, with rows of another business in all its other fields."""
    visitor = Visitor(app).sign_in(rosa)
    desk, person = make_desk(queue, "Our desk"), make_servicer(business, "Luis")
    ours = {
        "keyword": queue.keyword,
        "ticket_id": str(join(queue, "+15550107777", name="Our customer").ticket_id),
        "desk_id": str(desk.id),
        "person_id": str(person.id),
        "session_id": "0",
        "endpoint_id": str(listens(rosa)[0]),
        "link_id": "0",
        "language": "en",
        "kind": "joined",
        "address": "close",
        "old": "OLD1",
    }
    token, before, reached_for = token_of(visitor), elsewhere.rows(), 0
    for rule in sorted(rules(app, *SIGNED_IN), key=str):
        with app.test_request_context():
            address = rule.build(elsewhere.filling(rule, **ours), append_unknown=False)[1]  # type: ignore[index]
        for method in methods(rule):
            fields = elsewhere.fields() | {"csrf_token": token, "press": f"{reached_for:032x}"}
            form, asked = (fields, None) if method == "POST" else (None, fields)
            answer = visitor.client.open(address, method=method, data=form, query_string=asked)
            assert answer.status_code < 500, f"{method} {address}"
            if method == "GET":
                assert b"Xylo" not in answer.data, f"{method} {address}"
            reached_for += 1
    assert reached_for >= 60
    assert elsewhere.rows() == before
    assert Visitor(app).sign_in(elsewhere.person).open("/manage").status == 200


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.api.bearer.WRONG_KEYS", Window(1000))


def test_no_address_of_the_api_tells_or_does_anything_without_a_key(
    app: Flask, elsewhere: Elsewhere, queue: Queue, rosa: Servicer, no_limits: None
) -> None:
    visitors = (Visitor(app), Visitor(app).sign_in(elsewhere.person))
    before, reached_for = elsewhere.rows(), 0
    for visitor in visitors:
        for address, status, _ in answers(app, visitor, elsewhere, Access.PROGRAM):
            assert status == 401, address
            reached_for += 1
    assert reached_for >= 20
    assert elsewhere.rows() == before


def test_a_key_reaches_nothing_of_another_business(
    app: Flask, elsewhere: Elsewhere, queue: Queue, rosa: Servicer
) -> None:
    """Whatever of theirs stands in the address or the body."""
    before, reached_for = elsewhere.rows(), 0
    theirs = {"servicer": elsewhere.person.email}
    for rule in rules(app, Access.PROGRAM):
        assert rule.arguments <= set(elsewhere.known), f"say whose row {rule} means"
        for address in elsewhere.addresses(app, rule):
            for method in methods(rule):
                named = {"Authorization": f"Bearer {key_for(rosa)[1]}", "Idempotency-Key": address}
                body = {"json": theirs} if method == "POST" else {}
                answer = app.test_client().open(address, method=method, headers=named, **body)  # type: ignore[arg-type]
                assert answer.status_code in (404, 422), f"{method} {address}"
                assert b"Xylo" not in answer.data, f"{method} {address}"
                reached_for += 1
    assert reached_for >= 10
    assert elsewhere.rows() == before


def test_a_press_at_ones_own_queue_reaches_no_ticket_desk_or_queue_of_another_business(
    app: Flask, elsewhere: Elsewhere, queue: Queue, rosa: Servicer
) -> None:
    visitor = Visitor(app).sign_in(rosa)
    token = token_of(visitor)
    theirs = {
        "ticket": elsewhere.taken.ticket_id,
        "to": elsewhere.queue.id,
        "desk": elsewhere.desk.id,
        "present": elsewhere.taken.number,
    }
    before = rows()
    for index, button in enumerate(("put-first", "remove", "transfer", "choose-desk", "undo", "put-back")):
        form = {"csrf_token": token, "press": f"{index:032x}", "state": "waiting", **theirs}
        visitor.client.post(f"/control/{queue.keyword}/{button}", data=form)
    assert rows() == before


def rows() -> list[object]:
    """The other business's tickets and queues."""
    with reading() as session:
        tickets = [(t.id, t.state, t.position, t.queue_id, t.desk_id) for t in session.query(Ticket)]
        queues = [(q.id, q.state, q.name, q.revision) for q in session.query(Queue) if q.keyword == "OTHER"]
        links = [(link.id, link.ended_at) for link in session.query(Link)]
        return [*sorted(tickets), *queues, *links]
