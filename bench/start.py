"""The time from starting the web process to its first answer, and its memory then, next to the bare route."""

import tempfile
import time
from pathlib import Path

from bench.servers.processes import bare_route, kilobytes, shop, wait_for
from bench.tables import Table, spread
from tests.acceptance.installation import Installation

COLUMNS = ("", "first answer after s", "memory MB", "start ratio", "memory ratio")
AT_REST_SECONDS = 1.0

Start = tuple[float, float]  # seconds, megabytes


def measure(rounds: int) -> Table:
    table = Table(f"Start, sqlite, 1 web process, {rounds} interleaved rounds", COLUMNS).begin()
    with (
        tempfile.TemporaryDirectory() as folder,
        shop(Path(folder, "shop"), "sqlite") as product,
    ):
        product.stop()
        pairs = [(_bare(Path(folder, "bare")), _ours(product)) for _ in range(rounds)]
    for name, which in (("bare route", 0), ("web process of make run", 1)):
        starts = [pair[which] for pair in pairs]
        seconds = [start[0] / pair[0][0] for start, pair in zip(starts, pairs, strict=True)]
        memory = [start[1] / pair[0][1] for start, pair in zip(starts, pairs, strict=True)]
        table.add(
            name,
            spread([start[0] for start in starts]),
            spread([start[1] for start in starts], "{:.0f}"),
            spread(seconds),
            spread(memory),
        )
    return table


def _bare(folder: Path) -> Start:
    began = time.perf_counter()
    with bare_route(folder) as (_, pid):
        return time.perf_counter() - began, _at_rest(pid)


def _ours(product: Installation) -> Start:
    began = time.perf_counter()
    product.start("web")
    wait_for(f"{product.url}/healthz")
    try:
        return time.perf_counter() - began, _at_rest(product.processes["web"].pid)
    finally:
        product.stop()


def _at_rest(pid: int) -> float:
    """Megabytes of the process and its children; shared memory counts once."""
    time.sleep(AT_REST_SECONDS)
    return kilobytes(pid) / 1024
