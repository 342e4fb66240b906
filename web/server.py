"""How gunicorn runs the web processes: `gunicorn -c python:web.server 'app:create_app()'`.

Every lower-case name without an underscore before it is one of gunicorn's settings. The master imports this
before gevent has changed the standard library: nothing here may import Flask, the database or structlog.
"""

import contextlib
import gc
import os
import resource
import sys
from typing import Any

import gunicorn
from gunicorn.glogging import Logger

import lifeline
from config import Settings, SettingsError


class MasterLog(Logger):
    """gunicorn's own lines in the form of logs.py, which takes over in the workers."""

    error_fmt = "%(asctime)s %(levelname)s %(message)s"
    datefmt = "%Y-%m-%dT%H:%M:%S%z"


def _settings() -> Settings:
    try:
        settings = Settings.from_environment()
        # gunicorn would try for five seconds and say it in ten lines. A master that takes over from an old
        # one is handed its sockets, and rightly finds the port in use.
        if "GUNICORN_FD" not in os.environ and "LISTEN_FDS" not in os.environ:
            settings.refuse_port_in_use()
        return settings
    except SettingsError as error:
        sys.exit(str(error))


def _raise_the_limit_of_open_files() -> None:
    """Every open page is an open file; the usual soft limit of 1,024 is a small room."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS calls its limit infinite and refuses to grant it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def on_starting(server: object) -> None:
    lifeline.hold()


def post_worker_init(worker: Any) -> None:
    """The worker is ready, and answers from here on."""
    # What is there from the start stays: looking through it all would stop every answer for 50 ms and more.
    gc.collect()
    gc.freeze()
    # Open pages would hold up the end of the worker: they are told, and come again to the next one.
    worker.wsgi.extensions["broadcast"].is_ending = lambda: not worker.alive


_the_settings = _settings()
_raise_the_limit_of_open_files()
gunicorn.SERVER = "take-a-number"

_host = f"[{_the_settings.host}]" if ":" in _the_settings.host else _the_settings.host
bind = [f"{_host}:{_the_settings.port}"]
backlog = 2048
workers = _the_settings.web_workers
worker_class = "gevent"
worker_connections = 20_000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
timeout = 30
graceful_timeout = 3
keepalive = 5
logger_class = MasterLog
loglevel = _the_settings.log_level.value
accesslog = None
control_socket_disable = True
