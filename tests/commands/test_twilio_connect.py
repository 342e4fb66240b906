"""`flask twilio connect` points each of our numbers here, asks who has them, and can send a test text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from models.people.business import Business, OurNumber
from models.storage.database import transaction
from tests.commands.conftest import Run, refusal
from tests.fake_carrier import FakeCarrier
from tests.world import ANA, SHOP_PHONE

PUBLIC_URL = "https://queue.example.org"
HERE = f"{PUBLIC_URL}/webhooks/sms#rc=2&rp=ct,rt,5xx"
SECOND = "+15550100001"


@pytest.fixture
def carrier(app: Flask, tmp_path: Path) -> Iterator[FakeCarrier]:
    with FakeCarrier(
        public_url=PUBLIC_URL, app_url="http://127.0.0.1:9", numbers=(SHOP_PHONE, SECOND)
    ) as carrier:
        for number in carrier.numbers.values():
            number.sms_url = "https://demo.twilio.com/welcome"
        app.config["SETTINGS"] = _settings(carrier, tmp_path)
        yield carrier


def _settings(carrier: FakeCarrier, tmp_path: Path, **more: str) -> Settings:
    environ = {
        "DATA_DIR": str(tmp_path / "data"),
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": carrier.account_sid,
        "TWILIO_AUTH_TOKEN": carrier.auth_token,
        "TWILIO_API_URL": carrier.url,
    }
    return Settings.from_environment(environ | more)


def test_every_number_of_ours_leads_here_and_says_where_it_led(
    run: Run, business: Business, carrier: FakeCarrier
) -> None:
    transaction(
        lambda s: s.add(OurNumber(business_id=business.id, phone=SECOND, created_at=business.created_at))
    )
    carrier.numbers[SECOND].sms_method = "GET"
    result = run("twilio", "connect")
    assert result.exit_code == 0, result.output
    assert "before: https://demo.twilio.com/welcome" in result.stdout
    assert {(one.sms_url, one.sms_method) for one in carrier.numbers.values()} == {(HERE, "POST")}
    assert run("twilio", "connect").stdout.count("as before") == 2, "safe to repeat"
    assert carrier.texts_to(ANA) == []


def test_a_number_that_is_an_applications_is_left_alone_until_told_otherwise(
    run: Run, business: Business, carrier: FakeCarrier
) -> None:
    number = carrier.numbers[SHOP_PHONE]
    number.sms_application_sid = "AP1"
    assert "application" in refusal(run("twilio", "connect"), 1)
    assert (number.sms_url, number.sms_application_sid) == ("https://demo.twilio.com/welcome", "AP1")
    assert run("twilio", "connect", "--replace-application").exit_code == 0
    assert (number.sms_url, number.sms_application_sid) == (HERE, "")


def test_a_messaging_service_leaves_incoming_texts_to_the_number(
    app: Flask, run: Run, business: Business, carrier: FakeCarrier, tmp_path: Path
) -> None:
    carrier.service_keeps_incoming = True
    app.config["SETTINGS"] = _settings(carrier, tmp_path, TWILIO_MESSAGING_SERVICE_SID=carrier.service_sid)
    assert run("twilio", "connect").exit_code == 0
    assert not carrier.service_keeps_incoming


def test_a_test_text_is_sent_when_asked_for(run: Run, business: Business, carrier: FakeCarrier) -> None:
    result = run("twilio", "connect", "--test-to", ANA)
    assert result.exit_code == 0, result.output
    assert carrier.texts_to(ANA) == ["Take A Number can text this phone."]


def test_what_stands_in_the_way_is_told_in_one_line(
    app: Flask, run: Run, carrier: FakeCarrier, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert "flask setup" in refusal(run("twilio", "connect"), 1)
    request.getfixturevalue("business")
    del carrier.numbers[SHOP_PHONE]
    assert "is not a number of this Twilio account" in refusal(run("twilio", "connect"), 1)
    app.config["SETTINGS"] = _settings(
        carrier, tmp_path, PUBLIC_URL="http://queue.example.org", TWILIO_API_URL="http://twilio.invalid"
    )
    assert "https" in refusal(run("twilio", "connect"), 1)
    app.config["SETTINGS"] = Settings.from_environment({"DATA_DIR": str(tmp_path / "data")})
    assert "TWILIO_ACCOUNT_SID" in refusal(run("twilio", "connect"), 1)
