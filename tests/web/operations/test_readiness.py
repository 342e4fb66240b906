"""The readiness checks, and whether this web process should get requests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from jobs.outbox.carrier import Busy, Rejected, Unknown
from migrations.revisions import newest_revision
from models.people.business import Business, OurNumber
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.storage.heartbeats import record_heartbeat
from models.storage.rate_limits import counted
from models.texts.error_codes import RejectionKind
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with
from tests.world import ANA, BEN, SHOP_PHONE, call_next, join, make_servicer
from web.operations.health import KeptReadiness
from web.operations.readiness import CAN_WRITE, CLOCK_GONE

A_MINUTE_AND_A_BIT = timedelta(seconds=61)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def clock_runs(db: Database) -> None:
    transaction(lambda session: record_heartbeat(session, "a clock", now()))


def asked(app: Flask, address: str = "/readyz") -> tuple[int, Any]:
    answer = app.test_client().get(address)
    return answer.status_code, answer.json


def check(app: Flask, name: str) -> tuple[str, str]:
    one = asked(app)[1]["checks"][name]
    return one["status"], one["says"]


@pytest.fixture
def called_at(business: Business, queue: Queue) -> Callable[..., None]:
    """A new servicer calls somebody at that moment."""

    def work(moment: datetime, phone: str = ANA, name: str = "Rosa") -> None:
        join(queue, phone, moment)
        call_next(queue, make_servicer(business, name), moment)

    return work


def test_all_is_in_order(app: Flask, queue: Queue, clock_runs: None) -> None:
    for address in ("/readyz", "/readyz/web"):
        status, body = asked(app, address)
        assert (status, body["status"]) == (200, "ready")
        assert set(body["checks"]) == {"database", "migrations", "writing", "clock", "outbox", "carrier"}
        assert {one["status"] for one in body["checks"].values()} == {"ok"}


def test_without_a_clock_the_web_is_still_to_be_asked(app: Flask, db: Database) -> None:
    status, body = asked(app)
    assert (status, body["status"]) == (503, "degraded")
    assert check(app, "clock") == ("failing", f"never seen: {CLOCK_GONE}")
    assert asked(app, "/readyz/web") == (200, body | {"forwarded": False})


def test_a_clock_that_is_silent_is_gone(app: Flask, db: Database) -> None:
    transaction(lambda session: record_heartbeat(session, "a clock", now() - timedelta(seconds=16)))
    assert check(app, "clock")[0] == "failing"


@pytest.mark.parametrize(("revision", "status"), [("0003", 503), ("9999", 200)])
def test_a_database_behind_this_version_takes_no_traffic_and_one_ahead_does(
    app: Flask, queue: Queue, clock_runs: None, revision: str, status: int
) -> None:
    be_at(revision)
    try:
        for address in ("/readyz", "/readyz/web"):
            assert asked(app, address)[0] == status
        assert revision in check(app, "migrations")[1]
    finally:
        be_at(newest_revision())


# The outbox ---------------------------------------------------------------------------------------------


def test_a_text_that_should_have_left_a_minute_ago_and_did_not(
    app: Flask, called_at: Callable[..., None], clock_runs: None
) -> None:
    called_at(now() - timedelta(seconds=50))
    assert check(app, "outbox") == ("ok", "moving")
    called_at(now() - A_MINUTE_AND_A_BIT, BEN, "Luis")
    status, says = check(app, "outbox")
    assert status == "failing"
    assert says.startswith(f"nothing has left from {SHOP_PHONE} since ")
    assert asked(app, "/readyz/web")[0] == 200


def test_a_long_line_of_texts_that_leave_one_after_another_moves(
    app: Flask, called_at: Callable[..., None], clock_runs: None
) -> None:
    called_at(now() - timedelta(minutes=5))
    change_number(next_text_after=now() - timedelta(seconds=2))
    assert check(app, "outbox") == ("ok", "moving")


def test_a_text_that_is_not_due_yet_or_stale_holds_up_nothing(
    app: Flask, queue: Queue, clock_runs: None
) -> None:
    join(queue, ANA, now() - timedelta(hours=2), source="web")
    assert check(app, "outbox") == ("ok", "moving")


def test_that_the_texts_of_the_day_are_used_up_is_said(
    app: Flask, business: Business, called_at: Callable[..., None], clock_runs: None
) -> None:
    transaction(lambda s: s.execute(update(Business).values(texts_per_day=0)))
    called_at(now() - A_MINUTE_AND_A_BIT)
    assert check(app, "outbox")[1].endswith("the 0 texts of the day are used up")


# The carrier --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Unknown("no answer in time"), "does not answer for"),
        (Busy(reason="no connection"), "takes no texts from"),
        (Rejected(20003, RejectionKind.OUR_CONFIGURATION, "Authenticate"), "nothing leaves from"),
    ],
)
def test_what_the_sender_last_saw_of_the_carrier(
    app: Flask, called_at: Callable[..., None], clock_runs: None, outcome: Any, says: str
) -> None:
    for index, phone in enumerate((ANA, BEN, "+15550101099")):
        called_at(now(), phone, f"Servicer {index}")
    day = Day(now())
    send_all(sender_with(ScriptedCarrier(*[outcome] * 3), day), day, rounds=3)
    status, said = check(app, "carrier")
    assert (status, says in said, SHOP_PHONE in said) == ("failing", True, True)
    assert asked(app)[0] == 503
    assert asked(app, "/readyz/web")[0] == 200, "the pages are needed all the more"


def test_a_carrier_that_answers_again_is_in_order(
    app: Flask, called_at: Callable[..., None], clock_runs: None
) -> None:
    change_number(unanswered=3)
    assert check(app, "carrier")[0] == "failing"
    called_at(now())
    day = Day(now())
    send_all(sender_with(ScriptedCarrier(), day), day)
    assert check(app, "carrier") == ("ok", "answered when last asked")


def test_a_single_call_without_an_answer_is_no_outage(
    app: Flask, called_at: Callable[..., None], clock_runs: None
) -> None:
    called_at(now())
    day = Day(now())
    send_all(sender_with(ScriptedCarrier(Unknown("a reset")), day), day)
    assert check(app, "carrier")[0] == "ok"


def be_at(revision: str | None) -> None:
    transaction(lambda s: s.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision}))


def change_number(**values: Any) -> None:
    def work(session: Session) -> None:
        session.execute(update(OurNumber).values(values))

    transaction(work)


def test_however_often_it_is_asked_within_a_second_little_is_written(
    app: Flask, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.operations.health.READINESS_KEPT_SECONDS", 60)
    monkeypatch.setitem(app.extensions, "readiness", KeptReadiness())
    for _ in range(10):
        asked(app), asked(app, "/readyz/web")
    with reading() as session:
        assert counted(session, CAN_WRITE, "", now()) == 1
