"""What `bench compare` measures of one shop: each function gives figures by their name, less being better.

They are used alike with the older commit, through what both have: commands, addresses, buttons, the
carrier's API.
"""

import asyncio
import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import count
from pathlib import Path

import requests

from bench import joins as texts
from bench.pages.cost import questions, ticket_of
from bench.pages.push import Joining, follow, may_open
from bench.servers.load import send_all
from bench.servers.processes import KEYWORD, cpu_seconds, wait_for
from bench.tables import percentile
from tests.acceptance.installation import Browser, Installation, comes_true

CONTROL = f"/control/{KEYWORD}"
IN_PLACE = "X-In-Place"  # as static/js/press.js sends it
WAITING = 200
PRESSES = 10  # of each servicer
CROWDS = {"CROWD50": 50, "CROWD600": 600}
PAGES_ASKED = 40
OPEN_PAGES = 1_000
IDLE_SECONDS = 60.0  # what happens once a minute is in it
SETTLED_SECONDS = 15.0  # until a clock's first jobs are over, on a busy machine too
TURNS = 100
TURN_PAUSE_SECONDS = 0.3  # nobody presses at once again
VISITS = 40
STATISTICS_WAITING = 10_000
STAFF = ("Rosa", "Luis", "Eva", "Tom", "Ida", "Max", "Pia", "Jon")
# Each serves a queue of their own, so that it has just who joined it for this.
ALONE = {"CROWD50": "Fay", "CROWD600": "Meg", "LOGS4": "Lou", "TURNS4": "Tim"}


class Shop:
    """A running checkout, its servicers signed in."""

    def __init__(self, product: Installation) -> None:
        self.product = product
        self.names = count()

    @cached_property
    def staff(self) -> list[Browser]:
        return [Browser(self.product).sign_in(name) for name in STAFF]

    @property
    def web(self) -> int:
        return self.product.processes["web"].pid

    @cached_property
    def alone(self) -> dict[str, Browser]:
        """By the keyword of their queue."""
        for keyword in ALONE:
            self.product.command("queue", "add", keyword, "--name", keyword.title())
        return {keyword: Browser(self.product).sign_in(name) for keyword, name in ALONE.items()}

    def fill(self, waiting: int, browser: Browser | None = None, keyword: str = KEYWORD) -> None:
        """So many wait, at least."""
        browser = browser or self.staff[0]
        browser.open(f"/control/{keyword}")
        missing = waiting - int(browser.page.status_line.split()[0])
        if missing > 0:
            send_all(self.product.port, texts.joins(self.product, missing, keyword), 12)
            browser.open(f"/control/{keyword}")

    def press(self, browser: Browser, *, by_script: bool = True) -> float:
        """Done, or Call next, and the page after it; the seconds until they are there.

        `by_script`: as the page's own script asks, which is led to the page where it isn't answered in place.
        """
        button = "Done" if "Done" in browser.page.buttons else "Call next"
        browser.session.headers.update({IN_PLACE: "yes"} if by_script else {})
        before = browser.waited
        browser.press(button)
        browser.session.headers.pop(IN_PLACE, None)
        return browser.waited - before

    def start_clock(self) -> None:
        """Returns once this one is there: one that was stopped is believed alive for some seconds."""
        assert comes_true(lambda: not self.product.is_ready(), 60)
        self.product.start("clock")
        self.product.wait_until_ready()

    def stop_clock(self) -> None:
        clock = self.product.processes.pop("clock")
        clock.terminate()
        clock.wait()


def commands(shop: Shop) -> dict[str, float]:
    return {
        "flask queue --help, CPU s": _cpu_of(shop, "queue", "--help"),
        "flask queue add, CPU s": _cpu_of(
            shop, "queue", "add", f"LAB{next(shop.names):03d}", "--name", "Lab"
        ),
    }


def _cpu_of(shop: Shop, *words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    shop.product.command(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def joins(shop: Shop) -> dict[str, float]:
    found = {}
    for clients in texts.CLIENTS:
        before = cpu_seconds(shop.web)
        load = send_all(shop.product.port, texts.joins(shop.product, 600), clients)
        assert not load.errors
        found[f"join, {clients} clients, CPU ms"] = (cpu_seconds(shop.web) - before) / 600 * 1000
        found[f"join, {clients} clients, ms of the run for each"] = 1000 / load.per_second
    return found


def public_pages(shop: Shop) -> dict[str, float]:
    ticket = ticket_of(shop.product)
    found = {}
    for name, path in (("queue", f"/q/{KEYWORD}"), ("ticket", "/t/{ticket}")):
        before = cpu_seconds(shop.web)
        load = send_all(shop.product.port, questions(path, {"ticket": ticket}, PAGES_ASKED), 4)
        assert not load.errors
        found[f"page of a {name}, CPU ms"] = (cpu_seconds(shop.web) - before) / PAGES_ASKED * 1000
    return found


def page_alone(shop: Shop) -> dict[str, float]:
    shop.fill(WAITING)
    browser, before = shop.staff[0], cpu_seconds(shop.web)
    for _ in range(PAGES_ASKED):
        assert _get(browser, CONTROL).status_code == 200
    return {f"servicer's page, {WAITING} waiting, CPU ms": _milliseconds(shop, before, PAGES_ASKED)}


def presses(shop: Shop) -> dict[str, float]:
    """Eight servicers at once, each with the page after the press."""
    return _presses(shop, f"press with its page, 8 servicers, {WAITING} waiting", by_script=True)


def presses_without_scripts(shop: Shop) -> dict[str, float]:
    """The same by browsers that run none: the press leads to the page."""
    return _presses(shop, "the same without scripts", by_script=False)


def _presses(shop: Shop, name: str, *, by_script: bool) -> dict[str, float]:
    shop.fill(WAITING)

    def serve(browser: Browser) -> list[float]:
        browser.open(CONTROL)
        return [shop.press(browser, by_script=by_script) for _ in range(PRESSES)]

    before = cpu_seconds(shop.web)
    with ThreadPoolExecutor(len(shop.staff)) as together:
        took = [each for found in together.map(serve, shop.staff) for each in found]
    return {
        f"{name}, CPU ms": _milliseconds(shop, before, len(took) + len(shop.staff)),
        f"{name}, p99 ms": percentile(took, 99),
    }


def crowded_press(shop: Shop) -> dict[str, float]:
    """What a press with its page costs with many in line, beside few."""
    taken = {}
    for keyword, waiting in CROWDS.items():
        browser = shop.alone[keyword]
        shop.fill(waiting, browser, keyword)
        before = cpu_seconds(shop.web)
        for _ in range(PRESSES * 2):
            shop.press(browser)
        taken[keyword] = cpu_seconds(shop.web) - before
    few, many = CROWDS.values()
    return {f"a press with {many} waiting ÷ with {few}": taken["CROWD600"] / taken["CROWD50"]}


def pushes(shop: Shop) -> dict[str, float]:
    if not may_open(OPEN_PAGES):
        return {}
    heard = asyncio.run(follow(shop.product.port, f"/events/{KEYWORD}", OPEN_PAGES, Joining(shop.product)))
    return {f"a change at {OPEN_PAGES:,} open pages, p99 ms": percentile(heard.took, 99)}


def an_idle_clock(shop: Shop) -> dict[str, float]:
    shop.start_clock()
    time.sleep(SETTLED_SECONDS)
    clock = shop.product.processes["clock"].pid
    before = cpu_seconds(clock)
    time.sleep(IDLE_SECONDS)
    spent = (cpu_seconds(clock) - before) / IDLE_SECONDS
    shop.stop_clock()
    return {"clock with nobody there, CPU ms a second": spent * 1000}


def turn_texts(shop: Shop) -> dict[str, float]:
    """From the press to the carrier."""
    browser, took = shop.alone["TURNS4"], []
    shop.fill(TURNS + 5, browser, "TURNS4")
    shop.start_clock()
    for _ in range(TURNS):
        pressed = time.monotonic()
        shop.press(browser)
        number = "".join(each for each in browser.page.now_serving if each.isdigit())
        began = f"It's your turn, number {number}."
        took.append(_sent_at(shop, began) - pressed)
        time.sleep(TURN_PAUSE_SECONDS)
    shop.stop_clock()
    return {
        "turn text at the carrier, p50 ms": percentile(took, 50),
        "turn text at the carrier, p99 ms": percentile(took, 99),
        "the slowest, ms": max(took) * 1000,
    }


def _sent_at(shop: Shop, began: str) -> float:
    """When the carrier got the text that begins so."""

    def found() -> list[float]:
        return [call.at for call in shop.product.carrier.calls if call.body.startswith(began)]

    assert comes_true(found, 20), f"no text was sent that begins {began!r}"
    return found()[0]


def what_a_visit_logs(shop: Shop) -> dict[str, float]:
    """Of the web process and the clock, at the usual level: somebody joins, is called and served."""
    product = shop.product
    product.stop()
    product.environ["LOG_LEVEL"] = "info"
    product.start("web"), product.start("clock")
    product.wait_until_ready()
    browser, before = shop.alone["LOGS4"], _logged(product.folder)
    shop.fill(VISITS, browser, "LOGS4")
    for _ in range(VISITS):
        shop.press(browser)
    product.carrier.settle()
    logged = (_logged(product.folder) - before) / VISITS
    product.stop()
    product.environ["LOG_LEVEL"] = "warning"
    product.start("web")
    wait_for(f"{product.url}/healthz")
    return {"logged for a visit, KB": logged / 1000}


def _logged(folder: Path) -> int:
    return sum(os.path.getsize(log) for log in folder.glob("*.log"))


def statistics_of_today(shop: Shop) -> dict[str, float]:
    shop.fill(STATISTICS_WAITING)
    boss, path = Browser(shop.product).sign_in("boss"), "/manage/statistics"
    assert _get(boss, path).status_code == 200
    before = cpu_seconds(shop.web)
    for _ in range(3):
        assert _get(boss, path).status_code == 200
    return {f"statistics of today, {STATISTICS_WAITING:,} waiting, CPU ms": _milliseconds(shop, before, 3)}


def _get(browser: Browser, path: str) -> requests.Response:
    return browser.session.get(browser.url + path, timeout=60)


def _milliseconds(shop: Shop, before: float, many: int) -> float:
    return (cpu_seconds(shop.web) - before) / many * 1000
