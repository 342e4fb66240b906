"""What `make run` prints: what to do next fits what is there, and who reads it matters."""

import errno
import os
import sys
from pathlib import Path

import pytest

from commands.kept_running import Screen
from commands.run import QUEUES_UNKNOWN, answers, directions
from config.settings import Settings
from tests.one_answer import one_answer

LISTED = "CET236 · Haircuts (Barber Lopes)\n  Control page    http://127.0.0.1:8000/control/CET236"


@pytest.mark.parametrize(
    ("queues", "next_step"),
    [
        (LISTED, "Next: text a queue's keyword from a pretend phone"),
        (
            "No queues yet. Make one: flask queue add KEYWORD --name NAME",
            "Next: make your business and a queue.",
        ),
        # On a busy machine the list may take too long: that says nothing about whether there is a business.
        (QUEUES_UNKNOWN, "Next: text a queue's keyword from a pretend phone"),
    ],
)
def test_the_next_step_fits_the_queues(tmp_path: Path, queues: str, next_step: str) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    told = directions(settings, "", queues)
    assert next_step in told
    assert queues.splitlines()[0] in told


def test_it_asks_the_web_itself_where_the_environment_names_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with one_answer() as port:
        given = {"DATA_DIR": str(tmp_path), "PORT": str(port)}
        assert answers(Settings.from_environment(given))


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that it asked to end."""
    asked: list[str] = []
    monkeypatch.setattr("commands.kept_running.end", lambda: asked.append("end"))
    monkeypatch.setattr(Screen, "gone", False)
    return asked


def test_all_ends_once_nobody_reads_it_any_more(ended: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        Screen().write("a line\n")
        Screen().write("another\n")
    assert ended == ["end"]


def test_a_full_disk_for_the_log_ends_nothing(ended: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        Screen().write("a line\n")
    assert ended == []


@pytest.mark.parametrize("full", [errno.EDQUOT, errno.EFBIG])
def test_no_more_room_for_the_log_ends_nothing(
    full: int, ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _text: bytes) -> int:
        raise OSError(full, os.strerror(full))

    monkeypatch.setattr(os, "write", refuse)
    Screen().write("a line\n")
    assert ended == []
