"""Taking a number: one press gives one number, even if the browser repeats it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.our_numbers import retire_number
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.hours.opening_hours import set_hours
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from tests.bot.transcript import text_in
from tests.one_database import on_both
from tests.web.customer.test_queue_page import close
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, call_next, change, join, line, make_queue, outbox, ticket

CLOSED = "Sorry, Haircuts is closed right now. Please try again when we're open."
FULL = "Sorry, the line for Haircuts is full right now. Please try again in a little while."


def count(model: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_number_is_taken_with_one_press(queue: Queue, visitor: Visitor) -> None:
    join(queue, ANA)
    visitor.open("/q/CET236")
    page = visitor.press("Take a number")
    assert page.status == 200
    assert "You are number 2" in page.headings
    assert "1 ahead of you" in page.text
    taken = ticket(queue, 2)
    assert page.path == f"/t/{taken.token}"
    assert (taken.source, taken.name, taken.party) == (Source.WEB, None, 1)


def test_name_and_party_are_kept(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    page = visitor.press("Take a number", name="  Ana \x00 Maria\u202e ", party="4")
    taken = ticket(queue, 1)
    assert (taken.name, taken.party) == ("Ana Maria", 4)
    assert "For Ana Maria, party of 4" in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"party": "0"}, "Enter a number from 1 to 99."),
        ({"party": "100"}, "Enter a number from 1 to 99."),
        ({"party": "9" * 400}, "Enter a number from 1 to 99."),  # too long for the validators to compare
        ({"party": "many"}, "Not a valid integer value."),
        ({"name": "x" * 41}, "Use at most 40 letters for a name."),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_takes_nothing(
    queue: Queue, visitor: Visitor, fields: dict[str, str], words: str
) -> None:
    visitor.open("/q/CET236")
    page = visitor.press("Take a number", **fields)
    assert page.status == 422
    assert words in page.text
    assert line(queue) == []
    assert count(Customer) == 0


def test_taking_a_number_twice_gives_the_same_number(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    first = visitor.press("Take a number")
    page = visitor.open("/q/CET236")
    assert "Your number" in page.text
    assert visitor.press("Take a number").path == first.path
    assert line(queue) == [1]


def test_what_is_said_counts_and_what_is_not_said_changes_nothing(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    visitor.press("Take a number", name="Ana", party="4")
    visitor.open("/q/CET236")
    visitor.press("Take a number")
    assert (ticket(queue, 1).name, ticket(queue, 1).party) == ("Ana", 4)
    visitor.open("/q/CET236")
    visitor.press("Take a number", party="1")
    assert (ticket(queue, 1).name, ticket(queue, 1).party) == ("Ana", 1)


def test_an_old_tickets_page_changes_nothing_of_the_number_that_one_has_by_now(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    """Served as Ana with four, she has come again as Ben with two; the first page is still open."""
    visitor.open("/q/CET236")
    visitor.press("Take a number", name="Ana", party="4")
    call_next(queue, rosa)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=datetime.now(UTC)))
    old = visitor.open(visitor.page.path)
    visitor.open("/q/CET236")
    visitor.press("Take a number", name="Ben", party="2")
    page = visitor.press("Take another number", old)
    assert page.headings[0] == "You are number 2"
    assert (ticket(queue, 2).name, ticket(queue, 2).party) == ("Ben", 2)


@pytest.mark.parametrize("is_taken_away", [False, True])
def test_another_number_is_texted_about_unless_ours_was_taken_away(
    queue: Queue, rosa: Servicer, visitor: Visitor, is_taken_away: bool
) -> None:
    taken = join(queue, ANA)
    call_next(queue, rosa)
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=datetime.now(UTC)))
    if is_taken_away:
        transaction(lambda s: retire_number(s.scalars(select(OurNumber)).one(), NOON))
    visitor.open(f"/t/{taken.token}")
    page = visitor.press("Take another number")
    assert page.headings[0] == "You are number 2"
    assert ("We'll text you" in page.text) != is_taken_away


def test_a_double_tap_gives_one_number_also_without_cookies(
    queue: Queue, visitor: Visitor, app: Flask
) -> None:
    page = visitor.open("/q/CET236")
    visitor.press("Take a number")
    visitor.client.delete_cookie("customer", path="/q/")
    assert visitor.press("Take a number", page).path == f"/t/{ticket(queue, 1).token}"
    assert line(queue) == [1]
    assert count(Customer) == 1


@on_both
def test_taps_at_the_same_moment_give_one_number(queue: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236")
    action, fields = page.form_of("Take a number")

    def tap(_: int) -> str:
        browser = Visitor(visitor.client.application)
        browser.client._cookies = dict(visitor.client._cookies)
        return browser.client.post(action, data=fields).headers["Location"]

    with ThreadPoolExecutor(6) as pool:
        places = set(pool.map(tap, range(6)))
    assert places == {f"/t/{ticket(queue, 1).token}"}
    assert line(queue) == [1]
    assert count(Customer) == 1


def test_an_old_tab_after_being_served_takes_no_second_number(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    old_tab = visitor.open("/q/CET236")
    visitor.press("Take a number")
    call_next(queue, rosa)
    change(
        1, queue, lambda session, served: ending.finish(session, served, by=By.servicer(rosa.id), now=NOON)
    )
    assert "You're done" in visitor.press("Take a number", old_tab).headings
    assert line(queue) == []


def test_two_browsers_are_two_people(queue: Queue, app: Flask, db: object) -> None:
    for number in (1, 2):
        browser = Visitor(app)
        browser.open("/q/CET236")
        assert f"You are number {number}" in browser.press("Take a number").headings


def test_one_browser_has_a_number_in_each_queue_as_one_person(
    business: Business, queue: Queue, visitor: Visitor
) -> None:
    make_queue(business, "COLOR", name="Colouring")
    for keyword in ("CET236", "COLOR"):
        visitor.open(f"/q/{keyword}")
        visitor.press("Take a number")
    assert count(Ticket) == 2
    assert count(Customer) == 1


def test_signing_in_and_out_does_not_forget_the_number(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    visitor.open("/q/CET236")
    first = visitor.press("Take a number")
    with visitor.client.session_transaction() as browser_session:
        browser_session.clear()
    visitor.open("/q/CET236")
    assert visitor.press("Take a number").path == first.path


def test_a_forged_cookie_is_nobody(queue: Queue, visitor: Visitor, app: Flask) -> None:
    join(queue, ANA)
    with reading() as session:
        anas_id = session.scalars(select(Customer.id)).one()
    forged = URLSafeTimedSerializer("a guess", salt="customer").dumps({str(queue.business_id): anas_id})
    for value in (forged, "rubbish", ""):
        visitor.client.set_cookie("customer", value, path="/q/")
        assert "Your number" not in visitor.open("/q/CET236").text
    assert "You are number 2" in visitor.press("Take a number").headings


def test_a_cookie_of_a_customer_of_another_business_is_nobody(queue: Queue, visitor: Visitor) -> None:
    serializer = URLSafeTimedSerializer(visitor.client.application.config["SECRET_KEY"], salt="customer")
    join(queue, ANA)
    with reading() as session:
        anas_id = session.scalars(select(Customer.id)).one()
    other = str(queue.business_id + 1)
    visitor.client.set_cookie("customer", serializer.dumps({other: anas_id}), path="/q/")
    assert "Your number" not in visitor.open("/q/CET236").text


def test_without_a_csrf_token_nothing_is_taken(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    action, fields = visitor.page.form_of("Take a number")
    for token in ({}, {"csrf_token": "x"}):
        given = {name: value for name, value in fields.items() if name != "csrf_token"} | token
        assert visitor.client.post(action, data=given).status_code == 400
    assert line(queue) == []


def test_a_queue_that_closed_meanwhile_refuses_in_words_and_counts_it(queue: Queue, visitor: Visitor) -> None:
    open_tab = visitor.open("/q/CET236")
    close(queue)
    page = visitor.press("Take a number", open_tab)
    assert page.path == "/q/CET236"
    assert page.notices == [CLOSED]
    with reading() as session:
        kinds = session.scalars(select(Event.kind).where(Event.kind == EventKind.TURNED_AWAY)).all()
    assert len(kinds) == 1
    assert count(Customer) == 0


def test_a_line_that_filled_meanwhile_refuses_in_words(business: Business, visitor: Visitor) -> None:
    queue = make_queue(business, "SMALL", capacity=1)
    open_tab = visitor.open("/q/SMALL")
    join(queue, ANA)
    page = visitor.press("Take a number", open_tab)
    assert page.notices == [FULL]
    assert line(queue) == [1]


def test_a_refused_join_reads_the_same_on_the_page_and_by_text(
    db: Database, business: Business, visitor: Visitor
) -> None:
    closed, small = make_queue(business, "CLOSED"), make_queue(business, "SMALL", capacity=1)
    hours = time(15, 30), time(17)
    transaction(lambda s: set_hours(s, Queue.lock(s, closed.id), (3,), hours, now=NOON))  # Thursdays
    tabs = {keyword: visitor.open(f"/q/{keyword}") for keyword in ("CLOSED", "SMALL")}
    close(closed), join(small, ANA)
    for keyword, tab in tabs.items():
        assert visitor.press("Take a number", tab).notices == [text_in(keyword, BEN).text]
    assert "opens again. It opens on Thursday at 15:30." in visitor.open("/q/CLOSED").text


def test_the_cookie_is_for_no_script_and_for_no_other_path(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    action, fields = visitor.page.form_of("Take a number")
    answer = visitor.client.post(action, data=fields)
    assert answer.status_code == 303
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("customer=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/q/" in cookie


def test_opening_pages_changes_nothing(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token
    before = (count(Ticket), count(Event), count(Customer), outbox(queue))
    for path in ("/", "/q/CET236", "/q/CET236/board", "/q/CET236/poster", f"/t/{token}", "/phones"):
        assert visitor.open(path).status == 200
    for path in (f"/t/{token}/leave", f"/t/{token}/again", "/phones/send"):
        assert visitor.open(path).status in (404, 405)
    assert (count(Ticket), count(Event), count(Customer), outbox(queue)) == before
