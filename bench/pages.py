"""What each public page costs, asked twenty at a time by nobody in particular: CPU time beside a plain page.

A page that costs many times a plain one lets a stranger keep the processor busy with few questions.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import requests

from bench.joins import joins
from bench.load import Load, send_all
from bench.servers import KEYWORD, cpu_seconds, shop
from bench.tables import Table, percentile, spread
from tests.acceptance.installation import Installation

COLUMNS = ("", "requests/s", "p50 ms", "p99 ms", "CPU ms", "CPU ratio")
CLIENTS = 20
REQUESTS = 200
QUEUES = 100
WAITING = 100
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
    "/t/{ticket}",
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
        ticket = ticket_of(product)
        asked = {page: Asked() for page in (PLAIN, *PAGES)}
        for page in asked:
            send_all(product.port, questions(page, ticket, CLIENTS), CLIENTS)  # warm-up
        for _ in range(rounds):
            for page, so_far in asked.items():
                one_round(product, page, ticket, so_far)
        for page, so_far in asked.items():
            table.add(page, *so_far.cells(asked[PLAIN]))
    table.notes.append(f"The ratio is to `{PLAIN}`, which asks no database.")
    return table


def fill(product: Installation) -> None:
    typed = [("queue", "add", f"LAB{index:03d}", "--name", f"Lab {index}") for index in range(QUEUES - 1)]
    product.commands(*((words, "") for words in typed))
    send_all(product.port, joins(product, WAITING), 12)


def ticket_of(product: Installation) -> str:
    """The key of a ticket taken on the web."""
    with requests.Session() as browser:
        page = browser.get(f"{product.url}/q/{KEYWORD}", timeout=20).text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        taken = browser.post(f"{product.url}/q/{KEYWORD}", data={"csrf_token": token}, timeout=20)
    return taken.url.rpartition("/")[2].partition("?")[0]


def one_round(product: Installation, page: str, ticket: str, so_far: Asked) -> None:
    process = product.processes["web"].pid
    before = cpu_seconds(process)
    so_far.loads.append(send_all(product.port, questions(page, ticket, REQUESTS), CLIENTS))
    so_far.cpu.append((cpu_seconds(process) - before) * 1000 / REQUESTS)


def questions(page: str, ticket: str, count: int) -> list[bytes]:
    head = f"GET {page.format(ticket=ticket)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    return [head.encode()] * count
