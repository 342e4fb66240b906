"""For tests that need not run whole on both databases.

`on_sqlite`: on SQLite alone, where no database changes the claim, or only SQLite can show it. `in_turn`: on
both, but each row on one of them, the first on SQLite, the next on Postgres, and so on, where the rows differ
in words, languages or pages and not in what is asked of the database.
"""

from collections.abc import Iterator

import pytest

on_sqlite = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
in_turn = pytest.mark.in_turn
DATABASES = ("sqlite", "postgres")


def without_rows_of_the_other(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """What is left of `items`; a row that is asked for on one database alone stays there."""
    asked = {item.nodeid for item in items}
    rows_of_test: dict[str, list[str]] = {}
    for item in items:
        if item.get_closest_marker("in_turn"):
            database = _database(item)
            row = item.nodeid.replace(database, "DATABASE", 1)
            rows = rows_of_test.setdefault(item.nodeid.partition("[")[0], [])
            if row not in rows:
                rows.append(row)
            turn = DATABASES[rows.index(row) % 2]
            if database != turn and row.replace("DATABASE", turn, 1) in asked:
                continue
        yield item


def _database(item: pytest.Item) -> str:
    """It stands in the item's name among its parameters."""
    assert isinstance(item, pytest.Function), item.nodeid
    return str(item.callspec.params["kept_database"])
