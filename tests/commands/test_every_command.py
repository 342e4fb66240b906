"""What all commands share: --help, one line when they fail, and the real `flask` that finds them."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from commands.command_line.command_list import COMMANDS as COMMANDS_LISTED, OF_QUEUES, OF_SERVICERS
from commands.command_line.groups import queue, servicer
from commands.command_line.register import OurCommands
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
        "whatif",
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


def test_helps_say_what_the_commands_say_of_themselves() -> None:
    """The lists stand apart from the commands, so that a help imports none."""
    context = click.Context(click.Group("flask"))
    ours = OurCommands()
    groups = [(ours, COMMANDS_LISTED), (queue, OF_QUEUES), (servicer, OF_SERVICERS)]
    for group, listed in groups:
        for name, (_, line) in listed.items():
            command = group.get_command(context, name)
            assert command is not None
            assert (name, command.get_short_help_str(200)) == (name, line)
    assert set(queue.commands) == set(OF_QUEUES)
    assert set(servicer.commands) == set(OF_SERVICERS)


def test_a_command_is_imported_without_the_pages_and_only_when_it_is_used(tmp_path: Path) -> None:
    imported = {
        words: modules_of(tmp_path, *words.split()) for words in ("queue --help", "migrate", "queue list")
    }
    assert {"web", "sqlalchemy", "commands.backup"} & imported["queue --help"] == set()
    assert {"web", "commands.backup"} & (imported["migrate"] | imported["queue list"]) == set()
    assert "alembic" not in imported["queue list"]


def modules_of(data: Path, *words: str) -> set[str]:
    """What Python has imported when `flask` ends."""
    look = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); import flask.cli"
    done = subprocess.run(
        [sys.executable, "-c", f"{look}; flask.cli.main()", *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(data)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())
