"""The carrier as a client of our webhooks, which signs everything it posts."""

import itertools
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from config.settings import Settings
from models.storage.database import Base, Database, reading
from security.request_signatures import signed
from tests.world import ANA, SHOP_PHONE

PUBLIC_URL = "https://queue.example.com"
ADDRESS = "203.0.113.9"


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, phone_keys: None) -> Flask:
    environ = {"DATA_DIR": str(tmp_path_factory.mktemp("data")), "PUBLIC_URL": PUBLIC_URL}
    return create_app(Settings.from_environment(environ))


class Carrier:
    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.client.environ_base["HTTP_X_FORWARDED_FOR"] = ADDRESS  # as the proxy adds it
        self.settings: Settings = app.config["SETTINGS"]
        self._sids = (f"SM{index:032x}" for index in itertools.count(1))

    def post(
        self, path: str, form: dict[str, str], *, signature: str | None = None, token: str | None = None
    ) -> TestResponse:
        url = PUBLIC_URL + path
        if signature is None:
            signature = signed(url, form, token or self.settings.auth_token)
        headers = {"X-Twilio-Signature": signature} if signature else {}
        return self.client.post(path, data=form, headers=headers)

    def form(self, body: str, phone: str = ANA, sid: str | None = None, **more: str) -> dict[str, str]:
        sid = sid or next(self._sids)
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.settings.account_sid,
            "From": phone,
            "To": SHOP_PHONE,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        return fields | more

    def texts(self, body: str, phone: str = ANA, sid: str | None = None, **more: str) -> str | None:
        """A customer texts; returns the reply, None if there is none."""
        answer = self.post("/webhooks/sms", self.form(body, phone, sid, **more))
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "text/xml"
        return reply_in(answer.text)


def reply_in(twiml: str) -> str | None:
    messages = ElementTree.fromstring(twiml).findall("Message")
    assert len(messages) <= 1
    return messages[0].text if messages else None


@pytest.fixture
def carrier(app: Flask, db: Database) -> Carrier:
    return Carrier(app)


@pytest.fixture
def no_change(db: Database) -> Callable[[], str]:
    """Returns all rows: call it before and after, and compare."""

    def picture() -> str:
        with reading() as session:
            tables = Base.metadata.sorted_tables
            return "\n".join(
                f"{t.name} {row}"
                for t in tables
                for row in session.execute(t.select().order_by(*t.primary_key))
            )

    return picture
