"""What all commands share: --help, one line when they fail, and the real `flask` that finds them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.storage import database
from tests.commands.conftest import Run, refusal

ROOT = Path(__file__).parents[2]
COMMANDS = [
    *("migrate", "setup", "queue", "queue add", "servicer", "servicer add", "stats", "doctor", "demo"),
    "servicer password",
    *("desk", "desk add", "history", "history import", "history export", "replay"),
    *(
        "queue hours",
        "queue open",
        "queue close",
        "queue list",
        "holiday",
        "holiday add",
        "holiday remove",
        "holiday list",
        "summary",
        "servicer summary",
    ),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run_alone: Run, command: str) -> None:
    result = run_alone(*command.split(), "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_refused_in_one_line(run_alone: Run, command: str) -> None:
    assert "--nonsense" in refusal(run_alone(*command.split(), "--nonsense"), 2)


def test_an_unknown_word_after_a_group_is_refused_in_one_line(run_alone: Run) -> None:
    assert "'remove'" in refusal(run_alone("queue", "remove"), 2)


def test_an_unknown_command_is_refused_in_one_line(run_alone: Run, tmp_path: Path) -> None:
    assert "No such command 'nonsense'." in refusal(run_alone("nonsense"), 2)
    assert "Did you mean `flask stats`?" in refusal(run_alone("stat"), 2)
    process = flask(tmp_path, "nonsense")
    _, complained = process.communicate(timeout=240)
    assert process.returncode == 2
    assert complained == "Error: No such command 'nonsense'. (flask --help lists them.)\n"


@pytest.mark.parametrize("command", ["stats CET236", "queue add CET236 --name Lab", "demo"])
def test_a_database_that_was_never_migrated_is_told_in_one_line(
    run_alone: Run, tmp_path: Path, command: str
) -> None:
    made = database.connect(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert "flask migrate" in refusal(run_alone(*command.split()), 1)
    made.close()


def test_a_database_that_does_not_answer_is_told_in_one_line(run_alone: Run) -> None:
    made = database.connect("postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    line = refusal(run_alone("stats", "CET236"), 1)
    assert "does not answer" in line
    assert "secret" not in line
    made.close()


def flask(data: Path, *words: str, **environ: str) -> subprocess.Popen[str]:
    """The command as an operator types it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *words],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(data)} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_migrations_at_once_both_end_well(tmp_path: Path) -> None:
    both = [flask(tmp_path, "migrate") for _ in range(2)]
    said = sorted(process.communicate(timeout=240)[0].split()[2:5] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == [["is", "at", "schema"], ["is", "now", "at"]]


def test_a_wrong_setting_stops_every_command_with_one_line(tmp_path: Path) -> None:
    process = flask(tmp_path, "stats", "CET236", PORT="many")
    said, complained = process.communicate(timeout=240)
    assert (process.returncode, said) == (1, "")
    (line,) = complained.splitlines()
    assert "PORT" in line


def test_help_lists_the_operators_commands_in_groups(tmp_path: Path) -> None:
    """Of the real `flask`: its own commands would stand between them."""
    told, _ = flask(tmp_path, "--help").communicate(timeout=240)
    assert "Setting up:\n    setup     Make a business and its first manager" in told
    assert "\n    queue     " in told
    assert "Run a development server" not in told
