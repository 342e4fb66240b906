"""`make bench`: the benchmarks, each beside a baseline of the same run; `python -m bench --help` tells more.

A bare number says more about the machine than about the product: rounds alternate, so that whatever else the
machine does falls on both, and what is printed are ratios with their spread. `--write` puts the tables into
docs/performance.md.
"""

import argparse
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import calls, growth, joins, outbox, push, waits, year
from bench.servers import DATABASES
from bench.tables import Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

PARTS: dict[str, Callable[[str, argparse.Namespace], Table]] = {
    "joins": lambda database, chosen: joins.measure(database, chosen.rounds),
    "calls": lambda database, chosen: calls.measure(database, chosen.rounds),
    "push": lambda database, chosen: push.measure(database, chosen.rounds),
    "growth": lambda database, chosen: growth.measure(database, chosen.tickets, chosen.rounds),
    "outbox": lambda database, chosen: outbox.measure(database, chosen.rounds),
    "waits": lambda _, chosen: waits.measure(chosen.rounds),
    "year": lambda database, chosen: year.measure(database, chosen.year_tickets, chosen.rounds),
}
WITHOUT_DATABASE = {"waits"}  # the same on every one: measured once


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description="The benchmarks, as ratios.")
    options.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; all by default"
    )
    options.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument(
        "--tickets", type=int, default=100_000, help="the long past that growth compares with"
    )
    options.add_argument("--year-tickets", type=int, default=110_000, help="of the year that opens")
    options.add_argument("--write", action="store_true", help=f"write the tables to docs/{PAGE.name}")
    chosen = options.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        options.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    databases = DATABASES if chosen.database == "both" else (chosen.database,)
    tables = [
        PARTS[part](database, chosen)
        for part in chosen.parts or PARTS
        for database in (databases[:1] if part in WITHOUT_DATABASE else databases)
    ]
    if chosen.write:
        write(tables)


def write(tables: list[Table]) -> None:
    """Between the two marks of the page; the words around them stay."""
    now = datetime.now(UTC)
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    measured = f"Measured on {now:%Y-%m-%d} with {machine}, by `python -m bench --write`.\n"
    text = PAGE.read_text()
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    body = "\n".join([measured, *(table.markdown() for table in tables)])
    PAGE.write_text(f"{before}{BEGIN}\n{body}{END}{after}")


if __name__ == "__main__":
    main()
