"""Whatever is done, the log contains no secrets: passwords, keys, tokens, phones."""

import re
from dataclasses import replace
from io import StringIO

from flask import Flask

from models.people.business import Business
from models.queueing.tables.queues import Queue
from security.passwords import hash_password
from security.request_signatures import signed
from tests.one_database import in_turn
from tests.web.mailbox import SERVER, Mailbox
from tests.web.visitor import Visitor
from tests.world import ANA, SHOP_PHONE, make_servicer

pytestmark = in_turn

PASSWORD, NEW = "correct horse battery", "another good password"


def test_no_secret_stands_in_the_log(app: Flask, business: Business, queue: Queue, written: StringIO) -> None:
    secrets = live_a_day(app, queue, business)
    lines = written.getvalue()
    assert len(lines.splitlines()) > 5, "something was written"
    for secret in secrets:
        assert secret not in lines
    assert not re.search(r"\+?1?5550101\d{3}", lines)


def live_a_day(app: Flask, queue: Queue, business: Business) -> list[str]:
    app.config["SETTINGS"] = settings = replace(app.config["SETTINGS"], mail=SERVER)
    mailbox, visitor = Mailbox(), Visitor(app)
    mia = make_servicer(business, "Mia", email="mia@example.com", password_hash=hash_password(PASSWORD))
    visitor.open("/login")
    token = visitor.page.form_of("Sign in")[1]["csrf_token"]
    visitor.press("Sign in", email="mia@example.com", password="not the password")
    visitor.press("Sign in", email="mia@example.com", password=PASSWORD)
    with visitor.client.session_transaction() as session:
        session_key = session["_user_id"]
    visitor.client.get("/no/such/page?password=hunter22hunter22")
    other = Visitor(app)
    other.open("/reset")
    other.press("Email me a link", email="mia@example.com")
    mailbox.read()
    link_key = mailbox.link().rpartition("/")[2]
    other.open(mailbox.link())
    other.press("Set password", new=NEW)
    form = {"MessageSid": "SM1", "AccountSid": settings.account_sid, "From": ANA, "To": SHOP_PHONE}
    form["Body"] = "CET236 my secret name"
    url = f"{settings.public_url}/webhooks/sms"
    for signature in (signed(url, form, settings.auth_token), "forged"):
        visitor.client.post("/webhooks/sms", data=form, headers={"X-Twilio-Signature": signature})
    taken = visitor.open("/q/CET236")
    press = visitor.page.form_of("Take a number")[1]["press"]
    visitor.press("Take a number", name="A secret name")
    return [
        PASSWORD,
        NEW,
        "not the password",
        "hunter22hunter22",
        "secret name",
        token,
        session_key,
        link_key,
        press,  # whoever sends it is led to its ticket
        mia.password_hash,
        visitor.page.path.rpartition("/")[2] if taken else "",
        settings.secret_key,
        settings.auth_token,
        settings.phone_hash_key,
        *settings.phone_keys,
    ]


def test_no_page_shows_a_secret(app: Flask, business: Business, queue: Queue) -> None:
    settings, visitor = app.config["SETTINGS"], Visitor(app)
    mia = make_servicer(business, "Mia", email="mia@example.com", password_hash="!a hash!")
    visitor.sign_in(mia)
    for address in ("/", "/account", "/control/CET236", "/healthz", "/readyz", "/metrics", "/q/CET236"):
        html = visitor.client.get(address).text
        for secret in (settings.secret_key, settings.auth_token, "!a hash!", mia.session_key):
            assert secret not in html, address
