"""Files as spreadsheets save them: understood and told, or refused with the true reason."""

from pathlib import Path

import pytest

from models.people.business import Business
from models.queueing.tables.queues import Queue
from tests.commands.conftest import Run
from tests.commands.history.importing import DAY, HEAD, export_records, take_in, tickets
from tests.one_database import in_turn

NAMES = HEAD.strip().split(",")
PLAIN = HEAD + "7,2026-03-09T09:05:00+00:00,,,2026-03-09T14:06:00+00:00,left,,2\n"


def semicolons(*rows: str, head: str = HEAD) -> bytes:
    return (head.replace(",", ";") + "".join(f"{row}\n" for row in rows)).encode()


@in_turn
@pytest.mark.parametrize(
    ("content", "understood"),
    [
        (semicolons("7;2026-03-09 09:05;;;2026-03-09 14:06;left;;2"), ["semicolons", "Europe/Lisbon"]),
        (semicolons("7,0;09/03/2026 09:05;;;09/03/2026 14:06;left;;2,00"), None),
        (semicolons("7;9.3.2026 9:05:00;;;9.3.2026 14:06;left;;2"), ["dates are day-first"]),
        (HEAD.encode() + b"7,9/3/2026 9:05 AM,,,9/3/2026 2:06 PM,left,,2\n", None),
        (HEAD.encode() + b"7,2026/03/09 09:05,,,2026/03/09 14:06:00,left,,2\n", ["Europe/Lisbon"]),
        (HEAD.encode() + b'7,2026-03-09T09:05Z,,,"2026-03-09T14:06:00,000Z",left,,2\n', []),
        (b"sep=;\r\n" + semicolons("7;2026-03-09T09:05Z;;;2026-03-09T14:06Z;left;;2"), ["semicolons"]),
        (
            (HEAD + "7,2026-03-09T09:05Z,,,2026-03-09T14:06Z,Left,,2\n").replace(",", "\t").encode("utf-16"),
            ["tabs"],
        ),
        (
            b"Number,Joined_At,called_at,started_at,ended_at,Outcome,servicer,party,,\n"
            b"7,2026-03-09T09:05Z,,,2026-03-09T14:06Z,LEFT,,2,,\n",
            [],
        ),
    ],
    ids=[
        "semicolons",
        "decimal commas",
        "dots",
        "halves of the day",
        "year first",
        "fraction with a comma",
        "sep=",
        "tabs in UTF-16",
        "capitals and empty columns",
    ],
)
def test_what_can_mean_one_thing_only_is_understood_and_told(
    run: Run, queue: Queue, file: Path, content: bytes, understood: list[str] | None
) -> None:
    file.write_bytes(content)
    options = ["--dates", "day-first"] if understood is None else []
    result = run("history", "import", "CET236", str(file), *options)
    assert result.exit_code == 0, result.output
    for words in understood or []:
        assert words in result.stderr
    assert result.stderr.count("Read as") >= len(understood or [])
    assert export_records(run) == PLAIN


def test_a_dry_run_says_what_would_be_and_changes_nothing(run: Run, queue: Queue, file: Path) -> None:
    file.write_bytes(semicolons("7;29/03/2026 09:05;;;29/03/2026 14:06;left;;2"))
    result = run("history", "import", "CET236", str(file), "--dry-run")
    assert "dates are day-first: 29/03/2026 09:05 is 2026-03-29" in result.stderr
    assert result.stdout == "Dry run: nothing was changed. Imported 1 ticket of 2026-03-29 into CET236.\n"
    assert tickets() == []


def test_times_without_an_offset_are_those_of_the_business(run: Run, queue: Queue, file: Path) -> None:
    file.write_text(HEAD + "7,2026-07-09 09:05,,,2026-07-09 09:06,left,,2\n")
    result = run("history", "import", "CET236", str(file))
    assert "2026-07-09 09:05 is 2026-07-09T09:05:00+01:00" in result.stderr
    assert "7,2026-07-09T09:05:00+01:00," in export_records(run)


@in_turn
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7,03/04/2026 09:05,,,,left,,2", "joined_at may be two days: '03/04/2026 09:05'. Say --dates"),
        (
            "7,03/29/2026 09:05,,,29/03/2026 09:05,left,,2",
            "some dates begin with the day and some with the month",
        ),
        ("7,46090.3784722,,,,left,,2", "a spreadsheet's count of days"),
        ("7,29/03/2026,,,,left,,2", "a date without a time of day"),
        ("7,2026-03-29 01:30,,,,left,,2", "as the clocks of Europe/Lisbon changed"),
        ("7,2025-10-26 01:30,,,,left,,2", "as the clocks of Europe/Lisbon changed"),
        ("7,30/02/2026 09:05,,,,left,,2", "no moment that ever was"),
        ("7,29/03/2026 13:05 PM,,,,left,,2", "no moment that ever was"),
        ("7.5,2026-03-09T09:05Z,,,,left,,2", "number must be a whole number"),
        ("1.234,2026-03-09T09:05Z,,,,left,,2", "number must be a whole number"),
    ],
)
def test_what_may_mean_two_things_or_none_is_refused_with_the_reason(
    run: Run, queue: Queue, file: Path, line: str, reason: str
) -> None:
    file.write_text(f"{HEAD}{line}\n")
    result = run("history", "import", "CET236", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr
    assert tickets() == []


def test_a_file_in_another_encoding_says_how_to_save_it(run: Run, queue: Queue, file: Path) -> None:
    file.write_bytes((HEAD + "7,2026-03-09T09:05Z,,,,left,José,2\n").encode("cp1252"))
    assert 'save as "CSV UTF-8"' in run("history", "import", "CET236", str(file)).stderr


def test_our_own_export_with_another_separator_is_known(
    run: Run, queue: Queue, business: Business, file: Path
) -> None:
    take_in(run, file, DAY)
    file.write_text(export_records(run).replace(",", ";"))
    assert (
        "Nothing to do: CET236 already has all 6 tickets"
        in run("history", "import", "CET236", str(file)).stdout
    )
