"""A sign-up that nobody confirmed or used ends after a month, with all that hangs on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.settings import SignUp
from jobs.upkeep import clearing
from jobs.upkeep.clearing import Clearing
from models.people.browser_sessions import begin_session
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.privacy.unused_sign_ups import end_unused_sign_up
from models.queueing.tables.queues import Queue
from models.schema import metadata
from models.storage.database import Database, reading, transaction
from tests.one_database import on_both
from tests.web.account.accounts import NEW, servicer
from tests.web.account.every_table import one_row_in_every_table
from tests.web.visitor import Visitor
from tests.world import NOON, join, make_servicer

NIA = "nia@example.com"
SIGN_UP = {"business": "Cuts", "timezone": "UTC", "name": "Cora", "email": NIA, "new": NEW}
A_MONTH = timedelta(days=31)
KEPT_ELSEWHERE = {"counts", "letters"}  # they end by themselves, and name no business


@pytest.fixture
def sign_up(app: Flask, db: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Visitor]:
    """Makes a business, with a queue that has everything but a customer, and confirms no e-mail."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], signup=SignUp.OPEN))

    def cora() -> Visitor:
        visitor = Visitor(app)
        for page, button, fields in (
            ("/signup", "Sign up", SIGN_UP),
            ("/manage/new-queue", "Add and open", {"name": "Cuts", "keyword": "CUTS"}),
            ("/manage/queues/CUTS/desks", "Add", {"name": "Chair 1"}),
            ("/manage/queues/CUTS/hours", "Save", {"by": "clock", "now": "keep"}),
            ("/manage/holidays", "Add", {"day": "2099-12-26"}),
            ("/manage/queues/CUTS/rules", "Save", {"keyword": "SHAVES"}),
            ("/manage/texts/en/your_turn", "Save", {"words": "It's your turn, dear {number}."}),
            ("/control/SHAVES", "Pause", {}),
        ):
            visitor.open(page)
            visitor.press(button, **fields)
        return visitor

    return cora


def rows() -> dict[str, int]:
    with reading() as session:
        found = {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
            if table.name not in KEPT_ELSEWHERE
        }
    return {table: count for table, count in found.items() if count}


def clear(after: timedelta = A_MONTH) -> None:
    Clearing().run(datetime.now(UTC) + after)


@on_both
def test_it_ends_and_nothing_of_it_is_left(sign_up: Callable[[], Visitor], queue: Queue) -> None:
    before = rows()
    cora = sign_up()
    assert {"duties", "events", "desks", "holidays", "old_keywords", "own_words", "links"} <= rows().keys()
    person = servicer(NIA)
    assert person is not None
    transaction(lambda session: one_row_in_every_table(session, person.business_id))
    assert {"board_messages", "webhook_deliveries", "customers", "open_questions"} <= rows().keys()
    clear(timedelta(days=29))
    assert servicer(NIA) is not None
    clear()
    assert rows() == before
    assert cora.open("/q/SHAVES").status == 404
    assert cora.open("/manage").path.startswith("/login"), (
        "nobody is signed in by what is left in the browser"
    )
    sign_up()
    assert servicer(NIA) is not None, "the e-mail is free for whoever it belongs to"


def make_unused() -> int:
    def work(session: Session) -> int:
        business = Business(name="Cuts", timezone="UTC", created_at=NOON)
        session.add(business)
        session.flush()
        return business.id

    business_id = transaction(work)
    with reading() as session:
        make_servicer(session.get_one(Business, business_id), created_at=NOON, email_proved_at=None)
    return business_id


def test_some_that_cannot_be_deleted_stop_no_other(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = {make_unused() for _ in range(6)}
    make_unused()

    def end(session: Session, **values: Any) -> bool:
        if values["business_id"] in stuck:
            raise IntegrityError("delete", None, Exception("still referred to"))
        return end_unused_sign_up(session, **values)

    monkeypatch.setattr(clearing, "end_unused_sign_up", end)
    clock = Clearing()
    for _ in range(2):  # a few at a time
        clock.run(NOON + A_MONTH)
    with reading() as session:
        assert set(session.scalars(select(Business.id))) == stuck
    assert "unconfirmed sign-up was not deleted" in caplog.text
    stuck.clear()
    for _ in range(2):
        clock.run(NOON + A_MONTH)
    assert rows().get("businesses") is None, "they are tried again"


def somebody_took_a_number(session: Session, person: Servicer) -> None:
    queue = session.scalars(select(Queue).where(Queue.business_id == person.business_id)).one()
    join(queue, None)


def it_has_a_number(session: Session, person: Servicer) -> None:
    session.add(OurNumber(business_id=person.business_id, phone="+15550107777", created_at=NOON))


def it_was_confirmed(session: Session, person: Servicer) -> None:
    person.email_proved_at = NOON


def a_colleague_confirmed(session: Session, person: Servicer) -> None:
    make_servicer(person.business, "Luis")


def they_were_here_lately(session: Session, person: Servicer) -> None:
    begin_session(session, person, browser="", address="", now=NOON + timedelta(days=20))


@pytest.mark.parametrize(
    "use",
    [
        somebody_took_a_number,
        it_has_a_number,
        it_was_confirmed,
        a_colleague_confirmed,
        they_were_here_lately,
    ],
)
def test_what_is_in_use_stays(
    sign_up: Callable[[], Visitor], use: Callable[[Session, Servicer], None]
) -> None:
    sign_up()
    person = servicer(NIA)
    assert person is not None
    if use in (somebody_took_a_number, a_colleague_confirmed):  # they commit by themselves
        with reading() as session:
            use(session, session.get_one(Servicer, person.id))
    else:
        transaction(lambda session: use(session, session.get_one(Servicer, person.id)))
    before = rows()
    clear()
    assert servicer(NIA) is not None
    assert {table: before[table] for table in ("businesses", "queues", "events")} == {
        table: count for table, count in rows().items() if table in ("businesses", "queues", "events")
    }
