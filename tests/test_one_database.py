"""Where a row runs on one database alone, none is lost and both serve its file."""

from types import SimpleNamespace
from typing import Any

from tests.one_database import DATABASES, TESTS, without_rows_of_the_other


def row(
    test: str,
    database: str = "",
    more: str = "",
    *,
    room: str = "web/control",
    file: str = "test_pages.py",
    mark: str = "",
) -> Any:
    parameters = "-".join(part for part in (database, more) if part)
    return SimpleNamespace(
        nodeid=f"tests/{room}/{file}::{test}" + (f"[{parameters}]" if parameters else ""),
        path=TESTS / room / file,
        callspec=SimpleNamespace(params={"kept_database": database}) if database else None,
        get_closest_marker=lambda name: name if name == mark else None,
    )


def on_both(test: str, *more: str, **values: str) -> list[Any]:
    return [row(test, database, each, **values) for each in more or ("",) for database in DATABASES]


def kept(*rows: Any) -> list[str]:
    return [item.nodeid.partition("::")[2] for item in without_rows_of_the_other(list(rows))]


def test_rows_of_a_file_run_on_one_and_the_other_in_turn() -> None:
    first, second, third = on_both("test_a"), on_both("test_b", "en", "fr"), on_both("test_c")
    assert kept(*first, row("test_plain"), *second, *third) == [
        "test_a[sqlite]",
        "test_plain",
        "test_b[postgres-en]",
        "test_b[sqlite-fr]",
        "test_c[postgres]",
    ]


def test_either_may_be_the_first_of_a_file() -> None:
    assert kept(*on_both("test_a"), *on_both("test_a", file="test_page.py")) == [
        "test_a[sqlite]",
        "test_a[postgres]",
    ]


def test_a_row_that_is_asked_for_on_one_database_alone_stays_there() -> None:
    assert kept(row("test_a", "postgres"), row("test_b", "sqlite")) == ["test_a[postgres]", "test_b[sqlite]"]


def test_so_does_one_whose_name_says_nothing_of_databases() -> None:
    drawn = [row("test_a", database) for database in DATABASES]
    for index, each in enumerate(drawn):
        each.nodeid = each.nodeid.partition("[")[0] + f"[drawn-{index}]"
    assert kept(*drawn) == ["test_a[drawn-0]", "test_a[drawn-1]"]


def test_what_is_marked_runs_on_both_and_so_does_what_stands_in_another_room() -> None:
    for rows in (on_both("test_a", mark="on_both"), on_both("test_a", room="models/storage")):
        assert kept(*rows) == ["test_a[sqlite]", "test_a[postgres]"]
    assert kept(*on_both("test_a", room="models/storage", mark="in_turn")) == ["test_a[sqlite]"]


def test_a_room_has_the_rooms_within_it_but_those_that_are_named() -> None:
    assert kept(*on_both("test_a", room="web/control/buttons")) == ["test_a[sqlite]"]
    assert len(kept(*on_both("test_a", room="commands/backup"))) == 2
