"""Pretend phones: texts go through the real webhook, and our texts appear."""

import json
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from config.settings import Settings
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.pretend_phones import PretendText, store_pretend_text
from tests.acceptance.installation import free_port
from tests.web.visitor import Element, Page, Visitor
from tests.world import ANA, BEN, NOON, SHOP_PHONE, line, make_business, make_queue, ticket
from web.phones.pretend_carrier import texts_of
from web.phones.views import pieces


def made_app(tmp_path_factory: pytest.TempPathFactory, **settings: str) -> Flask:
    environment = {"DATA_DIR": str(tmp_path_factory.mktemp("data")), **settings}
    app = create_app(Settings.from_environment(environment))
    app.config["TESTING"] = True
    return app


@pytest.fixture(scope="module")
def served_app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Iterator[Flask]:
    """A listening installation, so that a phone can call its webhook; its public host differs."""
    port = free_port()
    app = made_app(tmp_path_factory, PORT=str(port), PUBLIC_URL="https://queue.example.org")
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="module")
def unreachable_app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    """An installation whose port nobody listens on."""
    return made_app(tmp_path_factory, PORT=str(free_port()))


@pytest.fixture(scope="module")
def app_with_carrier(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    carrier = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "a token of the tests"}
    return made_app(tmp_path_factory, PUBLIC_URL="https://queue.example.org", **carrier)


@pytest.fixture
def browser(served_app: Flask, db: Database) -> Visitor:
    return Visitor(served_app)


def phone_of(page: Page, name: str) -> Element:
    titles = {title.text: title.attributes["id"] for title in page.root.all("h2")}
    (phone,) = page.root.all("section", **{"aria-labelledby": titles[name]})
    return phone


def texts_on(page: Page, name: str) -> list[str]:
    """The conversation without times: "> " was typed, "< " was received."""
    found = []
    for bubble in phone_of(page, name).all("li"):
        (when,) = bubble.all("time")
        whose, _, words = bubble.text.removesuffix(when.text).strip().partition(": ")
        found.append(("> " if whose == "Sent" else "< ") + words)
    return found


def send(browser: Visitor, name: str, body: str) -> Page:
    """Type a text on this person's phone and press Send."""
    phone = phone_of(browser.page, name)
    (form,) = phone.all("form", **{"class": "compose"})
    fields = {i.attributes["name"]: i.attributes.get("value", "") for i in form.all("input")}
    for choice in form.all("select"):
        options = choice.all("option")
        fields["to"] = next((o for o in options if "selected" in o.attributes), options[0]).attributes[
            "value"
        ]
    answer = browser.client.post(
        form.attributes["action"], data=fields | {"body": body}, follow_redirects=True
    )
    return browser._show(answer)


def test_four_phones_wait_with_a_hint_what_to_text(queue: Queue, browser: Visitor) -> None:
    page = browser.open("/phones")
    assert [title.text for title in page.root.all("h2")] == ["Ana", "Ben", "Cai", "Dee"]
    assert "Text CET236 Ana to take a number" in phone_of(page, "Ana").text
    assert ANA in page.html
    assert BEN in page.html


def test_a_text_takes_a_number_through_the_real_webhook(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    page = send(browser, "Ana", "CET236 Ana 2")
    texts = texts_on(page, "Ana")
    assert texts[0] == "> CET236 Ana 2"
    assert texts[1].startswith("< You are number 1")
    assert len(texts) == 2
    taken = ticket(queue, 1)
    assert (taken.name, taken.party) == ("Ana", 2)
    with reading() as session:
        (inbound,) = session.scalars(select(InboundMessage)).all()
    assert inbound.sid.startswith("SM")
    assert len(inbound.sid) == 34
    assert texts_on(page, "Ben") == []


def test_the_link_in_a_text_can_be_followed(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    page = send(browser, "Ana", "CET236")
    token = ticket(queue, 1).token
    assert phone_of(page, "Ana").all("a", href=f"https://queue.example.org/t/{token}")


def test_whoever_has_a_phone_here_sees_the_door_code(business: Business, browser: Visitor) -> None:
    queue = make_queue(business, door_code=True)
    phone = phone_of(browser.open("/phones"), "Ana")
    (joins,) = phone.all("button", **{"class": "quick-text quick-join"})
    words = joins.attributes["value"]
    assert words.startswith("CET236 ")
    assert words.endswith(" Ana")
    send(browser, "Ana", words)
    assert ticket(queue, 1).name == "Ana"


def test_silence_is_silence(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    assert texts_on(send(browser, "Ana", "STOP"), "Ana") == ["> STOP"]


def test_nothing_typed_sends_nothing(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    assert texts_on(send(browser, "Ana", "   "), "Ana") == []


def test_what_is_typed_is_shown_as_it_is_and_never_as_markup(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    page = send(browser, "Ana", "<b>Olá</b> 😀 \x00")
    assert texts_on(page, "Ana")[0] == "> <b>Olá</b> 😀"
    assert "<b>Olá" not in page.html


def test_what_the_outbox_sends_appears_without_a_reload(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    send(browser, "Ana", "CET236")
    known = max(int(b.attributes["data-id"]) for b in phone_of(browser.page, "Ana").all("li"))

    def sent(session: Session) -> None:
        for phone, body in ((ANA, "It's your turn, number 1."), ("+15550109999", "Not on this page.")):
            store_pretend_text(session, phone, SHOP_PHONE, body, from_phone=False, now=NOON)

    transaction(sent)
    news = json.loads(browser.client.get(f"/phones/texts?phones=4&after={known}").text)
    new = [text for text in news["texts"] if text["id"] > known]
    assert [text["phone"] for text in new] == [ANA]
    assert "It&#39;s your turn, number 1." in new[0]["html"]
    assert texts_on(browser.open("/phones"), "Ana")[-1] == "< It's your turn, number 1."


def test_a_script_is_answered_in_json(queue: Queue, browser: Visitor) -> None:
    browser.open("/phones")
    token = browser.client.get("/phones/texts").json["csrf_token"]
    fields = {"csrf_token": token, "phone": ANA, "to": SHOP_PHONE, "body": "CET236"}
    answer = browser.client.post("/phones/send", data=fields, headers={"Accept": "application/json"})
    assert answer.json == {"problem": None}
    assert line(queue) == [1]


def test_a_webhook_that_is_down_is_told_and_the_text_stays(queue: Queue, unreachable_app: Flask) -> None:
    browser = Visitor(unreachable_app)
    browser.open("/phones")
    page = send(browser, "Ana", "CET236")
    assert page.notices == ["Your text didn't arrive: the webhook did not answer."]
    assert texts_on(page, "Ana") == ["> CET236"]
    assert line(queue) == []


def test_without_a_csrf_token_nothing_is_sent(queue: Queue, browser: Visitor) -> None:
    fields = {"phone": ANA, "to": SHOP_PHONE, "body": "CET236"}
    assert browser.client.post("/phones/send", data=fields).status_code == 400
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(PretendText)) == 0


@pytest.mark.parametrize(
    ("phone", "to"),
    [(SHOP_PHONE, SHOP_PHONE), ("BANK", SHOP_PHONE), ("", SHOP_PHONE), (ANA, "+15550109999"), (ANA, "")],
)
def test_only_a_made_up_phone_texts_only_a_number_of_ours(
    queue: Queue, browser: Visitor, phone: str, to: str
) -> None:
    browser.open("/phones")
    token = browser.client.get("/phones/texts").json["csrf_token"]
    fields = {"csrf_token": token, "phone": phone, "to": to, "body": "CET236"}
    assert browser.client.post("/phones/send", data=fields).status_code == 400
    assert line(queue) == []


def test_phones_can_be_added_up_to_twelve(queue: Queue, browser: Visitor) -> None:
    page = browser.open("/phones?phones=5")
    assert len(page.root.all("section")) == 5
    assert len(browser.open("/phones?phones=999").root.all("section")) == 12
    assert "Add a phone" not in browser.page.text
    assert len(browser.open("/phones?phones=x").root.all("section")) == 4


def test_with_several_numbers_of_ours_one_chooses(queue: Queue, browser: Visitor) -> None:
    clinic = make_business(name="Clinic", number="+15550101002")
    make_queue(clinic, "CLINIC")
    page = browser.open("/phones")
    choices = [option.text for option in phone_of(page, "Ben").all("option")]
    assert choices == ["Barber Lopes +1 555-010-0000", "Clinic +1 555-010-1002"]
    shown = [section.attributes["data-phone"] for section in page.root.all("section")]
    assert shown == ["+15550101001", "+15550101003", "+15550101004", "+15550101005"]


def test_without_any_business_it_says_what_to_do(browser: Visitor) -> None:
    page = browser.open("/phones")
    assert page.status == 200
    assert "flask setup --help" in page.text


def test_with_a_carrier_there_are_no_pretend_phones(app_with_carrier: Flask) -> None:
    client = app_with_carrier.test_client()
    assert client.get("/phones").status_code == 404
    assert client.get("/phones/texts").status_code == 404
    assert "pretend" not in client.get("/").text


def test_phones_are_of_our_own_country(browser: Visitor, business: Business) -> None:
    lisbon = make_business(name="Lisboa", number="+351210000000")
    assert lisbon.id > business.id
    assert "+351" not in "".join(
        section.attributes["data-phone"] for section in browser.open("/phones").root.all("section")
    )


def test_links_are_cut_out_of_a_text() -> None:
    assert pieces("See it live: https://a.example/t/x_-Y. Bye") == (
        ("See it live: ", False),
        ("https://a.example/t/x_-Y", True),
        (". Bye", False),
    )
    assert pieces("javascript:alert(1)") == (("javascript:alert(1)", False),)


def test_twiml_is_read_as_the_carrier_reads_it() -> None:
    assert texts_of(b"<Response/>") == []
    assert texts_of(b'<?xml version="1.0"?><Response><Message>a &lt; b</Message></Response>') == ["a < b"]
    assert texts_of(b"<Response><Message><Body>one</Body></Message><Message>two</Message></Response>") == [
        "one",
        "two",
    ]


@pytest.mark.parametrize("after", ["1659547594953776036839424", "-1659547594953776036839424", "x"])
def test_an_impossible_place_to_go_on_from_breaks_nothing(visitor: Visitor, after: str) -> None:
    assert visitor.client.get(f"/phones/texts?after={after}").status_code == 200
