"""Webhooks signed with a shared key that a header names, as the official library verifies them."""

from pathlib import Path

import pytest
from structlog.testing import CapturingLogger
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

import webhooks.signature
from config.environment import SettingsError
from config.settings import Settings
from tests.webhooks.test_signature import ACCOUNT, TOKEN, URL, client_of
from webhooks.signature import KEY_HEADER

KEY, SECRET = "webhooks_sharedkey_one", "the secret of the first shared key"
FORM = MultiDict([("AccountSid", ACCOUNT), ("Body", "CET236 Ana"), ("From", "+15550101001")])
ENVIRONMENT = {
    "PUBLIC_URL": "https://queue.example",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    keys = f"{KEY}={SECRET}, webhooks_sharedkey_two=another secret of theirs"
    environment = ENVIRONMENT | {"DATA_DIR": str(tmp_path), "TWILIO_SHARED_KEYS": keys}
    return client_of(Settings.from_environment(environment))


def post(client: Client, secret: str, algorithm: str, header: str | None) -> int:
    signature = RequestValidator(secret).compute_signature(URL, FORM, algorithm)
    headers = {"X-Twilio-Signature": signature} | ({KEY_HEADER: header} if header is not None else {})
    return client.post("/webhooks/sms", data=FORM, headers=headers).status_code


def test_a_text_signed_with_a_shared_key_that_we_have_gets_in(client: Client) -> None:
    assert post(client, SECRET, "HMAC_SHA256", f"key={KEY},algorithm=HMAC_SHA256") == 200
    assert post(client, SECRET, "HMAC_SHA256", f" algorithm=HMAC_SHA256 , key={KEY}") == 200


def test_the_accounts_token_is_still_good(client: Client) -> None:
    for header in (None, "", "algorithm=HMAC_SHA1"):
        assert post(client, TOKEN, "HMAC_SHA1", header) == 200


@pytest.mark.parametrize(
    ("secret", "algorithm", "header"),
    [
        (SECRET, "HMAC_SHA256", None),  # which would be the token's
        (SECRET, "HMAC_SHA1", f"key={KEY},algorithm=HMAC_SHA1"),
        (SECRET, "HMAC_SHA1", f"key={KEY}"),
        (TOKEN, "HMAC_SHA256", f"key={KEY},algorithm=HMAC_SHA256"),
        (SECRET, "HMAC_SHA256", "key=webhooks_sharedkey_two,algorithm=HMAC_SHA256"),
        (SECRET, "HMAC_SHA256", "key=webhooks_sharedkey_three,algorithm=HMAC_SHA256"),
        (SECRET, "HMAC_SHA256", "algorithm=HMAC_SHA256"),
        (SECRET, "HMAC_SHA256", f"key={KEY},algorithm=HMAC_SHA384"),
        (SECRET, "HMAC_SHA256", "," * 5000),
    ],
)
def test_anything_else_is_refused(client: Client, secret: str, algorithm: str, header: str | None) -> None:
    assert post(client, secret, algorithm, header) == 403


def test_a_key_that_we_do_not_have_is_told_in_the_log(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(webhooks.signature, "log", log)
    post(client, SECRET, "HMAC_SHA256", "key=webhooks_sharedkey_three,algorithm=HMAC_SHA256")
    (line,) = log.calls
    assert line.method_name == "warning"
    assert line.kwargs["reason"] == f"{KEY_HEADER} names a key that TWILIO_SHARED_KEYS does not have"


@pytest.mark.parametrize("given", ["webhooks_sharedkey_one", "one=", "=secret", "one=secret,two"])
def test_a_setting_that_is_none_stops_the_start(tmp_path: Path, given: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_SHARED_KEYS") as refused:
        Settings.from_environment(ENVIRONMENT | {"DATA_DIR": str(tmp_path), "TWILIO_SHARED_KEYS": given})
    assert "secret" not in str(refused.value).replace("secrets of Twilio's", "")
