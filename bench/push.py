"""How long a change takes to reach every open page, beside a server written by hand for nothing else.

The pages are plain connections of this process, so both servers have the same client. A change of ours is a
signed text that joins: signature, commit, noticing and all; one of the other server is a bare request.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from config import Settings

PAGES = (1_000, 5_000)
CHANGES = 7
ROUNDS = 2
APART_SECONDS = 1.5
OPENED_AT_ONCE = 50
PATIENCE_SECONDS = 60

Change = Callable[[], Awaitable[None]]


@dataclass
class Audience:
    """The open pages, and when each heard of the change under way."""

    heard: list[float] = field(default_factory=list)
    greeted: int = 0
    lost: int = 0
    all_heard: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0

    def hear(self) -> None:
        self.heard.append(time.perf_counter())
        if len(self.heard) == self.count:
            self.all_heard.set()


class OpenPage(asyncio.Protocol):
    """A browser's side of a stream: the first data are a greeting, each later event is news."""

    def __init__(self, audience: Audience, path: str) -> None:
        self.audience, self.path = audience, path
        self.greeted = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET {self.path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n".encode())

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


def main(settings: Settings, join: Callable[[Settings], None]) -> None:
    print(f"\na change to every open page, {ROUNDS} rounds of {CHANGES} changes, ms from asking for it")
    print(f"{'':16}{'pages':>8}{'p50 ms':>10}{'p99 ms':>10}{'worst':>10}{'ratio':>10}")
    for pages in PAGES:
        if not may_open(pages):
            print(f"{pages} pages: this system lets nobody open so many files")
            continue
        ratios = []
        for _ in range(ROUNDS):
            floor = asyncio.run(beside_the_floor(pages))
            ours = asyncio.run(measure(settings.port, "/events/DEMO", pages, joining(settings, join)))
            ratios.append(percentile(ours, 99) / percentile(floor, 99))
            print(f"{'by hand':16}{pages:8}{line(floor)}{1:10.2f}")
            print(f"{'ours':16}{pages:8}{line(ours)}{ratios[-1]:10.2f}")
        print(f"{pages} pages: p99 {statistics.median(ratios):.2f} of the hand-written one's")


def may_open(pages: int) -> bool:
    """Every page is an open file, here and in the server."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = pages * 3 // 2 + 200
    if hard != resource.RLIM_INFINITY and hard < enough:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    return True


def joining(settings: Settings, join: Callable[[Settings], None]) -> Change:
    return lambda: asyncio.to_thread(join, settings)


async def measure(port: int, path: str, pages: int, change: Change) -> list[float]:
    """Seconds from asking for each change to every page's hearing of it."""
    audience = Audience(count=pages)
    transports = await open_pages(port, path, audience)
    took = []
    for _ in range(CHANGES):
        await asyncio.sleep(APART_SECONDS)
        audience.heard.clear()
        audience.all_heard.clear()
        began = time.perf_counter()
        await change()
        await asyncio.wait_for(audience.all_heard.wait(), PATIENCE_SECONDS)
        took += [heard - began for heard in audience.heard]
    if audience.lost:
        sys.exit(f"{audience.lost} pages were lost.")
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)
    return took


async def open_pages(port: int, path: str, audience: Audience) -> list[asyncio.Transport]:
    loop, transports = asyncio.get_running_loop(), []

    async def open_one() -> None:
        transport, page = await loop.create_connection(lambda: OpenPage(audience, path), "127.0.0.1", port)
        transports.append(transport)
        await page.greeted

    for _ in range(audience.count // OPENED_AT_ONCE):
        await asyncio.gather(*(open_one() for _ in range(OPENED_AT_ONCE)))
    return transports


def percentile(took: list[float], percent: int) -> float:
    return statistics.quantiles(took, n=100)[percent - 1] * 1000


def line(took: list[float]) -> str:
    return f"{percentile(took, 50):10.1f}{percentile(took, 99):10.1f}{max(took) * 1000:10.1f}"


# The floor ----------------------------------------------------------------------------------------------


async def beside_the_floor(pages: int) -> list[float]:
    server = subprocess.Popen([sys.executable, "-m", "bench.push"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        return await measure(port, "/follow", pages, lambda: ask_the_floor(port))
    finally:
        server.terminate()
        server.wait()


async def ask_the_floor(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /change HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.read()
    writer.close()


class Floor(asyncio.Protocol):
    """As little as an answer of server-sent events can be."""

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
