"""The operator's commands, on an application without pages and webhooks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from commands.command_line.register import register_commands
from config.settings import Settings
from models.storage.database import Database

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def app(settings: Settings) -> Flask:
    app = Flask("take-a-number")
    app.config["SETTINGS"] = settings
    register_commands(app)
    return app


@pytest.fixture
def run(run_alone: Run, db: Database) -> Run:
    """`run("queue", "add", "CET236", "--name", "Lab")` does what `flask queue add …` does."""
    return run_alone


@pytest.fixture
def run_alone(app: Flask) -> Run:
    """The same without a database: for what must be refused before one is used."""

    def run(*words: str, typed: str | bytes | None = None) -> Result:
        return app.test_cli_runner().invoke(args=list(words), input=typed)

    return run


def refusal(result: Result, status: int) -> str:
    """The one line of a command that failed."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line
