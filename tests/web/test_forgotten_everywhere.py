"""After FORGET no table holds a name, a phone or a word of that customer, whatever had happened to them."""

import re
from itertools import count

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.phone_numbers import phone_keys
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.storage.dump import rows_of, tables_of
from security.request_signatures import signed
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, SHOP_PHONE, make_queue, minutes

NAME, SECOND, SAID = "Anastasia", "Theophania", "Zebrawood"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")  # whose microseconds may have the digits of a phone
_sids = count(1)


@pytest.fixture
def other(business: Business) -> Queue:
    return make_queue(business, "LAB2", name="Lab", question="What is it about?")


def text(app: Flask, body: str, phone: str = ANA) -> None:
    settings = app.config["SETTINGS"]
    form = {"MessageSid": f"SM{next(_sids)}", "AccountSid": settings.account_sid, "From": phone}
    form |= {"To": SHOP_PHONE, "Body": body}
    url = f"{settings.public_url}/webhooks/sms"
    signature = signed(url, form, settings.auth_token)
    answer = app.test_client().post("/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200


def stands_in(word: str) -> list[str]:
    with reading() as session:
        return [table.name for table in tables_of(session) if _holds(session, table, word)]


def _holds(session: Session, table: object, word: str) -> bool:
    return any(word in MOMENT.sub("", repr(row)) for row in rows_of(session, table))  # type: ignore[arg-type]


def live(app: Flask, rosas: Visitor) -> None:
    """Everything that a name, a phone or words of a customer can go through."""
    text(app, f"CET236 {NAME}"), text(app, f"CET236 {SECOND}"), text(app, "CET236 Ben", BEN)
    text(app, f"I wear a {SAID} hat"), text(app, "15"), text(app, "HERE"), text(app, "LATER")
    rosas.open("/control/CET236")
    rosas.press("Call next"), rosas.press("Undo"), rosas.press("Call next")
    text(app, f"which door, by the {SAID} one?")
    ticket_page = f"/control/CET236/ticket/{rosas.page.form_of('No-show')[1]['present']}"
    rosas.open(ticket_page)
    rosas.press("Reply", note=f"Yes, {SECOND}, the {SAID} one.")
    rosas.open(ticket_page), rosas.press("Save note", note=f"Calls herself {SECOND}.")
    rosas.open(ticket_page), rosas.press("Save note", note=f"{NAME}: the {SAID} hat.")
    rosas.open("/control/CET236")
    rosas.press("No-show")
    rosas.open("/control/CET236/find?words=1001")
    rosas.open(f"/control/CET236/find?words={SECOND}")
    text(app, "LEAVE"), text(app, f"LAB2 {NAME} 3"), text(app, f"I am {SAID}, says {SECOND}")
    text(app, f"I am {SAID} still")
    text(app, f"LAB2 {SECOND}")
    rosas.open("/control/LAB2")
    rosas.press("Add walk-in", name=NAME, phone=ANA)
    rosas.press("Add walk-in", name=f"{NAME} {SECOND}", phone=ANA)


def test_nothing_of_a_customer_is_left(
    app: Flask, db: Database, queue: Queue, other: Queue, rosa: Servicer, rosas: Visitor
) -> None:
    live(app, rosas)
    assert {"tickets", "inbound_messages"} <= set(stands_in(SECOND))
    assert {"remarks", "outbound_messages", "inbound_messages", "tickets"} <= set(stands_in(SAID))
    assert "events" not in stands_in(SAID), "which nobody would search for a note"
    text(app, "FORGET")
    with time_machine.travel(NOON + minutes(5), tick=True):
        text(app, "FORGET")
    found = {
        word: stands_in(word) for word in (NAME, SECOND, SAID, ANA, ANA[2:], ANA[-4:], phone_keys().hash(ANA))
    }
    assert {word: tables for word, tables in found.items() if tables} == {}
