"""This build beside an older commit, both driven alike and in turn: `python -m bench compare COMMIT`.

The commit's files and its packages are installed in a temporary folder. Each measure is taken of one and of
the other, round by round, so that other load on the machine hits both; what counts is each round's ratio.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.compared import (
    ALONE,
    STAFF,
    Shop,
    an_idle_clock,
    commands,
    crowded_press,
    joins,
    page_alone,
    presses,
    presses_without_scripts,
    public_pages,
    pushes,
    statistics_of_today,
    turn_texts,
    what_a_visit_logs,
)
from bench.servers.checkouts import checkout, programs
from bench.servers.load import without_pauses
from bench.servers.processes import shop
from bench.starts import memory_of_the_clock, start, start_by_make
from bench.tables import Table, spread
from tests.acceptance.installation import ROOT

WORKERS = {"sqlite": 1, "postgres": 2}  # web processes
COLUMNS = ("", "before", "now", "now ÷ before")


@dataclass(frozen=True)
class Measure:
    """What is measured in one go, and in which of our databases."""

    take: Callable[[Shop], dict[str, float]]
    databases: tuple[str, ...] = ("sqlite", "postgres")


# In this order, as each leaves the line and the processes as the next finds them; the last fills the line.
MEASURES = (
    Measure(commands, ("sqlite",)),
    Measure(start, ("sqlite",)),
    Measure(start_by_make, ("sqlite",)),
    Measure(an_idle_clock),
    Measure(joins),
    Measure(public_pages),
    Measure(page_alone),
    Measure(presses),
    Measure(presses_without_scripts),
    Measure(crowded_press, ("sqlite",)),
    Measure(pushes, ("sqlite",)),
    Measure(turn_texts),
    Measure(what_a_visit_logs, ("sqlite",)),
    Measure(memory_of_the_clock, ("sqlite",)),
    Measure(statistics_of_today, ("sqlite",)),
)


def measure(database: str, commit: str, rounds: int, only: str = "") -> Table:
    """`only`: the name of one measure."""
    table = Table(f"Beside {commit}, {database}, {rounds} interleaved rounds", COLUMNS).begin()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = checkout(commit, folder / "checkout")
        alike: dict[str, Any] = {"staff": (*STAFF, *ALONE.values()), "workers": WORKERS[database]}
        older, ours = (
            Shop(stack.enter_context(shop(folder / name, database, root=each, packages=packages, **alike)))
            for name, each, packages in (
                ("older", root, programs(root, folder / "older packages")),
                ("ours", ROOT, programs(ROOT, folder / "our packages")),
            )
        )
        for each in MEASURES:
            if database in each.databases and only in ("", each.take.__name__):
                pairs = [(take(each, older), take(each, ours)) for _ in range(rounds)]
                add_rows(table, pairs)
    return table


def take(measure: Measure, shop: Shop) -> dict[str, float]:
    with without_pauses():
        return measure.take(shop)


def add_rows(table: Table, pairs: list[tuple[dict[str, float], dict[str, float]]]) -> None:
    for name in pairs[0][0]:
        before, now = [old[name] for old, _ in pairs], [new[name] for _, new in pairs]
        ratios = [new / old for old, new in zip(before, now, strict=True)]
        table.add(name, spread(before), spread(now), spread(ratios))
