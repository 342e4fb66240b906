"""Sign-in attempts are limited per account and per address, across processes, also for unknown accounts."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from models.people.business import Business
from models.people.servicers import Servicer
from models.storage.database import reading, transaction
from models.storage.rate_limits import Count, Limit, clear_old_counts, count, is_over
from tests.one_database import on_both, on_sqlite
from tests.web.account.accounts import HASH, PASSWORD
from tests.web.visitor import Visitor
from tests.world import NOON, make_servicer
from web.account import login_throttle


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes password checks instant: real ones would take seconds here, and are tested elsewhere."""
    for module in ("web.account.signing_in", "web.account.account"):
        monkeypatch.setattr(f"{module}.is_password", lambda given, kept: kept == HASH and given == PASSWORD)


# Hundreds of tries each: the counters are the same, and some tests of a few tries run on both.
POSTGRES_ONLY = pytest.mark.parametrize("kept_database", ["postgres"], indirect=True)


class SignInAttempts:
    """Attempts to sign in from one address, with one browser."""

    def __init__(
        self, app: Flask, address: str = "203.0.113.7", *, client: FlaskClient | None = None
    ) -> None:
        self.client = client or app.test_client()
        self.address = {"REMOTE_ADDR": address}
        html = self.client.get("/login").text
        self.token = html.partition('name="csrf_token" value="')[2].partition('"')[0]

    def attempt(self, email: str = "mia@example.com", password: str = "wrong") -> int:
        form = {"csrf_token": self.token, "email": email, "password": password}
        return self.client.post("/login", data=form, environ_base=self.address).status_code


@on_both
def test_after_ten_wrong_passwords_even_the_right_one_must_wait(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    assert [attempts.attempt() for _ in range(11)] == [401] * 10 + [429]
    assert attempts.attempt(password=PASSWORD) == 429
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15)):
        assert SignInAttempts(app).attempt(password=PASSWORD) == 303


def test_from_another_address_one_can_still_sign_in(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    for _ in range(20):
        attempts.attempt()
    assert SignInAttempts(app, "198.51.100.1").attempt(password=PASSWORD) == 303


def test_an_unknown_account_is_slowed_down_as_well(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    tries = {
        email: [attempts.attempt(email) for _ in range(12)] for email in ("mia@example.com", "no@example.com")
    }
    assert tries["mia@example.com"] == tries["no@example.com"]


def test_many_addresses_at_one_account_are_slowed_down(app: Flask, mia: Servicer) -> None:
    attempts, answers = SignInAttempts(app), []
    for host in range(51):
        attempts.address["REMOTE_ADDR"] = f"203.0.113.{host}"
        answers.append(attempts.attempt())
    assert (answers[49], answers[50]) == (401, 429)


@on_sqlite
def test_one_address_at_many_accounts_is_slowed_down(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    answers = [attempts.attempt(f"no{index}@example.com") for index in range(101)]
    assert (answers[99], answers[100]) == (401, 429)


def counted_rows() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Count)) or 0


@on_sqlite
def test_two_hundred_wrong_passwords_from_one_address_lock_out_nobody_elsewhere(
    app: Flask, mia: Servicer
) -> None:
    attempts = SignInAttempts(app)
    answers = [attempts.attempt() for _ in range(200)]
    assert answers == [401] * 10 + [429] * 190
    assert SignInAttempts(app, "198.51.100.1").attempt(password=PASSWORD) == 303


@POSTGRES_ONLY
def test_nor_do_they_shut_out_colleagues_on_the_same_wifi(
    app: Flask, mia: Servicer, business: Business
) -> None:
    make_servicer(business, "Rosa", email="rosa@example.com", password_hash=HASH)
    attempts = SignInAttempts(app)
    for _ in range(200):
        attempts.attempt("mia@example.com")
    assert SignInAttempts(app).attempt("rosa@example.com", PASSWORD) == 303


@POSTGRES_ONLY
def test_refused_tries_write_nothing(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    for index in range(100):
        attempts.attempt(f"no{index}@example.com")
    before = counted_rows()
    assert {attempts.attempt(f"other{index}@example.com") for index in range(100)} == {429}
    assert counted_rows() == before


@POSTGRES_ONLY
def test_a_device_that_signed_in_before_gets_in_whoever_fails_from_wherever(
    app: Flask, mia: Servicer
) -> None:
    known = SignInAttempts(app, "198.51.100.1")
    assert known.attempt(password=PASSWORD) == 303
    known.client.delete_cookie("take_a_number")  # signed out; the device stays known
    attempts = SignInAttempts(app)
    for host in range(200):
        attempts.address["REMOTE_ADDR"] = f"203.0.113.{host}"
        attempts.attempt()
    assert SignInAttempts(app, "192.0.2.1").attempt(password=PASSWORD) == 429
    assert SignInAttempts(app, "203.0.113.0", client=known.client).attempt(password=PASSWORD) == 303


def test_a_known_device_that_fails_again_and_again_is_slowed_down_as_any_other(
    app: Flask, mia: Servicer
) -> None:
    known = SignInAttempts(app)
    assert known.attempt(password=PASSWORD) == 303
    known.client.delete_cookie("take_a_number")
    known = SignInAttempts(app, client=known.client)
    assert [known.attempt() for _ in range(21)] == [401] * 20 + [429]


def test_a_device_is_known_for_the_accounts_that_signed_in_there_only(
    app: Flask, mia: Servicer, rosa: Servicer
) -> None:
    attempts = SignInAttempts(app)
    assert attempts.attempt(password=PASSWORD) == 303
    attempts.client.delete_cookie("take_a_number")
    attempts = SignInAttempts(app, client=attempts.client)
    assert [attempts.attempt("rosa@example.com") for _ in range(11)] == [401] * 10 + [429]


def test_a_forged_or_stolen_name_of_a_device_gives_nothing(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    attempts.client.set_cookie("device", "WyJ4IixbImFiYyJdXQ.forged.forged")
    assert [attempts.attempt() for _ in range(11)] == [401] * 10 + [429]


def test_a_successful_sign_in_never_counts(app: Flask, mia: Servicer) -> None:
    for _ in range(12):
        assert SignInAttempts(app).attempt(password=PASSWORD) == 303


def test_the_words_tell_how_long_to_wait(app: Flask, mia: Servicer) -> None:
    attempts = SignInAttempts(app)
    for _ in range(11):
        attempts.attempt()
    visitor = Visitor(app)
    visitor.client = attempts.client
    visitor.client.environ_base.update(attempts.address)
    visitor.open("/login")
    page = visitor.press("Sign in", email="mia@example.com", password=PASSWORD)
    assert "Too many failed sign-ins. Try again in 15 min." in page.text


THREE = Limit("three", 3, timedelta(minutes=10))


@on_both
def test_counters_count_in_windows_and_old_ones_are_cleared_away(business: Business) -> None:
    def tries(now: datetime, whose: str = "ana") -> list[bool]:
        return [transaction(lambda s: is_over(s, THREE, whose, now)) for _ in range(4)]

    assert tries(NOON) == [False, False, False, True]
    assert tries(NOON, "ben") == [False, False, False, True]
    assert tries(NOON + timedelta(minutes=10)) == [False, False, False, True]
    transaction(lambda s: clear_old_counts(s, NOON + timedelta(days=2, minutes=5)))
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Count)) == 1


def test_counters_store_no_email_or_address_in_plaintext(business: Business) -> None:
    transaction(lambda s: count(s, login_throttle.OF_ACCOUNT, "mia@example.com", NOON))
    with reading() as session:
        assert "mia" not in str(session.execute(select(Count.__table__)).all())
