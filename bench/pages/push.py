"""How long a change takes to reach every open page, next to a minimal server written for this purpose.

The pages are plain connections of this process, so both servers have the same client. A change of ours is a
signed text that joins, with signature, commit and notification; one of the other server is a bare request.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.joins import joins
from bench.servers.load import send_all, send_together, without_pauses
from bench.servers.processes import KEYWORD, kilobytes, shop
from bench.tables import Table, percentile, spread
from tests.acceptance.installation import Installation

PAGES = (1_000, 5_000)
CHANGES = 7
JOINS = 600
APART_SECONDS = 1.2  # longer than changes at the end of a line are delayed with so many pages
OPENED_AT_ONCE = 50
TIMEOUT_SECONDS = 60

Change = Callable[[], Awaitable[None]]


@dataclass
class Audience:
    """The open pages, and when each got the current change."""

    heard: list[float] = field(default_factory=list)
    lost: int = 0
    all_heard: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0

    def hear(self) -> None:
        self.heard.append(time.perf_counter())
        if len(self.heard) == self.count:
            self.all_heard.set()


class OpenPage(asyncio.Protocol):
    """The client side of an event stream: the first data are a greeting, each later event is a change."""

    def __init__(self, audience: Audience, path: str) -> None:
        self.audience, self.path = audience, path
        self.greeted = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.greeted.done():
            if b"data:" in data:
                self.greeted.set_result(None)
        elif b"data: " in data:
            self.audience.hear()

    def connection_lost(self, error: Exception | None) -> None:
        self.audience.lost += 1
        if not self.greeted.done():
            self.greeted.set_exception(error or ConnectionResetError())


COLUMNS = (
    "",
    "p50 ms",
    "p99 ms",
    "worst ms",
    "p99 beside the floor",
    "KB a page",
    "joins/s, no page",
    "joins beside none",
)


@dataclass(frozen=True)
class Round:
    """The results for one number of pages: seconds until each page got a change, and other costs."""

    floor: list[float]
    ours: list[float]
    kilobytes: float  # per page
    alone: float  # joins per second without pages
    beside: float  # joins per second with pages


def measure(database: str, rounds: int) -> Table:
    """Measure changes to every open page, and joins while so many are open."""
    title = f"Push to open pages, {database}, {rounds} interleaved rounds of {CHANGES} changes"
    table = Table(title, COLUMNS).begin()
    with tempfile.TemporaryDirectory() as folder, shop(Path(folder, "shop"), database) as product:
        send_all(product.port, joins(product, JOINS), 12)  # warm-up
        at_rest = kilobytes(product.processes["web"].pid)
        for pages in PAGES:
            if not may_open(pages):
                table.notes.append(f"{pages} pages: this system lets nobody open so many files.")
                continue
            with without_pauses():
                found = [one_round(product, pages, at_rest) for _ in range(rounds)]
            add_rows(table, pages, found)
    table.notes.append(
        "The floor is a server written by hand that does nothing else; ratios are per round. No page was "
        "lost, or there were no table. With pages open, the client of the joins reads for each of them too."
    )
    return table


def one_round(product: Installation, pages: int, at_rest: float) -> Round:
    floor = asyncio.run(follow_the_floor(pages)).took
    alone = send_all(product.port, joins(product, JOINS), 12).per_second
    process = product.processes["web"].pid
    heard = asyncio.run(follow(product.port, f"/events/{KEYWORD}", pages, Joining(product), process))
    return Round(floor, heard.took, (heard.kilobytes - at_rest) / pages, alone, heard.per_second)


def add_rows(table: Table, pages: int, found: list[Round]) -> None:
    ratios = [percentile(each.ours, 99) / percentile(each.floor, 99) for each in found]
    table.add(f"{pages:,} pages: the floor", *cells([each.floor for each in found]), "1.00", "", "", "")
    table.add(
        f"{pages:,} pages: ours",
        *cells([each.ours for each in found]),
        spread(ratios),
        spread([each.kilobytes for each in found], "{:.0f}"),
        spread([each.alone for each in found], "{:.0f}"),
        spread([each.beside / each.alone for each in found]),
    )


def cells(rounds: list[list[float]]) -> list[str]:
    return [
        spread([percentile(took, 50) for took in rounds], "{:.0f}"),
        spread([percentile(took, 99) for took in rounds], "{:.0f}"),
        spread([max(took) * 1000 for took in rounds], "{:.0f}"),
    ]


def may_open(pages: int) -> bool:
    """Raise the limit of open files: every page is one, here and in the server."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = pages * 3 // 2 + 200
    if hard != resource.RLIM_INFINITY and hard < enough:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    return True


class Joining:
    """Signed texts that join: one for a change, or many at once."""

    def __init__(self, product: Installation) -> None:
        self.product = product

    async def one(self) -> None:
        await self.many(1)

    async def many(self, many: int) -> float:
        """Joins per second."""
        made = await send_together(self.product.port, iter(joins(self.product, many)), 12)
        return made.per_second


@dataclass(frozen=True)
class Heard:
    """Seconds from requesting each change until every page got it; joins per second meanwhile; memory."""

    took: list[float]
    per_second: float = 0.0
    kilobytes: float = 0.0


async def follow(
    port: int, path: str, pages: int, change: "Joining | Change", process: int | None = None
) -> Heard:
    audience = Audience(count=pages)
    transports = await open_pages(port, path, audience)
    took = []
    for _ in range(CHANGES):
        await asyncio.sleep(APART_SECONDS)
        audience.heard.clear()
        audience.all_heard.clear()
        began = time.perf_counter()
        await (change.one() if isinstance(change, Joining) else change())
        await asyncio.wait_for(audience.all_heard.wait(), TIMEOUT_SECONDS)
        took += [heard - began for heard in audience.heard]
    memory = kilobytes(process) if process else 0.0
    rate = await change.many(JOINS) if isinstance(change, Joining) else 0.0
    if audience.lost:
        sys.exit(f"{audience.lost} pages were lost.")
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)
    return Heard(took, rate, memory)


async def open_pages(port: int, path: str, audience: Audience) -> list[asyncio.Transport]:
    loop, transports = asyncio.get_running_loop(), []

    async def open_one() -> None:
        transport, page = await loop.create_connection(lambda: OpenPage(audience, path), "127.0.0.1", port)
        transports.append(transport)
        await page.greeted

    for _ in range(audience.count // OPENED_AT_ONCE):
        await asyncio.gather(*(open_one() for _ in range(OPENED_AT_ONCE)))
    return transports


# The floor ----------------------------------------------------------------------------------------------


async def follow_the_floor(pages: int) -> Heard:
    server = subprocess.Popen([sys.executable, "-m", "bench.pages.push"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        return await follow(port, "/follow", pages, lambda: ask_the_floor(port))
    finally:
        server.terminate()
        server.wait()


async def ask_the_floor(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /change HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.read()
    writer.close()


class Floor(asyncio.Protocol):
    """The smallest possible server of server-sent events."""

    pages: set[asyncio.Transport] = set()
    greeting = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hello\n\n"
    news = b"id: 123\ndata: " + b"x" * 120 + b"\n\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET"):
            self.transport.write(self.greeting)
            self.pages.add(self.transport)
            return
        for page in self.pages:
            page.write(self.news)
        self.transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.pages.discard(self.transport)


async def serve_the_floor() -> None:
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve_the_floor())
