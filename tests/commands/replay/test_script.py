"""A file becomes a script: what its records say, in the order of time."""

from datetime import date, datetime

from commands.replay.corrections import with_corrections
from commands.replay.plan import days_of, script_of
from models.history.file import read_history
from models.history.records import Record
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import TicketState
from tests.commands.records import record
from tests.commands.replay.samples import SAMPLE


def test_the_sample_day_has_two_servicers_every_outcome_and_one_call_out_of_turn() -> None:
    records, faults = read_history(SAMPLE.read_bytes())
    assert (len(records), faults) == (40, [])
    assert {record.outcome.value for record in records} == {"served", "left", "no_show", "removed"}
    script = script_of(records)
    assert (script.servicers, script.mended) == (["Rosa", "Luis"], [])
    in_line: list[int] = []
    out_of_turn = []
    for act in script.acts:
        if act.kind == EventKind.JOINED:
            in_line.append(act.record.number)
        elif act.record.number in in_line:
            if act.kind == EventKind.CALLED and act.record.number != in_line[0]:
                out_of_turn.append(act.record.number)
            in_line.remove(act.record.number)
    assert out_of_turn == [21]


def acts(*records: Record) -> list[str]:
    script = script_of(records)
    return [
        f"{act.at:%H:%M} {act.record.number} {act.kind}"
        + ("" if act.servicer is None else f" {script.servicers[act.servicer]}/{act.servicer}")
        for act in script.acts
    ]


def test_a_script_is_what_the_records_say_in_the_order_of_time() -> None:
    assert acts(
        record(1, "09:00", "09:05", "09:15", started="09:06"),
        record(2, "09:01", None, "09:04", TicketState.LEFT),
        record(3, "09:02", "09:15", "09:16", TicketState.NO_SHOW),
    ) == [
        "09:00 1 joined",
        "09:01 2 joined",
        "09:02 3 joined",
        "09:04 2 left",
        "09:05 1 called Rosa/0",
        "09:06 1 started Rosa/0",
        "09:15 1 served Rosa/0",
        "09:15 3 called Rosa/0",
        "09:16 3 no_show Rosa/0",
    ]


def test_a_servicer_of_the_file_who_serves_two_at_once_is_played_by_two() -> None:
    script = script_of(
        [
            record(1, "09:00", "09:05", "09:15"),
            record(2, "09:00", "09:10", "09:20"),
            record(3, "09:00", "09:15", "09:20"),
        ]
    )
    assert script.servicers == ["Rosa", "Rosa"]
    assert [act.servicer for act in script.acts if act.kind == EventKind.CALLED] == [0, 1, 0]


def test_a_call_before_the_joining_is_played_as_soon_as_it_can_be_and_told() -> None:
    wrong = record(1, "09:05", "09:04", "09:06")
    assert acts(wrong) == ["09:05 1 joined", "09:05 1 called Rosa/0", "09:06 1 served Rosa/0"]
    assert [str(fault) for fault in script_of([wrong]).mended] == ["line 1: called_at is before joined_at."]


def test_somebody_served_whom_nobody_called_is_called_when_done() -> None:
    assert acts(record(1, "09:00", None, "09:10")) == [
        "09:00 1 joined",
        "09:10 1 called ?/0",
        "09:10 1 served ?/0",
    ]


def test_days_are_the_files_own_whatever_our_zone() -> None:
    moments = ("2022-04-11T16:28:33+12:00", "2022-04-12T02:00:00+12:00", "2022-04-12T08:00:00+12:00")
    records = [
        Record(1, datetime.fromisoformat(m), None, None, None, TicketState.LEFT, None, 1, line=i)
        for i, m in enumerate(moments)
    ]
    days = days_of(records, day_start_hour=4)
    assert {day: len(of_day) for day, of_day in days.items()} == {date(2022, 4, 11): 2, date(2022, 4, 12): 1}


def joined(*moments: str) -> list[Record]:
    """Numbers from 1, who joined then and left."""
    return [
        Record(n, datetime.fromisoformat(f"{m}+00:00"), None, None, None, TicketState.LEFT, None, 1, line=n)
        for n, m in enumerate(moments, start=1)
    ]


def test_a_night_shift_is_one_day_and_the_next_one_another() -> None:
    friday = joined("2026-03-13T22:10", "2026-03-14T00:30", "2026-03-14T03:00", "2026-03-14T05:40")
    saturday = joined("2026-03-14T22:05", "2026-03-15T01:00", "2026-03-15T03:59", "2026-03-15T04:01")
    days = days_of(saturday + friday, day_start_hour=4)
    assert days == {date(2026, 3, 13): friday, date(2026, 3, 14): saturday}


def test_round_the_clock_the_days_turn_as_they_do() -> None:
    records = joined(*(f"2026-03-{13 + hour // 24}T{hour % 24:02}:00" for hour in range(60)))
    days = days_of(records, day_start_hour=4)
    assert {day.day: len(of_day) for day, of_day in days.items()} == {12: 4, 13: 24, 14: 24, 15: 8}


def corrected(*records: Record) -> list[str]:
    script = with_corrections(script_of(records))
    return [f"{a.at:%H:%M} {a.record.number} {a.kind} {a.servicer}" for a in script.acts]


def test_corrections_bring_back_take_over_and_end_in_last_call() -> None:
    assert corrected(
        record(1, "09:00", "09:05", "09:20", started="09:06", servicer="Luis"),
        record(2, "09:01", None, "09:04", TicketState.LEFT),
        record(3, "09:02", "09:05", "09:06", TicketState.NO_SHOW),
    ) == [
        "09:00 1 joined None",
        "09:01 2 joined None",
        "09:02 3 joined None",
        "09:02 3 last_call 0",
        "09:04 2 left None",
        "09:04 2 brought_back 0",
        "09:04 2 left None",
        "09:05 3 called 0",
        "09:05 1 called 1",
        "09:06 3 no_show 0",
        "09:06 1 started 1",
        "09:13 1 taken_over 0",
        "09:20 1 served 0",
    ]


def test_nobody_is_taken_over_by_somebody_who_serves_another() -> None:
    said = corrected(
        record(1, "09:00", "09:05", "09:20", started="09:06", servicer="Luis"),
        record(3, "09:02", "09:15", "09:30", TicketState.NO_SHOW),
    )
    assert not [words for words in said if "taken_over" in words]
