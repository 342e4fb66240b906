"""Gives `flask` the operator's commands. Not in `__init__.py`, which `make` imports with a bare Python."""

from flask import Flask

from commands.demo import demo
from commands.doctor import doctor
from commands.history import history
from commands.migrate import migrate
from commands.replay import replay
from commands.setup import queue, servicer, setup
from commands.stats import stats


def register_commands(app: Flask) -> None:
    for command in (migrate, setup, queue, servicer, history, replay, stats, doctor, demo):
        app.cli.add_command(command)
