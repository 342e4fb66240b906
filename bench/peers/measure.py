"""Joining, and calling the next, by another queue and by ours, round by round.

Joining is one request of their API, without a signature, and with no text to be written. Calling is what a
servicer's page does, with what is shown afterwards.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.compare import WORKERS
from bench.compared import STAFF, Shop
from bench.joins import CLIENTS, joins
from bench.peers.fqm import fqm
from bench.peers.office_hours import office_hours
from bench.peers.peer import Peer
from bench.servers.load import Load, send_all, without_pauses
from bench.servers.processes import cpu_seconds, shop
from bench.tables import Table, percentile, spread

JOINS, PRESSES, WARM_UP = 300, 20, 20
COLUMNS = ("", "a second", "p50 ms", "p99 ms", "CPU ms", "a second: ours ÷ theirs", "CPU: ours ÷ theirs")


@dataclass(frozen=True)
class Work:
    """One round of joins, or of calls."""

    load: Load
    cpu: float  # milliseconds of the web server for each


def measure(database: str, rounds: int, *, fqm_clone: Path | None, office_hours_clone: Path | None) -> Table:
    """Beside FQM, which keeps its line in SQLite, or the office-hours queue, which does in Postgres."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if database == "sqlite":
            peer = stack.enter_context(fqm(_given(fqm_clone, "--fqm"), folder))
        else:
            clone = _given(office_hours_clone, "--office-hours")
            students = WARM_UP + rounds * len(CLIENTS) * JOINS
            peer = stack.enter_context(office_hours(clone, folder, students))
        workers = WORKERS[database]
        ours = Shop(stack.enter_context(shop(folder / "shop", database, workers=workers, staff=STAFF)))
        table = Table(f"Beside {peer.name}, {database}, {rounds} interleaved rounds", COLUMNS).begin()
        join_theirs(peer, WARM_UP, 1), join_ours(ours, WARM_UP, 1)
        for clients in CLIENTS:
            pairs = [
                (join_theirs(peer, JOINS, clients), join_ours(ours, JOINS, clients)) for _ in range(rounds)
            ]
            add_rows(table, f"{clients} clients join", peer, pairs)
        our_staff = [partial(ours.press, browser) for browser in ours.staff]
        pairs = [(call(peer.pid, peer.staff), call(ours.web, our_staff)) for _ in range(rounds)]
        add_rows(table, f"{len(our_staff)} call the next", peer, pairs)
    return table


def _given(clone: Path | None, option: str) -> Path:
    if clone is None:
        sys.exit(f"A clone of the other queue is needed: {option} FOLDER.")
    return clone


def join_theirs(peer: Peer, many: int, clients: int) -> Work:
    requests = peer.joins(many)
    return _work(peer.pid, many, lambda: send_all(peer.port, requests, clients))


def join_ours(ours: Shop, many: int, clients: int) -> Work:
    requests = joins(ours.product, many)
    return _work(ours.web, many, lambda: send_all(ours.product.port, requests, clients))


def call(pid: int, staff: Sequence[Callable[[], float]]) -> Work:
    """All of them press at once, again and again."""

    def press_again(press: Callable[[], float]) -> list[float]:
        return [press() for _ in range(PRESSES)]

    def press_all() -> Load:
        began = time.perf_counter()
        with ThreadPoolExecutor(len(staff)) as together:
            took = [each for presses in together.map(press_again, staff) for each in presses]
        return Load(len(took) / (time.perf_counter() - began), took, errors=0)

    return _work(pid, PRESSES * len(staff), press_all)


def _work(pid: int, many: int, send: Callable[[], Load]) -> Work:
    before = cpu_seconds(pid)
    with without_pauses():
        load = send()
    assert not load.errors, f"{load.errors} of {many} requests failed"
    return Work(load, (cpu_seconds(pid) - before) / many * 1000)


def add_rows(table: Table, what: str, peer: Peer, pairs: list[tuple[Work, Work]]) -> None:
    theirs, ours = [each for each, _ in pairs], [each for _, each in pairs]
    table.add(f"{what}: {peer.name}", *_cells(theirs), "", "")
    rates = [mine.load.per_second / other.load.per_second for other, mine in pairs]
    table.add(
        f"{what}: ours", *_cells(ours), spread(rates), spread([mine.cpu / other.cpu for other, mine in pairs])
    )


def _cells(rounds: list[Work]) -> list[str]:
    return [
        spread([each.load.per_second for each in rounds], "{:.0f}"),
        spread([percentile(each.load.took, 50) for each in rounds], "{:.0f}"),
        spread([percentile(each.load.took, 99) for each in rounds], "{:.0f}"),
        spread([each.cpu for each in rounds]),
    ]
