"""The manager's limits, the audit log, forgetting a customer, and the public privacy page."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask, redirect, render_template_string
from sqlalchemy import select

from app import create_app
from models.people.audit_log import KEPT, AuditAction, AuditEntry, clear_old_entries, record_action
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage import database
from models.storage.database import Database, reading, transaction
from models.storage.rate_limits import Limit
from models.storage.write_lock import WriteLockTimeout
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, NOON, join, line, make_business, make_servicer, ticket
from web.account import phone_searches
from web.manage.guard import manager_blueprint


@pytest.fixture
def manager(app: Flask, rosa: Servicer) -> Visitor:
    return Visitor(app).sign_in(rosa)


def test_the_limits_are_the_managers_and_a_change_is_recorded(manager: Visitor, queue: Queue) -> None:
    manager.open("/manage/safety")
    assert manager.press("Save", texts_per_day="700", forget_after_days="30").notices == ["Saved."]
    with reading() as session:
        business = session.get_one(Business, queue.business_id)
        assert (business.texts_per_day, business.forget_after_days) == (700, 30)
    assert "changed settings: texts per day 700, forget after days 30" in manager.open("/manage/audit").text


@pytest.mark.parametrize("typed", ["", "0", "-1", "99999999", "9" * 400])
def test_what_is_no_limit_changes_nothing(manager: Visitor, queue: Queue, typed: str) -> None:
    manager.open("/manage/safety")
    page = manager.press("Save", forget_after_days=typed)
    assert (page.status, "Enter a number from 1 to 3650." in page.text) == (422, True)
    with reading() as session:
        assert session.get_one(Business, queue.business_id).forget_after_days == 90


@pytest.mark.parametrize("typed", [ANA, "(555) 010-1001"])
def test_somebody_is_forgotten_by_their_phone(manager: Visitor, queue: Queue, typed: str) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN)
    manager.open("/manage/forget")
    page = manager.press("Forget", phone=typed)
    assert "The phone that ends in 01" in page.text
    assert "Number 1 of Haircuts" in page.text
    assert "You can't undo this." in page.text
    assert line(queue) == [1, 2]  # asked, and nothing done
    page = manager.press("Forget")
    assert page.notices == ["Forgotten. Their phone number, name and texts are erased. They left 1 line."]
    assert line(queue) == [2]
    with reading() as session:
        assert [c.phone for c in session.scalars(select(Customer).order_by(Customer.id))] == [None, BEN]
    log = manager.open("/manage/audit").text
    assert "erased a customer" in log
    assert "1001" not in log


@pytest.mark.parametrize("typed", [BEN, "+44 20 7946 0000", "+44 (0)20 7946 0000"])
def test_a_phone_that_is_nobodys_changes_nothing(manager: Visitor, queue: Queue, typed: str) -> None:
    join(queue, ANA)
    manager.open("/manage/forget")
    page = manager.press("Forget", phone=typed)
    assert (page.status, "We don't know anyone with that phone number." in page.text) == (422, True)
    assert line(queue) == [1]


@pytest.mark.parametrize("typed", ["", "hello"])
def test_what_is_no_phone_is_said_to_be_none(manager: Visitor, queue: Queue, typed: str) -> None:
    join(queue, ANA)
    manager.open("/manage/forget")
    page = manager.press("Forget", phone=typed)
    assert (page.status, "That isn't a phone number." in page.text) == (422, True)
    assert line(queue) == [1]


def test_a_part_of_a_phone_is_asked_for_again(manager: Visitor, queue: Queue) -> None:
    manager.open("/manage/forget")
    page = manager.press("Forget", phone="010-1001")
    assert (page.status, "That phone number isn't complete" in page.text) == (422, True)


def test_a_phone_known_elsewhere_is_not_known_here(manager: Visitor, queue: Queue) -> None:
    other = make_business(name="Another", number="+15550109999")
    transaction(lambda s: Customer.with_phone(s, other.id, CAI_ELSEWHERE, NOON))
    manager.open("/manage/forget")
    assert manager.press("Forget", phone=CAI_ELSEWHERE).status == 422


CAI_ELSEWHERE = "+15550101003"


def test_somebody_without_a_phone_is_forgotten_from_their_ticket(manager: Visitor, queue: Queue) -> None:
    taken = join(queue, None, name="Walter")
    page = manager.open(f"/control/CET236/ticket/{taken.ticket_id}")
    (link,) = [a for a in page.root.all("a") if a.text == "Forget this customer"]
    page = manager.open(link.attributes["href"])
    assert "Number 1 of Haircuts, Walter" in page.text
    assert "You can't undo this." in page.text
    manager.press("Forget")
    gone = ticket(queue, 1)
    assert (gone.state, gone.name) == (TicketState.LEFT, None)


def test_a_servicer_can_have_nobody_forgotten(app: Flask, queue: Queue, luis: Servicer) -> None:
    taken = join(queue, ANA)
    visitor = Visitor(app).sign_in(luis)
    assert "Forget this customer" not in visitor.open(f"/control/CET236/ticket/{taken.ticket_id}").text
    assert visitor.open(f"/manage/forget/{taken.ticket_id}").status == 403


# The audit log ------------------------------------------------------------------------------------------


def write(business: Business, count: int) -> None:
    def work(session) -> None:  # type: ignore[no-untyped-def]
        for index in range(count):
            record_action(
                session,
                AuditAction.EXPORTED,
                business_id=business.id,
                now=NOON,
                facts={"page": f"day {index}"},
            )

    transaction(work)


def rows_of(page: Page) -> list[str]:
    return [row.text for row in page.root.all("ol")[0].all("li")]


def test_the_log_is_read_page_by_page_the_newest_first(manager: Visitor, business: Business) -> None:
    write(business, 120)
    page = manager.open("/manage/audit")
    shown = rows_of(page)
    assert len(shown) == 50
    assert "exported: day 119" in shown[0]
    (older,) = [a for a in page.root.all("a") if a.text == "Older"]
    page = manager.open(older.attributes["href"])
    assert "exported: day 69" in rows_of(page)[0]
    assert manager.open("/manage/audit?before=rubbish").status == 200
    assert manager.open(f"/manage/audit?before={10**30}").status == 200


def test_nobody_reads_the_log_of_another_business(manager: Visitor, business: Business) -> None:
    write(make_business(name="Another", number="+15550109999"), 3)
    assert manager.open("/manage/audit").text.endswith("Nothing yet")


def test_signing_in_and_a_wrong_password_are_in_the_log(
    app: Flask, manager: Visitor, business: Business
) -> None:
    make_servicer(business, "Mia", email="mia@example.com")
    visitor = Visitor(app)
    visitor.open("/login")
    visitor.press("Sign in", email="mia@example.com", password="wrong")
    assert "Mia entered a wrong password" in manager.open("/manage/audit").text


def test_no_file_is_given_that_the_log_can_not_tell_of(
    manager: Visitor, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_work: object) -> None:
        raise WriteLockTimeout("no turn to write")

    monkeypatch.setattr("web.manage.guard.transaction", busy)
    answer = manager.client.get("/manage/statistics/tickets.csv")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Content-Disposition" not in answer.headers


def test_whatever_a_manager_changes_on_any_page_is_in_the_log_once(manager: Visitor, queue: Queue) -> None:
    manager.open("/manage/people/invite")
    manager.press("Create a link to hand over", email="nia@example.com")
    assert _actions() == [AuditAction.INVITED], "by its own words"
    manager.open("/manage/queues/CET236/archive")
    token = manager.page.root.all("input", name="csrf_token")[0].attributes["value"]
    assert manager.client.post("/manage/queues/CET236/archive", data={"csrf_token": token}).status_code == 303
    assert _actions() == [AuditAction.INVITED, AuditAction.SETTINGS_CHANGED]
    assert "changed settings: " in manager.open("/manage/audit").text


def test_a_change_that_its_page_does_not_record_is_recorded_by_its_address(
    app: Flask, rosa: Servicer, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "connect", lambda url, **_: db)
    other = create_app(app.config["SETTINGS"])
    part = manager_blueprint("manage_forgetful", "/forgetful")
    part.add_url_rule("", "file", lambda: ("a,b", {"Content-Disposition": "attachment"}))
    part.add_url_rule("/form", "form", lambda: render_template_string("{{ csrf_token() }}"))
    part.add_url_rule("", "change", lambda: redirect("/manage"), methods=["POST"])
    other.register_blueprint(part)
    visitor = Visitor(other).sign_in(rosa)
    visitor.client.get("/manage/forgetful")
    token = visitor.client.get("/manage/forgetful/form").text
    assert visitor.client.post("/manage/forgetful", data={"csrf_token": token}).status_code == 302
    with reading() as session:
        noted = session.execute(select(AuditEntry.action, AuditEntry.facts).order_by(AuditEntry.id)).all()
    assert [tuple(one) for one in noted] == [
        (AuditAction.EXPORTED, {"page": "forgetful"}),
        (AuditAction.SETTINGS_CHANGED, {"page": "forgetful"}),
    ]


def _actions() -> list[AuditAction]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_log_is_kept_for_more_than_a_year_and_then_cleared(business: Business) -> None:
    write(business, 2)
    transaction(lambda s: clear_old_entries(s, NOON + KEPT))
    assert len(_actions()) == 2
    transaction(lambda s: clear_old_entries(s, NOON + KEPT + timedelta(days=1)))
    assert _actions() == []


# The privacy page ---------------------------------------------------------------------------------------


def test_anybody_reads_what_is_kept_and_for_how_long(visitor: Visitor, queue: Queue) -> None:
    transaction(lambda s: setattr(s.get_one(Business, queue.business_id), "forget_after_days", 30))
    with time_machine.travel(NOON):
        page = visitor.open("/q/CET236")
        (link,) = [a for a in page.root.all("a") if a.text == "Privacy"]
        words = visitor.open(link.attributes["href"]).text
    assert "Barber Lopes erases your phone number, name and texts 30 days after your last visit" in words
    assert "Text FORGET to +1 555-010-0000" in words
    alone = visitor.open("/privacy").text
    assert "erases your phone number, name and texts 30 days" in alone, "there is one business only"
    make_business(name="Another", number="+15550109999")
    assert "Barber Lopes" not in visitor.open("/privacy").text
    assert visitor.open("/q/NOPE/privacy").status == 404


def test_phones_to_be_forgotten_are_limited_and_in_the_audit_log(
    manager: Visitor, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever tries phones one by one learns who is known here."""
    monkeypatch.setattr(phone_searches, "PHONE_SEARCHES", Limit("searches of phones", 2, timedelta(hours=1)))
    join(queue, ANA)
    manager.open("/manage/forget")
    for phone in (BEN, ANA):
        manager.press("Forget", phone=phone)
        manager.open("/manage/forget")
    page = manager.press("Forget", phone=ANA)
    assert page.status == 429
    assert "You've searched for too many phones." in page.text
    assert _actions().count(AuditAction.SEARCHED_PHONES) == 2
