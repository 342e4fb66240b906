"""Whether a long history makes anything slower: joining, calling, and the pages, at 100 and at many tickets.

The past is written straight into the tables, as it would lie there; everything timed goes through the verbs
and the application, in this process.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from bench import texts
from bench.tables import Table, spread
from config import Settings
from migrations import migrate
from models.browser_sessions import begin_session
from models.business import Business, OurNumber
from models.database import connect, database, reading, transaction
from models.event import By, Event, EventKind
from models.people import Customer, Role, Servicer
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import Source, TicketState
from tests.postgres import fresh_postgres

OUR_NUMBER = "+15550100000"
WAITING = 50
TIMES = 40
ROUNDS_OF_PAST = 5_000  # rows written at once
COLUMNS = ("", "100 tickets, ms", "{many} tickets, ms", "ratio")


def measure(database_kind: str, many: int, rounds: int) -> Table:
    columns = [column.replace("{many}", f"{many:,}") for column in COLUMNS]
    table = Table(
        f"Growth, {database_kind}, {rounds} interleaved rounds, each the median of {TIMES} times", columns
    ).begin()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        small = Shop(folder, _address(database_kind, Path(folder, "small"), stack), 100)
        large = Shop(folder, _address(database_kind, Path(folder, "large"), stack), many)
        found = [(small.timed(), large.timed()) for _ in range(rounds)]
    for name in found[0][0]:
        of_small, of_large = ([both[i][name] for both in found] for i in (0, 1))
        ratios = [late / early for early, late in zip(of_small, of_large, strict=True)]
        table.add(name, spread(of_small), spread(of_large), spread(ratios))
    return table


def _address(kind: str, folder: Path, stack: ExitStack) -> str:
    if kind == "postgres":
        return stack.enter_context(fresh_postgres(durable=True))
    folder.mkdir()
    return f"sqlite:///{folder / 'shop.sqlite3'}"


class Shop:
    """One business in this process, with a past of so many tickets and a line of fifty."""

    def __init__(self, folder: str, address: str, past: int) -> None:
        environ = {
            "DATABASE_URL": address,
            "DATA_DIR": folder,
            "SECRET_KEY": "benchmark key",
            "LOG_LEVEL": "error",
        }
        self.settings = Settings.from_environment(environ)
        self.app = create_app(self.settings)
        migrate(database().engine)
        transaction(lambda session: _open(session, datetime.now(UTC)))
        _write_past(past)
        self.client = self.app.test_client()
        for request in self._joins(WAITING):
            self._post(request)
        database().close()

    def timed(self) -> dict[str, float]:
        """Milliseconds, by what was done."""
        connect(self.settings.database_url)
        joining = iter(self._joins(TIMES))
        with reading() as session:
            servicer = session.scalars(select(Servicer)).one()
            token = session.scalars(select(Ticket.token).where(Ticket.state == TicketState.WAITING)).first()
        signed_in = self.app.test_client()
        with signed_in.session_transaction() as cookie:
            cookie["_user_id"] = transaction(
                lambda session: begin_session(
                    session, servicer, browser="", address="", now=datetime.now(UTC)
                )
            )
        found = {
            "join": _median(lambda: self._post(next(joining))),
            "page of a ticket (status)": _median(lambda: _get(self.client, f"/t/{token}")),
            "page of the queue": _median(lambda: _get(self.client, "/q/CET236")),
            "control page": _median(lambda: _get(signed_in, "/control/CET236")),
            "call next and done": _median(lambda: transaction(lambda session: _serve(session, servicer.id))),
        }
        database().close()
        return found

    def _joins(self, many: int) -> list[bytes]:
        return texts.joins(
            many,
            public_url=self.settings.public_url,
            token=self.settings.auth_token,
            account=self.settings.account_sid,
            to=OUR_NUMBER,
            keyword="CET236",
        )

    def _post(self, request: bytes) -> None:
        head, _, posted = request.partition(b"\r\n\r\n")
        lines = [line.decode().partition(": ") for line in head.split(b"\r\n")[1:]]
        headers = {name: value for name, _, value in lines if name.startswith(("X-", "Content-Type"))}
        answer = self.client.post("/webhooks/sms", data=posted, headers=headers)
        assert "You are number" in answer.text, answer.text


def _open(session: Session, now: datetime) -> None:
    business = Business(name="Barber Lopes", timezone="UTC", created_at=now)
    session.add(business)
    session.flush()
    session.add(OurNumber(business_id=business.id, phone=OUR_NUMBER, created_at=now))
    session.add(Queue(business_id=business.id, keyword="CET236", name="Haircuts", created_at=now))
    person = {"email": "rosa@example.com", "password_hash": "!", "session_key": "key", "created_at": now}
    session.add(Servicer(business_id=business.id, name="Rosa", role=Role.MANAGER, **person))


def _write_past(many: int) -> None:
    """Customers who came once each, were called and served, on days long over."""
    first = datetime.now(UTC) - timedelta(days=30 + many // 500)
    for begun in range(0, many, ROUNDS_OF_PAST):
        numbers = range(begun, min(begun + ROUNDS_OF_PAST, many))
        transaction(lambda session, numbers=numbers: _write(session, numbers, first))  # type: ignore[misc]


def _write(session: Session, numbers: range, first: datetime) -> None:
    queue = session.scalars(select(Queue)).one()
    customers = [
        {"business_id": queue.business_id, "phone_hash": f"past {n}", "created_at": first} for n in numbers
    ]
    made = session.execute(insert(Customer).returning(Customer.id, sort_by_parameter_order=True), customers)
    tickets = [
        {
            "token": f"past{n:012}",
            "queue_id": queue.id,
            "day": (first + timedelta(days=n // 500)).date(),
            "number": n % 500 + 1,
            "customer_id": customer_id,
            "source": Source.TEXT,
            "state": TicketState.SERVED,
            "position": -n - 1,
            "joined_at": (joined := first + timedelta(days=n // 500, minutes=n % 500)),
            "called_at": joined + timedelta(minutes=8),
            "started_at": joined + timedelta(minutes=9),
            "ended_at": joined + timedelta(minutes=14),
            "others_let_first": 0,
        }
        for n, customer_id in zip(numbers, made.scalars(), strict=True)
    ]
    ids = session.execute(
        insert(Ticket).returning(Ticket.id, sort_by_parameter_order=True), tickets
    ).scalars()
    moments = (
        (EventKind.JOINED, "joined_at"),
        (EventKind.CALLED, "called_at"),
        (EventKind.SERVED, "ended_at"),
    )
    session.execute(
        insert(Event),
        [
            {
                "queue_id": queue.id,
                "ticket_id": ticket_id,
                "kind": kind,
                "at": ticket[at],
                "actor": "customer",
            }
            for ticket_id, ticket in zip(ids, tickets, strict=True)
            for kind, at in moments
        ],
    )


def _serve(session: Session, servicer_id: int) -> None:
    queue = Queue.lock(session, session.scalars(select(Queue.id)).one())
    servicer = session.get_one(Servicer, servicer_id)
    now, by = datetime.now(UTC), By.servicer(servicer_id)
    ticket = queue.call_next(session, servicer, by=by, now=now)
    assert ticket is not None
    ticket.finish(session, by=by, now=now)


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} answered {answer.status_code}"


def _median(act: Callable[[], None]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
