"""A script is played by text; what goes otherwise is told, and the day goes on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from commands.replay.pause import with_pause
from commands.replay.plan import script_of
from commands.replay.play import Play
from commands.replay.talk import with_talk
from models.history.records import Record
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import TicketState
from tests.commands.records import at, record


class Talking:
    """A phone that gets these answers."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.sent = list(answers), list[str]()

    def text(self, body: str) -> str:
        self.sent.append(body)
        return self.answers.pop(0)


def play(records: list[Record], phones: dict[int, Talking], **more: Any) -> tuple[Play, list[str]]:
    said: list[str] = []
    script = script_of(records)
    made = Play(script, "REPLAY", phones=phones, browsers=[], say=said.append, **more)  # type: ignore[arg-type]
    made.run(speed=10_000)
    return made, said


def test_customers_text_the_keyword_with_their_party_and_leave_by_text() -> None:
    phone = Talking("You are number 41 for Replay.", "41: you have left the queue.")
    left = Record(1, at("09:00"), None, None, at("09:01"), TicketState.LEFT, None, 3, line=2)
    made, said = play([left], {2: phone})
    assert phone.sent == ["REPLAY 3", "LEAVE"]
    assert said == ["09:00:00  41 joins (1 in the file)", "09:01:00  41 leaves"]
    assert (made.numbers, made.otherwise) == ({2: 41}, 0)


def test_they_bring_the_door_code_that_is_shown() -> None:
    phone = Talking("You are number 1.", "left")
    left = record(1, "09:00", None, "09:01", TicketState.LEFT)
    play([left], {1: phone}, code=lambda: "WXYZ")
    assert phone.sent[0] == "REPLAY WXYZ"


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        (["You've given up your place for Replay."], ["9"]),
        (["Thanks, number 1. We'll wait for you until 10:09.", "1: you left."], ["9", "LEAVE"]),
    ],
)
def test_who_leaves_after_the_call_says_so_with_9_and_in_words_where_that_is_nine_minutes(
    answers: list[str], sent: list[str]
) -> None:
    phone, said = Talking(*answers), list[str]()
    script = with_talk(script_of([record(1, "09:00", "09:05", "09:06", TicketState.LEFT)]))
    leaves = replace(script, acts=script.acts[-1:])
    made = Play(leaves, "REPLAY", phones={1: phone}, browsers=[], say=said.append)  # type: ignore[dict-item]
    made.numbers[1] = 1
    made.run(speed=10_000)
    assert (phone.sent, said) == (sent, ["09:06:00  1 leaves"])


def test_some_ask_when_to_come_before_they_join() -> None:
    asks = Talking("Haircuts: The wait is about 2-8 min. Text REPLAY to take a number.", "You are number 5.")
    script = with_talk(script_of([record(5, "09:00", None, "09:01", TicketState.LEFT)]))
    said = list[str]()
    Play(replace(script, acts=script.acts[:2]), "REPLAY", phones={5: asks}, browsers=[], say=said.append).run(  # type: ignore[dict-item]
        speed=10_000
    )
    assert asks.sent == ["WHEN REPLAY", "REPLAY"]
    assert said[0].startswith("09:00:00  somebody asks when to come: Haircuts: The wait is about 2-8 min.")


def test_who_got_no_number_is_told_and_the_day_goes_on() -> None:
    refused, start_session = Talking("Haircuts is closed."), Talking("You are number 1.", "You left.")
    records = [record(number, "09:00", None, "09:01", TicketState.LEFT) for number in (1, 2)]
    made, said = play(records, {1: refused, 2: start_session})
    assert said == [
        "09:00:00  ! 1: got no number, but Haircuts is closed.",
        "09:00:00  1 joins (2 in the file)",
        "09:01:00  ! 1: has no number yet",
        "09:01:00  1 leaves",
    ]
    assert made.otherwise == 2


def test_being_late_is_told_once_and_so_is_being_on_time_again(slow_phone: Callable[[str], Talking]) -> None:
    phone = slow_phone("You are number 1.")
    records = [
        record(1, "09:00", None, "09:05", TicketState.LEFT),
        record(2, "09:01", None, "12:00", TicketState.LEFT),
    ]
    _, said = play(records, {1: phone, 2: Talking("You are number 2.", "left")})
    assert [words for words in said if words.startswith("…")] == [
        "… 3:19:00 of the day behind: catching up in order",
        "… on time again",
    ]


@pytest.fixture
def slow_phone(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Talking]:
    """The time of the play is ours, and this phone's text takes 1.2 s of it."""
    now = [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now[0]

        @staticmethod
        def sleep(seconds: float) -> None:
            now[0] += seconds

    monkeypatch.setattr("commands.replay.play.time", Time)

    class Slow(Talking):
        def text(self, body: str) -> str:
            now[0] += 1.2 if body == "REPLAY" else 0
            return super().text(body)

    return lambda answer: Slow(answer, "left")


class Pressing:
    """A servicer's browser with all the buttons."""

    def __init__(self) -> None:
        self.pressed = list[str]()

    def open(self, path: str) -> None:
        pass

    def press(self, button: str) -> bool:
        self.pressed.append(button)
        return True


def test_the_line_is_paused_while_most_wait_until_somebody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    monkeypatch.setattr("commands.replay.play.time.sleep", slept.append)
    records = [
        record(1, "09:00", "09:02", "09:08", TicketState.SERVED),
        record(2, "09:01", "09:08", "09:09", TicketState.SERVED),
        record(3, "09:05", None, "09:06", TicketState.LEFT),
    ]
    script = with_pause(script_of(records))
    [pause] = [act for act in script.acts if act.kind == EventKind.PAUSED]
    assert pause.at == at("09:01")
    told, browser, said = iter((0, 0, 2)), Pressing(), list[str]()
    made = Play(
        replace(script, acts=[pause]),
        "REPLAY",
        phones={},
        browsers=[browser],  # type: ignore[list-item]
        say=said.append,
        told_again=lambda: next(told),
    )
    made.numbers[2] = 2
    made.run(speed=10_000)
    assert browser.pressed == ["Pause", "Open"]
    assert len(slept) == 2, "once it is told, the day goes on"
    assert made.waited_out == {1, 2}
