"""Names come from strangers' texts and forms: every page must escape them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.people.actors import By
from models.people.servicers import Role
from models.queueing.opening import pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, transaction
from tests.bot.transcript import text_in
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, call_next, join, make_business, make_desk, make_queue, make_servicer

EVIL = "<script>alert(1)</script>"
SHORT = "<script>alert(1)</script>"[:30]
NO_PAGES = {"static", "bootstrap.static", "live.follow", "phones.texts"}


class Shop:
    """A business in which everything has a hostile name."""

    def __init__(self) -> None:
        self.business = make_business(name=f"Shop {EVIL}")
        self.queue = make_queue(self.business, name=f"Queue {EVIL}", question=EVIL)
        self.other = make_queue(self.business, "SHAVE", name=f"Other {EVIL}")
        self.desk = make_desk(self.queue, SHORT)
        self.boss = make_servicer(self.business, f"Boss {EVIL}", email="boss@example.com", role=Role.MANAGER)
        now = datetime.now(UTC)
        text_in(f"CET236 {EVIL}", ANA, now)
        self.called = join(self.queue, BEN, now, name=EVIL, source=Source.DESK)
        call_next(self.queue, self.boss, now, self.desk)
        self.waiting = join(self.queue, None, now, name=EVIL, answer=EVIL, source=Source.WEB)
        transaction(self._pause)
        with_token = transaction(lambda s: s.get_one(Ticket, self.waiting.ticket_id).token)
        self.arguments = {
            "keyword": "CET236",
            "ticket_id": self.waiting.ticket_id,
            "token": with_token,
            "key": "x",
            "language": "en",
            "kind": "joined",
            "desk_id": self.desk.id,
            "servicer_id": self.boss.id,
            "person_id": self.boss.id,
        }

    def _pause(self, session: Session) -> None:
        now = datetime.now(UTC)
        pause_queue(
            session, Queue.lock(session, self.queue.id), by=By.servicer(self.boss.id), now=now, reason=EVIL
        )

    def pages(self, app: Flask) -> Iterator[Page]:
        """Every page, as the manager sees it."""
        visitor = Visitor(app).sign_in(self.boss)
        visitor.client.environ_base["HTTP_USER_AGENT"] = EVIL
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGES:
                continue
            with app.test_request_context():
                filled = {name: self.arguments.get(name, "1") for name in rule.arguments}
                built = rule.build(filled, append_unknown=False) if fits(rule, filled) else None
            if built is None:
                continue
            address = built[1]
            answer = visitor.client.get(address, follow_redirects=True)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                yield Page(answer.status_code, answer.text, address)


def fits(rule: Rule, filled: dict[str, object]) -> bool:
    """False for addresses that accept only fixed values, such as the name of a picture."""
    try:
        rule.build(filled, append_unknown=False)
    except ValueError:
        return False
    return True


def test_no_page_renders_a_hostile_name_as_markup(app: Flask, db: Database) -> None:
    shop, shown = Shop(), 0
    for page in shop.pages(app):
        assert "<script>alert" not in page.html, page.path
        shown += "&lt;script&gt;alert" in page.html
    assert shown >= 12, "the names are there, as words"


def test_a_keyword_or_an_address_that_was_asked_for_is_words_too(app: Flask, db: Database) -> None:
    for address in (f"/q/{EVIL}", f"/q?keyword={EVIL}", f"/login?next={EVIL}", f"/t/{EVIL}", f"/{EVIL}"):
        assert "<script>alert" not in Visitor(app).client.get(address, follow_redirects=True).text, address


def test_a_name_typed_on_any_page_is_fit_to_show(app: Flask, queue: Queue, rosas: Visitor) -> None:
    tower = "\u202eZ" + "\u0301" * 30 + "oe"
    rosas.open("/control/CET236")
    assert "Z\u0301\u0301\u0301oe" in rosas.press("Add walk-in", name=tower).html
    customer = Visitor(app)
    customer.open("/q/CET236")
    customer.press("Take a number", name=tower)
    html = rosas.open("/control/CET236").html
    assert html.count("oe") >= 2
    assert ("\u202e" in html, "\u0301" * 4 in html) == (False, False)
