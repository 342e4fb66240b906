"""Whether a long history makes joining, calling or the pages slower, at 100 and at many tickets.

The history is written directly into the tables; everything timed goes through the domain functions and the
application, in this process.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from bench import texts
from bench.past import AT_ONCE, settle, write_line, write_past
from bench.tables import Table, spread
from config.settings import Settings
from migrations.migrate import migrate
from models.people.actors import By
from models.people.browser_sessions import begin_session
from models.people.business import Business, OurNumber
from models.people.servicers import Role, Servicer
from models.queueing import calling, ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import connect, database, reading, transaction
from tests.postgres import fresh_postgres

OUR_NUMBER = "+15550100000"
WAITING = 50
LONG_LINE = 10_000
TIMES = 40
COLUMNS = ("", "100 tickets, ms", "{many} tickets, ms", "ratio", "{line} waiting, ms", "ratio")


def measure(database_kind: str, many: int, rounds: int) -> Table:
    columns = [
        column.replace("{many}", f"{many:,}").replace("{line}", f"{LONG_LINE:,}") for column in COLUMNS
    ]
    table = Table(
        f"Growth, {database_kind}, {rounds} interleaved rounds, each the median of {TIMES} times", columns
    ).begin()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        kinds = {"small": (100, WAITING), "old": (many, WAITING), "busy": (0, LONG_LINE)}
        shops = [
            Shop(folder, _address(database_kind, Path(folder, name), stack), past, waiting)
            for name, (past, waiting) in kinds.items()
        ]
        for name in ACTS:
            # Alternating, action by action, so that other load on the machine hits all three.
            found = [[shop.milliseconds(name) for shop in shops] for _ in range(rounds)]
            small, old, busy = zip(*found, strict=True)
            table.add(
                name, spread(small), spread(old), _ratios(old, small), spread(busy), _ratios(busy, small)
            )
    return table


def _ratios(late: Sequence[float], early: Sequence[float]) -> str:
    return spread([each / before for each, before in zip(late, early, strict=True)])


def _address(kind: str, folder: Path, stack: ExitStack) -> str:
    if kind == "postgres":
        return stack.enter_context(fresh_postgres(durable=True))
    folder.mkdir()
    return f"sqlite:///{folder / 'shop.sqlite3'}"


Act = Callable[[], None]


class Shop:
    """One business in this process, with a history of so many tickets and a line of so many people."""

    def __init__(self, folder: str, address: str, past: int, waiting: int) -> None:
        environ = {
            "DATABASE_URL": address,
            "DATA_DIR": folder,
            "SECRET_KEY": "benchmark key",
            "LOG_LEVEL": "error",
        }
        self.settings = Settings.from_environment(environ)
        self.app = create_app(self.settings)
        migrate(database().engine)
        key = transaction(lambda session: _open(session, datetime.now(UTC)))
        _write(past, waiting)
        self.visitor, self.rosa = self.app.test_client(), self.app.test_client()
        with self.rosa.session_transaction() as cookie:
            cookie["_user_id"] = key
        self.phones = iter(texts.new_phones(20_000))
        for text in self._texts("CET236", waiting if past else 1):
            self._post(text, "You are number")
        with reading() as session:
            self.servicer_id = session.scalars(select(Servicer.id)).one()
        database().close()

    def milliseconds(self, name: str) -> float:
        connect(self.settings.database_url)
        act = ACTS[name](self)
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            act()
            took.append(time.perf_counter() - began)
        database().close()
        return statistics.median(took) * 1000

    def join(self) -> Act:
        joins = iter(self._texts("CET236", TIMES))
        return lambda: self._post(next(joins), "You are number")

    def ask(self) -> Act:
        """From a new phone each time: one that asks forty times is rate-limited."""
        asks = iter(texts.made("STATUS", self.last_phones, **self.addressed))
        return lambda: self._post(next(asks), "You are number")

    def serve(self) -> Act:
        return lambda: transaction(lambda session: _serve(session, self.servicer_id))

    def page(self, client: FlaskClient, path: str) -> Act:
        return lambda: _get(client, path)

    def ticket(self) -> Act:
        with reading() as session:
            waiting = select(Ticket.token).where(Ticket.state == TicketState.WAITING)
            token = session.scalars(waiting.order_by(Ticket.position.desc())).first()  # of the last to join
        return self.page(self.visitor, f"/t/{token}")

    def _texts(self, body: str, many: int) -> list[bytes]:
        self.last_phones = list(islice(self.phones, many))
        return texts.made(body, self.last_phones, **self.addressed)

    @property
    def addressed(self) -> dict[str, str]:
        return {
            "public_url": self.settings.public_url,
            "token": self.settings.auth_token,
            "account": self.settings.account_sid,
            "to": OUR_NUMBER,
        }

    def _post(self, request: bytes, answer: str) -> None:
        head, _, posted = request.partition(b"\r\n\r\n")
        lines = [line.decode().partition(": ") for line in head.split(b"\r\n")[1:]]
        headers = {name: value for name, _, value in lines if name.startswith(("X-", "Content-Type"))}
        found = self.visitor.post("/webhooks/sms", data=posted, headers=headers)
        assert answer in found.text, found.text


def _open(session: Session, now: datetime) -> str:
    """Make the shop with its queue; returns the session key of Rosa's browser."""
    business = Business(name="Barber Lopes", timezone="UTC", created_at=now)
    session.add(business)
    session.flush()
    session.add(OurNumber(business_id=business.id, phone=OUR_NUMBER, created_at=now))
    session.add(Queue(business_id=business.id, keyword="CET236", name="Haircuts", created_at=now))
    person = {"email": "rosa@example.com", "password_hash": "!", "session_key": "key", "created_at": now}
    rosa = Servicer(business_id=business.id, name="Rosa", role=Role.MANAGER, **person)
    session.add(rosa)
    session.flush()
    return begin_session(session, rosa, browser="A browser", address="127.0.0.1", now=now)


def _write(past: int, waiting: int) -> None:
    now = datetime.now(UTC)
    for begun in range(0, past, AT_ONCE):
        numbers = range(begun, min(begun + AT_ONCE, past))
        transaction(lambda session, numbers=numbers: write_past(session.connection(), numbers, past, now))  # type: ignore[misc]
        _settle()  # else the planner would assume empty tables
    if not past:
        transaction(lambda session: write_line(session.connection(), waiting, now))
        _settle()


def _settle() -> None:
    with database().engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        settle(connection)


def _serve(session: Session, servicer_id: int) -> None:
    queue = Queue.lock(session, session.scalars(select(Queue.id)).one())
    servicer = session.get_one(Servicer, servicer_id)
    now, by = datetime.now(UTC), By.servicer(servicer_id)
    ticket = calling.call_next(session, queue, servicer, by=by, now=now)
    assert ticket is not None
    ending.finish(session, ticket, by=by, now=now)


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} answered {answer.status_code}"


ACTS: dict[str, Callable[[Shop], Act]] = {
    "join": Shop.join,
    "STATUS": Shop.ask,
    "call next and done": Shop.serve,
    "page of a ticket": Shop.ticket,
    "page of the queue": lambda shop: shop.page(shop.visitor, "/q/CET236"),
    "board": lambda shop: shop.page(shop.visitor, "/q/CET236/board"),
    "servicer's page": lambda shop: shop.page(shop.rosa, "/control/CET236"),
    "manager's overview": lambda shop: shop.page(shop.rosa, "/manage"),
    "manager's statistics": lambda shop: shop.page(shop.rosa, "/manage/statistics"),
}
