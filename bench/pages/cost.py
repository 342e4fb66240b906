"""What each public page costs, asked twenty at a time by nobody in particular: CPU time beside a plain page.

A page that costs many times a plain one lets a stranger keep the processor busy with few questions.
"""

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, product as product_of
from pathlib import Path

import requests
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bench.joins import joins
from bench.servers.load import Load, send_all
from bench.servers.processes import KEYWORD, cpu_seconds, shop
from bench.tables import Table, percentile, spread
from config.settings import Settings
from models.people.actors import Actor, By
from models.queueing.ending import leave
from models.queueing.tables.boards import COLOURS, MOST_QUEUES, add_board, set_queues
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database
from tests.acceptance.installation import Installation

COLUMNS = ("", "requests/s", "p50 ms", "p99 ms", "CPU ms", "CPU ratio")
CLIENTS = 20
REQUESTS = 200
QUEUES = 100
WAITING = 100
EVENTS = 4_900  # in the wait of the ticket that ended
STEPS = (EventKind.CALLED, EventKind.STARTED, EventKind.SERVED)
PLAIN = "/robots.txt"
# Every address that anybody may open. Streams are measured by push, what is posted by joins.
PAGES = (
    "/",
    "/healthz",
    "/readyz",
    "/readyz/web",
    "/metrics",
    "/login",
    "/signup",
    "/reset",
    "/reset/no-such-key",
    "/invitation/no-such-key",
    "/account/email/no-such-key",
    "/stop/no-such-key",
    "/privacy",
    f"/q?keyword={KEYWORD}",
    f"/q/{KEYWORD}",
    "/q/NOTHING",
    f"/q/{KEYWORD}/board",
    f"/q/{KEYWORD}/poster",
    f"/q/{KEYWORD}/privacy",
    f"/q/{KEYWORD}/text.svg",
    f"/q/{KEYWORD}/page.svg",
    f"/q/{KEYWORD}/text.png",
    f"/q/{KEYWORD}.json",
    f"/q/{KEYWORD}/badge.svg",
    f"/q/{KEYWORD}/embed",
    "/b/{board}",
    "/t/{ticket}",
    "/t/{ended}",
    "/t/no-such-ticket",
    "/no/such/page",
)


@dataclass
class Asked:
    """The rounds of one page."""

    loads: list[Load] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # milliseconds per request

    def cells(self, plain: "Asked") -> list[str]:
        return [
            spread([load.per_second for load in self.loads], "{:.0f}"),
            spread([percentile(load.took, 50) for load in self.loads], "{:.0f}"),
            spread([percentile(load.took, 99) for load in self.loads], "{:.0f}"),
            spread(self.cpu),
            spread([mine / other for mine, other in zip(self.cpu, plain.cpu, strict=True)], "{:.1f}"),
        ]


def measure(database: str, rounds: int) -> Table:
    title = (
        f"Public pages, {CLIENTS} at a time, {QUEUES} queues, {WAITING} waiting, {database}, {rounds} rounds"
    )
    table = Table(title, COLUMNS).begin()
    with tempfile.TemporaryDirectory() as folder, shop(Path(folder, "shop"), database) as product:
        fill(product)
        keys = keys_of(product)
        asked = {page: Asked() for page in (PLAIN, *PAGES)}
        for page in asked:
            send_all(product.port, questions(page, keys, CLIENTS), CLIENTS)  # warm-up
        for _ in range(rounds):
            for page, so_far in asked.items():
                one_round(product, page, keys, so_far)
        for page, so_far in asked.items():
            table.add(page, *so_far.cells(asked[PLAIN]))
    table.notes.append(f"The ratio is to `{PLAIN}`, which asks no database.")
    return table


def fill(product: Installation) -> None:
    typed = [("queue", "add", f"LAB{index:03d}", "--name", f"Lab {index}") for index in range(QUEUES - 1)]
    product.commands(*((words, "") for words in typed))
    send_all(product.port, joins(product, WAITING), 12)


def keys_of(product: Installation) -> dict[str, str]:
    """Of a ticket that waits, one that ended after a long wait, and a board with all queues it may have."""
    keys = {"ticket": ticket_of(product), "ended": ticket_of(product)}
    database = Database(Settings.from_environment(product.environ).database_url)
    try:
        database.transaction(lambda session: end_after_long_wait(session, keys["ended"]))
        return keys | {"board": database.transaction(board_token)}
    finally:
        database.close()


def end_after_long_wait(session: Session, token: str) -> None:
    """Leave after two hours, in which others were called, served and gone."""
    now = datetime.now(UTC)
    ticket = Ticket.with_token(session, token)
    assert ticket is not None
    ticket.joined_at = began = now - timedelta(hours=2)
    session.execute(update(Event).where(Event.ticket_id == ticket.id).values(at=began))
    others = session.scalars(
        select(Ticket.id).where(Ticket.queue_id == ticket.queue_id, Ticket.id < ticket.id)
    )
    steps = zip(range(EVENTS), cycle(product_of(others.all(), STEPS)), strict=False)
    happened = [
        {
            "queue_id": ticket.queue_id,
            "ticket_id": other,
            "kind": kind,
            "actor": Actor.SERVICER,
            "at": began + timedelta(seconds=place),
        }
        for place, (other, kind) in steps
    ]
    session.execute(insert(Event), happened)
    leave(session, ticket, by=By.customer(), now=now)


def board_token(session: Session) -> str:
    queues = session.scalars(select(Queue).order_by(Queue.id).limit(MOST_QUEUES)).all()
    board = add_board(session, queues[0].business_id, "Waiting room", now=datetime.now(UTC))
    set_queues(session, board, list(zip(queues, COLOURS, strict=False)))
    return board.token


def ticket_of(product: Installation) -> str:
    """The key of a ticket taken on the web."""
    with requests.Session() as browser:
        page = browser.get(f"{product.url}/q/{KEYWORD}", timeout=20).text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        taken = browser.post(f"{product.url}/q/{KEYWORD}", data={"csrf_token": token}, timeout=20)
    return taken.url.rpartition("/")[2].partition("?")[0]


def one_round(product: Installation, page: str, keys: dict[str, str], so_far: Asked) -> None:
    process = product.processes["web"].pid
    before = cpu_seconds(process)
    so_far.loads.append(send_all(product.port, questions(page, keys, REQUESTS), CLIENTS))
    so_far.cpu.append((cpu_seconds(process) - before) * 1000 / REQUESTS)


def questions(page: str, keys: dict[str, str], count: int) -> list[bytes]:
    head = f"GET {page.format(**keys)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    return [head.encode()] * count
