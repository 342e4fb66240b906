"""Servicers who call people at the same moment through their pages: nobody twice, nobody skipped, fairly."""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.joins import joins
from bench.servers.load import send_all, without_pauses
from bench.servers.processes import KEYWORD, shop
from bench.tables import Table, percentile, spread
from tests.acceptance.installation import Browser, Installation

STAFF = ("Rosa", "Luis", "Eva", "Tom", "Ida", "Max", "Pia", "Jon")
CALLED_EACH_ROUND = 160
COLUMNS = (
    "",
    "calls/s",
    "press p50 ms",
    "p99",
    "longest",
    "page p50 ms",
    "p99",
    "longest",
    "slowest/fastest",
    "twice",
    "skipped",
)


@dataclass
class Servicer:
    name: str
    browser: Browser
    presses: list[float] = field(default_factory=list)  # seconds per press
    pages: list[float] = field(default_factory=list)
    called: list[int] = field(default_factory=list)
    ended: float = 0.0


def measure(database: str, rounds: int) -> Table:
    table = Table(f"Call next, 8 callers, {database}, {rounds} rounds", COLUMNS).begin()
    workers = 2 if database == "postgres" else 1
    with (
        tempfile.TemporaryDirectory() as folder,
        shop(Path(folder, "shop"), database, workers=workers, staff=STAFF) as product,
    ):
        callers = [Servicer(name, Browser(product).sign_in(name)) for name in STAFF]
        rates, shares = [], []
        for _ in range(rounds):
            send_all(product.port, joins(product, CALLED_EACH_ROUND), 12)
            with without_pauses():
                rate, share = one_round(product, callers)
            rates.append(rate)
            shares.append(share)
        called = Counter(number for caller in callers for number in caller.called)
        expected = set(range(1, rounds * CALLED_EACH_ROUND + 1))
        table.add(
            "Done, which calls the next",
            spread(rates, "{:.0f}"),
            *_took([took for caller in callers for took in caller.presses]),
            *_took([took for caller in callers for took in caller.pages]),
            spread(shares),
            str(sum(times - 1 for times in called.values())),
            str(len(expected - set(called))),
        )
    table.notes.append(
        "A press is a form posted; then the page is fetched, as a browser without scripts does it. Calls a "
        "second are of both together."
    )
    return table


def _took(seconds: list[float]) -> list[str]:
    found = (percentile(seconds, 50), percentile(seconds, 99), max(seconds) * 1000)
    return [f"{milliseconds:.0f}" for milliseconds in found]


def one_round(product: Installation, callers: list[Servicer]) -> tuple[float, float]:
    """Calls per second, and the slowest caller's calls relative to the fastest's while all were calling."""
    began = time.perf_counter()
    before = [len(caller.called) for caller in callers]
    with ThreadPoolExecutor(len(callers)) as together:
        list(together.map(serve_until_nobody_waits, callers))
    seconds = max(caller.ended for caller in callers) - began
    shares = [len(caller.called) - had for caller, had in zip(callers, before, strict=True)]
    return sum(shares) / seconds, min(shares) / max(shares)


def serve_until_nobody_waits(caller: Servicer) -> None:
    browser = caller.browser
    page = browser.open(f"/control/{KEYWORD}")
    for _ in range(CALLED_EACH_ROUND + 1):
        action, form = page.form_of("Done" if "Done" in page.buttons else "Call next")
        answer = browser.session.post(browser.url + action, data=form, timeout=20, allow_redirects=False)
        caller.presses.append(answer.elapsed.total_seconds())
        before = browser.waited
        page = browser.open(f"/control/{KEYWORD}")
        caller.pages.append(browser.waited - before)
        if "Done" not in page.buttons:
            break
        caller.called.append(int("".join(c for c in page.now_serving if c.isdigit())))
    caller.ended = time.perf_counter()
