"""The history file, read line by line: what is accepted, what is refused, and with which message."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from models.history.file import COLUMNS, LONGEST_LINE, read_history, write_history
from models.history.records import MOST_FAULTS, Record, completed, events_of, inconsistency, sort_events
from models.queueing.tables.ticket_states import TicketState
from tests.commands.records import at, record

HEAD = ",".join(COLUMNS) + "\n"
GOOD = "1,2026-03-10T09:00:00+00:00,2026-03-10T09:05:00+00:00,,2026-03-10T09:15:00+00:00,served,Rosa,2\n"


def read(*lines: str) -> list[Record]:
    records, faults = read_history((HEAD + "".join(lines)).encode())
    assert faults == []
    return records


def faults(*lines: str) -> list[str]:
    return [str(fault) for fault in read_history((HEAD + "".join(lines)).encode())[1]]


def test_a_line_is_read_as_it_stands() -> None:
    (found,) = read(GOOD)
    assert found == Record(
        number=1,
        joined_at=at("09:00:00"),
        called_at=at("09:05:00"),
        started_at=None,
        ended_at=at("09:15:00"),
        outcome=TicketState.SERVED,
        servicer="Rosa",
        party=2,
    )
    assert found.line == 2


def test_empty_cells_are_unknown() -> None:
    (found,) = read("7,2026-03-10T09:00:00+00:00,,,,left,,\n")
    assert (found.called_at, found.started_at, found.ended_at) == (None, None, None)
    assert (found.servicer, found.party) == (None, None)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-10T10:00:00+01:00",
        "2026-03-10T09:00:00Z",
        "2026-03-10 09:00+0000",
        "2026-03-10T09:00:00.000+00:00",
        "2026-03-09T22:30:00-10:30",
    ],
)
def test_a_moment_may_be_written_in_any_way_that_names_its_offset(moment: str) -> None:
    (found,) = read(f"1,{moment},,,,left,,\n")
    assert found.joined_at == at("09:00:00")


def test_files_of_spreadsheets_are_read() -> None:
    lines = (HEAD + GOOD + "\n" + ",,,,,,,\n").replace("\n", "\r\n")
    records, wrong = read_history(b"\xef\xbb\xbf" + lines.encode())
    assert (len(records), wrong) == (1, [])


def test_columns_may_stand_in_another_order() -> None:
    head = "outcome,number,party,servicer,joined_at,ended_at,called_at,started_at\n"
    text = f"{head}left,3,,,2026-03-10T09:00Z,,,\n"
    (found,), wrong = read_history(text.encode())
    assert (found.number, found.outcome, wrong) == (3, TicketState.LEFT, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "1,2026-03-10T09:00:00,,,,left,,",
            "line 2: joined_at has no offset: "
            "write it like 2026-03-10T09:00:00+00:00, not '2026-03-10T09:00:00'.",
        ),
        ("1,,,,,left,,", "line 2: joined_at is empty."),
        (
            "1,yesterday,,,,left,,",
            "line 2: joined_at must be a moment like 2026-03-10T09:05:00+00:00, not 'yesterday'.",
        ),
        (
            "1,2026-02-30T09:00:00Z,,,,left,,",
            "line 2: joined_at is no moment that ever was: '2026-02-30T09:00:00Z'.",
        ),
        (
            "1,0001-01-01T00:00:00+14:00,,,,left,,",
            "line 2: joined_at is no moment that ever was: '0001-01-01T00:00:00+14:00'.",
        ),
        *(
            (
                f"1,{last},,,,left,,",
                f"line 2: joined_at is no moment that ever was: '{last}'.",
            )
            for last in ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59Z")
        ),
        ("0,2026-03-10T09:00Z,,,,left,,", "line 2: number must be a whole number from 1 to 999999, not '0'."),
        (
            "A12,2026-03-10T09:00Z,,,,left,,",
            "line 2: number must be a whole number from 1 to 999999, not 'A12'.",
        ),
        ("1,2026-03-10T09:00Z,,,,left,,100", "line 2: party must be a whole number from 1 to 99, not '100'."),
        (
            "1,2026-03-10T09:00Z,,,,done,,",
            "line 2: outcome must be one of served, left, no_show, removed, not 'done'.",
        ),
        (
            "1,2026-03-10T09:00Z,,,,,,",
            "line 2: outcome must be one of served, left, no_show, removed, not ''.",
        ),
        ("1,2026-03-10T09:00Z,left", "line 2: there are 3 cells, not 8."),
        (
            f"1,2026-03-10T09:00Z,,,,left,{'x' * 61},",
            "line 2: servicer must be a name of at most 60 characters on one line.",
        ),
    ],
)
def test_what_can_not_be_is_told_by_its_line(line: str, words: str) -> None:
    assert faults(line + "\n") == [words]


def test_of_a_large_file_that_is_no_history_only_so_much_is_kept_in_mind() -> None:
    assert len(faults("x\n" * 3 * MOST_FAULTS)) == MOST_FAULTS
    assert faults(GOOD, "," * LONGEST_LINE, "\n") == [
        f"line 3: this is no CSV: the line has {LONGEST_LINE + 1} characters."
    ]


def test_every_fault_is_told_with_the_line_it_is_on() -> None:
    found = faults(GOOD, "x,2026-03-10T09:00Z,,,,left,,\n", "\n", GOOD, "2,2026-03-10T09:00Z,,,,lost,,\n")
    assert [words.split(":")[0] for words in found] == ["line 3", "line 6"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1: the first line must name the columns number,joined_at,"),
        (GOOD.encode(), "line 1: the first line must name the columns number,joined_at,"),
        (HEAD.replace("\n", ",phone\n").encode(), "line 1: the column 'phone' is unknown or there twice."),
        (HEAD.encode() + b"1,\xff\xfe,,,,left,,\n", "line 2: this is no text in UTF-8."),
        (HEAD.encode() + b'1,"2026"x,,,,left,,\n', "line 2: this is no CSV:"),
        (HEAD.encode() + b"1\x00,2026-03-10T09:00Z,,,,left,,\n", "line 2: number must be"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(content: bytes, words: str) -> None:
    records, wrong = read_history(content)
    assert records == []
    assert str(wrong[0]).startswith(words)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (record(1, "09:05", "09:00"), "line 1: called_at is before joined_at."),
        (record(1, "09:00", "09:05", "09:04"), "line 1: ended_at is before called_at."),
        (record(1, "09:00", "09:05", "09:10", started="09:04"), "line 1: started_at is before called_at."),
        (record(1, "09:00", None, "08:59", TicketState.LEFT), "line 1: ended_at is before joined_at."),
        (
            record(1, "09:00", "09:05", "09:10", TicketState.NO_SHOW, started="09:06"),
            "line 1: started_at must be empty where the outcome is no_show.",
        ),
    ],
)
def test_a_ticket_can_not_go_backwards(wrong: Record, words: str) -> None:
    assert str(inconsistency(wrong)) == words


def test_moments_may_be_the_same() -> None:
    assert inconsistency(record(1, "09:00", "09:00", "09:00", started="09:00")) is None


def test_what_is_written_is_read_as_the_same_in_any_zone() -> None:
    records = [
        Record(
            1,
            datetime(2026, 3, 29, 0, 59, 59, 123456, UTC),
            datetime(2026, 3, 29, 1, 1, tzinfo=UTC),
            None,
            None,
            TicketState.SERVED,
            'Ana "Á", the 2nd',
            None,
        ),
        record(2, "09:00", None, "09:10", TicketState.LEFT),
    ]
    for zone in ("Europe/Lisbon", "Asia/Kolkata", "America/St_Johns"):
        text = "".join(write_history(records, ZoneInfo(zone)))
        assert read_history(text.encode()) == (records, [])


def test_offsets_are_those_of_the_zone_at_that_moment() -> None:
    (line,) = list(
        write_history([record(1, "09:00", None, "09:10", TicketState.LEFT)], ZoneInfo("Asia/Kolkata"))
    )[1:]
    assert line == "1,2026-03-10T14:30:00+05:30,,,2026-03-10T14:40:00+05:30,left,,1\n"
    summer = Record(
        5,
        datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=-3))),
        None,
        None,
        None,
        TicketState.LEFT,
        None,
        1,
    )
    assert list(write_history([summer], ZoneInfo("Europe/Lisbon")))[1].startswith(
        "5,2026-07-01T16:00:00+01:00,"
    )


# What nobody recorded -----------------------------------------------------------------------------------


def ended(*records: Record) -> list[str]:
    return [f"{r.ended_at:%H:%M}" for r in completed(records) if r.ended_at]


def test_an_end_that_nobody_recorded_was_at_the_servicers_next_call() -> None:
    unknown = record(1, "09:00", "09:05")
    others = record(2, "09:01", "09:06", "09:30", servicer="Luis"), record(3, "09:02", "09:15", "09:20")
    assert ended(unknown, *others)[0] == "09:15"


def test_after_the_servicers_last_call_it_was_by_the_days_last_moment() -> None:
    unknown = record(1, "09:00", "09:05")
    assert ended(unknown, record(2, "09:01", "09:06", "09:30", servicer="Luis"))[0] == "09:30"


def test_who_left_without_a_trace_was_gone_when_somebody_behind_them_was_called() -> None:
    unknown = record(2, "09:01", outcome=TicketState.LEFT)
    before, behind = record(1, "09:00", "09:05", "09:06"), record(3, "09:02", "09:10", "09:30")
    assert ended(before, unknown, behind)[1] == "09:10"


def test_who_was_last_and_left_without_a_trace_was_gone_by_the_days_last_moment() -> None:
    assert (
        ended(record(1, "09:00", "09:05", "09:06"), record(2, "09:01", outcome=TicketState.LEFT))[1]
        == "09:06"
    )
    assert ended(record(1, "09:00", outcome=TicketState.LEFT)) == ["09:00"]


def test_a_start_without_a_call_was_the_call() -> None:
    (found,) = completed([record(1, "09:00", None, "09:10", started="09:04")])
    assert found.called_at == at("09:04")


# The order of time --------------------------------------------------------------------------------------


def story(*records: Record) -> list[str]:
    return [
        f"{h.at:%H:%M} {h.servicer if 'duty' in h.kind else h.record.number} {h.kind}"
        for h in sort_events(events_of(records))
    ]


def test_what_happened_is_in_the_order_of_time_with_servicers_coming_and_going() -> None:
    assert story(
        record(2, "09:01", "09:07", "09:09", TicketState.NO_SHOW),
        record(1, "09:00", "09:05", "09:07", started="09:06"),
    ) == [
        "09:00 1 joined",
        "09:01 2 joined",
        "09:05 Rosa duty_began",
        "09:05 1 called",
        "09:06 1 started",
        "09:07 1 served",
        "09:07 2 called",
        "09:09 2 no_show",
        "09:09 Rosa duty_ended",
    ]


def test_at_one_moment_a_servicer_is_free_before_the_next_call_and_a_customer_joins_before_it() -> None:
    assert story(
        record(3, "09:05", "09:05", "09:20"),
        record(2, "09:05", "09:05", "09:05"),
        record(1, "09:00", "09:00", "09:05"),
    )[3:] == [
        "09:05 1 served",
        "09:05 2 joined",
        "09:05 3 joined",
        "09:05 2 called",
        "09:05 2 served",
        "09:05 3 called",
        "09:20 3 served",
        "09:20 Rosa duty_ended",
    ]
