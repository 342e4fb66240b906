"""How long the manager's statistics page of a busy year takes to open, next to that of one day.

The year is written directly into the tables, and its figures are stored by the clock's own job; the pages are
requested in this process.
"""

import random
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from bench.tables import Table, spread
from config.settings import Settings
from jobs.reports.daily_statistics import DailyStatistics
from migrations.migrate import migrate
from models.people.browser_sessions import begin_session
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Role, Servicer
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import database, transaction
from tests.postgres import fresh_postgres

YEAR = 2025
SERVICERS = 5
OPENS, CLOSES = 8, 19
TIMES = 5
A_DAY = timedelta(days=1)


def measure(database_kind: str, many: int, rounds: int) -> Table:
    table = Table(
        f"A year of {many:,} tickets, {database_kind}, {rounds} interleaved rounds of {TIMES} times",
        ("", "ms", "ratio to a day", "MB at most"),
    ).begin()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        address = f"sqlite:///{folder}/shop.sqlite3"
        if database_kind == "postgres":
            address = stack.enter_context(fresh_postgres(durable=True))
        client = _shop(folder, address, many)
        asked = {kind: f"/manage/statistics?span={kind}&on={YEAR}-10-21" for kind in ("day", "month", "year")}
        found = [{kind: _milliseconds(client, path) for kind, path in asked.items()} for _ in range(rounds)]
        for kind, path in asked.items():
            took = [each[kind] for each in found]
            ratios = [each[kind] / each["day"] for each in found]
            table.add(
                kind, spread(took, "{:.0f}"), spread(ratios, "{:.1f}"), f"{_megabytes(client, path):.0f}"
            )
        database().close()
    return table


def _shop(folder: str, address: str, many: int) -> Any:
    environ = {
        "DATABASE_URL": address,
        "DATA_DIR": folder,
        "SECRET_KEY": "benchmark key",
        "LOG_LEVEL": "error",
    }
    app = create_app(Settings.from_environment(environ))
    migrate(database().engine)
    dice = random.Random(YEAR)
    key = transaction(_open)
    days = [date(YEAR, 1, 1) + index * A_DAY for index in range(365)]
    for index, day in enumerate(days):
        guests = many * (index + 1) // len(days) - many * index // len(days)
        transaction(lambda session, day=day, guests=guests: _write_day(session, day, guests, dice))  # type: ignore[misc]
    clock, now = DailyStatistics(), datetime(YEAR + 1, 1, 2, 12, tzinfo=UTC)
    for minute in range(6):
        clock.run(now + minute * timedelta(minutes=1))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = key
    return client


def _open(session: Session) -> str:
    now = datetime(YEAR, 1, 1, tzinfo=UTC)
    business = Business(name="Barber Lopes", timezone="UTC", created_at=now)
    session.add(business)
    session.flush()
    queue = Queue(business_id=business.id, keyword="CET236", name="Haircuts", created_at=now)
    session.add(queue)
    session.flush()
    for index in range(SERVICERS):
        person = {"email": f"{index}@example.com", "password_hash": "!", "session_key": f"key{index}"}
        role = Role.SERVICER if index else Role.MANAGER
        servicer = Servicer(
            business_id=business.id, name=f"Person {index}", role=role, created_at=now, **person
        )
        session.add_all([servicer, Desk(queue_id=queue.id, name=f"Desk {index}")])
    session.flush()
    first = session.scalars(select(Servicer).order_by(Servicer.id)).first()
    assert first is not None
    return begin_session(session, first, browser="", address="", now=datetime.now(UTC))


def _write_day(session: Session, day: date, guests: int, dice: random.Random) -> None:
    queue_id = session.scalars(select(Queue.id)).one()
    servicers = list(session.scalars(select(Servicer.id).order_by(Servicer.id)))
    desks = list(session.scalars(select(Desk.id).order_by(Desk.id)))
    opens = datetime(day.year, day.month, day.day, OPENS, tzinfo=UTC)
    customer = {"business_id": 1, "created_at": opens}
    made = session.execute(
        insert(Customer).returning(Customer.id, sort_by_parameter_order=True),
        [customer | {"phone_hash": f"{day} {index}"} for index in range(guests)],
    ).scalars()
    stories = [_story(opens, dice) for _ in range(guests)]
    stories.sort(key=lambda story: story["joined"])
    tickets = []
    for index, (customer_id, story) in enumerate(zip(made, stories, strict=True)):
        who = dice.randrange(SERVICERS)
        story["who"] = servicers[who], desks[who if dice.random() < 0.8 else dice.randrange(SERVICERS)]
        tickets.append(
            {
                "token": f"{day:%y%m%d}{index:010}",
                "queue_id": queue_id,
                "day": day,
                "number": index + 1,
                "customer_id": customer_id,
                "source": Source.TEXT,
                "state": story["state"],
                "position": -index - 1,
                "joined_at": story["joined"],
                "ended_at": story["ended"],
                "others_let_first": 0,
            }
        )
    ids = session.execute(
        insert(Ticket).returning(Ticket.id, sort_by_parameter_order=True), tickets
    ).scalars()
    session.execute(
        insert(Event),
        [
            event | {"queue_id": queue_id, "ticket_id": ticket_id}
            for ticket_id, story in zip(ids, stories, strict=True)
            for event in _events(story)
        ],
    )
    duty = {"queue_id": queue_id, "actor": "servicer", "ticket_id": None}
    session.execute(
        insert(Event),
        [
            duty | {"servicer_id": servicer, "kind": kind, "at": opens + timedelta(hours=hours)}
            for servicer in servicers
            for kind, hours in ((EventKind.DUTY_BEGAN, 0), (EventKind.DUTY_ENDED, CLOSES - OPENS))
        ],
    )


def _story(opens: datetime, dice: random.Random) -> dict[str, Any]:
    """All moments have microseconds, as real ones do."""
    joined = opens + timedelta(seconds=dice.triangular(0, (CLOSES - OPENS) * 3600, 4 * 3600))
    called = joined + timedelta(seconds=dice.expovariate(1 / 900))
    ahead = dice.randrange(15)
    chance = dice.random()
    state = (
        TicketState.LEFT if chance < 0.06 else TicketState.NO_SHOW if chance < 0.08 else TicketState.SERVED
    )
    started = called + timedelta(seconds=dice.uniform(5, 60)) if dice.random() < 0.7 else None
    ended = called + timedelta(seconds=dice.expovariate(1 / 400) + 60)
    promised = {"source": "text", "low": ahead + 1, "high": 2 * ahead + 6, "expected": 1.5 * ahead + 3.25}
    return {
        "state": state,
        "joined": joined,
        "called": None if state == TicketState.LEFT else called,
        "started": started if state == TicketState.SERVED else None,
        "ended": called if state == TicketState.LEFT else ended,
        "facts": promised | {"ahead": ahead},
    }


def _events(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    servicer, desk = story["who"]
    state = story["state"]
    customer = {"actor": "customer", "servicer_id": None}
    hers = {"actor": "servicer", "servicer_id": servicer, "facts": None}
    yield customer | {"kind": EventKind.JOINED, "at": story["joined"], "facts": story["facts"]}
    if state == TicketState.LEFT:
        yield customer | {"kind": EventKind.LEFT, "at": story["ended"], "facts": {"place": 3}}
        return
    yield hers | {"kind": EventKind.CALLED, "at": story["called"], "facts": {"desk_id": desk}}
    if story["started"] is not None and story["started"] < story["ended"]:
        yield hers | {"kind": EventKind.STARTED, "at": story["started"]}
    yield hers | {"kind": EventKind(state.value), "at": story["ended"]}


def _milliseconds(client: Any, path: str) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
    return statistics.median(took) * 1000


def _megabytes(client: Any, path: str) -> float:
    """Peak memory while the page is rendered."""
    tracemalloc.start()
    client.get(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6
