"""`make bench`: the benchmarks, each beside a baseline of the same run; `python -m bench --help` tells more.

A bare number says more about the machine than about the product, so rounds alternate between both, other load
on the machine hits both, and the output is ratios with their spread. `--write` puts the tables into
docs/performance.md.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from bench import calls, compare, growth, joins, outbox, start, understanding, waits, year
from bench.page import PAGE, write
from bench.pages import cost as pages, paint, push
from bench.peers import measure as peers
from bench.servers.checkouts import BEFORE
from bench.servers.processes import DATABASES
from bench.tables import Table

PARTS: dict[str, Callable[[str, argparse.Namespace], Table]] = {
    "compare": lambda database, chosen: compare.measure(database, chosen.beside, chosen.rounds, chosen.only),
    "joins": lambda database, chosen: joins.measure(database, chosen.rounds),
    "calls": lambda database, chosen: calls.measure(database, chosen.rounds),
    "push": lambda database, chosen: push.measure(database, chosen.rounds),
    "growth": lambda database, chosen: growth.measure(database, chosen.tickets, chosen.rounds),
    "peers": lambda database, chosen: peers.measure(
        database, chosen.rounds, fqm_clone=chosen.fqm, office_hours_clone=chosen.office_hours
    ),
    "outbox": lambda database, chosen: outbox.measure(database, chosen.rounds),
    "pages": lambda database, chosen: pages.measure(database, chosen.rounds),
    "paint": lambda _, chosen: paint.measure(chosen.beside, chosen.rounds),
    "start": lambda _, chosen: start.measure(chosen.rounds),
    "understanding": lambda _, chosen: understanding.measure(chosen.rounds),
    "waits": lambda _, chosen: waits.measure(chosen.rounds),
    "year": lambda database, chosen: year.measure(database, chosen.year_tickets, chosen.rounds),
}
WITHOUT_DATABASE = {"paint", "start", "understanding", "waits"}  # measured once
# They need what not everybody has: the history of the repository, Chromium, clones.
ONLY_BY_NAME = {"compare", "paint", "peers"}


def name(part: str, database: str) -> str:
    return part if part in WITHOUT_DATABASE else f"{part}, {database}"


ORDER = list(dict.fromkeys(name(part, database) for part in PARTS for database in DATABASES))


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description="The benchmarks, as ratios.")
    options.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"any of {', '.join(PARTS)}; by default all but {', '.join(sorted(ONLY_BY_NAME))}",
    )
    options.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument(
        "--tickets", type=int, default=1_000_000, help="the long past that growth compares with"
    )
    options.add_argument("--year-tickets", type=int, default=110_000, help="of the year that opens")
    options.add_argument("--beside", default=BEFORE, help="the commit that compare and paint compare with")
    options.add_argument("--only", default="", help="one measure of compare, by the name of its function")
    options.add_argument("--fqm", type=Path, metavar="CLONE", help="of FQM, for peers on SQLite")
    options.add_argument(
        "--office-hours", type=Path, metavar="CLONE", help="of the office-hours queue, for peers on Postgres"
    )
    options.add_argument("--write", action="store_true", help=f"write the tables to docs/{PAGE.name}")
    chosen = options.parse_args()
    if chosen.parts[:1] == ["compare"] and chosen.parts[1:]:
        chosen.parts, chosen.beside = ["compare"], chosen.parts[1]
    if unknown := set(chosen.parts) - set(PARTS):
        options.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    databases = DATABASES if chosen.database == "both" else (chosen.database,)
    for part in chosen.parts or [part for part in PARTS if part not in ONLY_BY_NAME]:
        for database in databases[:1] if part in WITHOUT_DATABASE else databases:
            table = PARTS[part](database, chosen)
            if chosen.write:  # right away: a later benchmark may fail
                write({name(part, database): table}, ORDER)


if __name__ == "__main__":
    main()
