"""Which tests need not run whole on both databases.

In the rooms of ONE_IN_TURN the rows of a file alternate between the databases; the length of the file's name
says which comes first. It was recorded that each statement of models/, jobs/outbox, webhooks and web/account
still runs on both (decision 0046). Other rooms mostly use the statements of models/.

- `on_both` exempts a test: several threads take part, the databases differ, or no other test of the room
  covers a statement on one of them.
- `in_turn` adds a test of another room whose rows differ in words, languages or pages.
- `on_sqlite`: SQLite alone, as the database does not matter or only SQLite shows it.

`make test ALL=1` runs every row on both, and so does naming a test: `pytest tests/…/test_x.py::test_y`
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

on_sqlite = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
in_turn = pytest.mark.in_turn
on_both = pytest.mark.on_both
DATABASES = ("sqlite", "postgres")
TESTS = Path(__file__).parent
ONE_IN_TURN = (
    *("bot", "commands", "jobs/outbox", "jobs/queues", "jobs/reports", "webhooks"),
    *("models/queueing", "models/statistics"),
    *("web/account", "web/api", "web/control", "web/customer", "web/http", "web/manage", "web/phones"),
)
# The first two read and write whole tables; the third has several threads.
BUT_NOT = ("commands/backup", "commands/history", "models/queueing/at_once")


def without_rows_of_the_other(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """The items that remain; a row that was requested for one database alone is kept."""
    asked = {item.nodeid for item in items}
    rows_of_file: dict[Path, dict[tuple[str, str], str]] = {}
    for item in items:
        database = _database(item)
        if database and _takes_turns(item):
            test, _, parameters = item.nodeid.partition("[")
            row = (test, parameters.replace(database, "", 1))
            rows = rows_of_file.setdefault(item.path, {})
            turn = rows.setdefault(row, DATABASES[(len(rows) + len(item.path.stem)) % 2])
            other = f"{test}[{parameters.replace(database, turn, 1)}"
            if database != turn and other != item.nodeid and other in asked:
                continue
        yield item


def _database(item: pytest.Item) -> str | None:
    """It stands in the item's name among its parameters; none if the test has no database."""
    callspec = getattr(item, "callspec", None)
    return callspec and callspec.params.get("kept_database")


def _takes_turns(item: pytest.Item) -> bool:
    if item.get_closest_marker("on_both"):
        return False
    return _is_in_a_room(item.path) or item.get_closest_marker("in_turn") is not None


@cache
def _is_in_a_room(file: Path) -> bool:
    def stands_in(rooms: tuple[str, ...]) -> bool:
        return any(file.is_relative_to(TESTS / room) for room in rooms)

    return stands_in(ONE_IN_TURN) and not stands_in(BUT_NOT)
