"""When something is first seen on a slow 3G phone, beside an older commit: `python -m bench paint`.

Chromium opens the pages of both checkouts in turn, each time with an empty cache, at 400 kbit/s, 400 ms for
every request, and a quarter of the processor's speed. The older checkout runs with this one's packages.
"""

import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as Chromium, CDPSession, sync_playwright

from bench.joins import joins
from bench.pages.cost import ticket_of
from bench.servers.checkouts import checkout
from bench.servers.load import send_all
from bench.servers.processes import KEYWORD, shop
from bench.tables import Table, spread
from tests.acceptance.installation import Browser, Installation

COLUMNS = ("", "first paint ms", "KB", "requests", "ratio of first paints")
LEAST_ROUNDS = 7
WAITING = 25
PHONE = {"width": 360, "height": 640}
BYTES_PER_SECOND = 400_000 / 8
LATENCY_MS = 400
TIMES_SLOWER = 4
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

Cookie = dict[str, str]


@dataclass(frozen=True)
class Opened:
    """A page until everything in it was loaded."""

    first_paint: float  # milliseconds
    kilobytes: float  # as they came over the network
    requests: int


@dataclass
class Shop:
    """One checkout, running, with a line of people who wait and a servicer who serves."""

    product: Installation
    paths: dict[str, str]
    cookies: list[Any]
    opened: dict[str, list[Opened]] = field(default_factory=dict)


def measure(beside: str, rounds: int) -> Table:
    rounds = max(rounds, LEAST_ROUNDS)
    title = f"First paint on a slow 3G phone, beside {beside}, {rounds} interleaved rounds"
    table = Table(title, COLUMNS).begin()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = checkout(beside, folder / "checkout")
        older = with_a_line(stack.enter_context(shop(folder / "older", "sqlite", staff=("Rosa",), root=root)))
        ours = with_a_line(stack.enter_context(shop(folder / "ours", "sqlite", staff=("Rosa",))))
        chromium = stack.enter_context(_chromium())
        for page in ours.paths:
            for _ in range(rounds):
                for each in (older, ours):
                    each.opened.setdefault(page, []).append(_open(chromium, each, page))
            _add_rows(table, page, beside, older.opened[page], ours.opened[page])
    return table


def _add_rows(table: Table, page: str, beside: str, older: list[Opened], ours: list[Opened]) -> None:
    ratios = [new.first_paint / old.first_paint for new, old in zip(ours, older, strict=True)]
    for name, opened, ratio in ((beside, older, "1.00"), ("now", ours, spread(ratios))):
        table.add(
            f"{page}: {name}",
            spread([one.first_paint for one in opened], "{:.0f}"),
            f"{statistics.median(one.kilobytes for one in opened):.1f}",
            f"{statistics.median(one.requests for one in opened):.0f}",
            ratio,
        )


# The two checkouts -----------------------------------------------------------------------------------------


def with_a_line(product: Installation) -> Shop:
    """People wait, Rosa serves the first: what a phone opens then, and the cookies of her session."""
    send_all(product.port, joins(product, WAITING), 1)
    rosa = Browser(product).sign_in("Rosa")
    rosa.open(f"/control/{KEYWORD}")
    rosa.press("Call next")
    paths = {
        "queue": f"/q/{KEYWORD}",
        "ticket": f"/t/{ticket_of(product)}",
        "control": f"/control/{KEYWORD}",
    }
    session = [{"name": one.name, "value": one.value, "url": product.url} for one in rosa.session.cookies]
    return Shop(product, paths, session)


# The phone -------------------------------------------------------------------------------------------------


@contextmanager
def _chromium() -> Iterator[Chromium]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def _open(chromium: Chromium, shop: Shop, page: str) -> Opened:
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2)  # type: ignore[arg-type]
    if page == "control":
        context.add_cookies(shop.cookies)
    tab = context.new_page()
    network = context.new_cdp_session(tab)
    _slow_down(network)
    loaded: list[float] = []
    network.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    tab.goto(shop.product.url + shop.paths[page], wait_until="load", timeout=60_000)
    tab.wait_for_function(FIRST_PAINT)
    first_paint = tab.evaluate(FIRST_PAINT)
    context.close()
    return Opened(first_paint, sum(loaded) / 1000, len(loaded))


def _slow_down(network: CDPSession) -> None:
    network.send("Network.enable")
    speed = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed})
    network.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
