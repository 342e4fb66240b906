"""The gunicorn configuration: `gunicorn -c python:web.http.server 'app:create_app()'`.

Every lower-case name without a leading underscore is a gunicorn setting. The master imports this file before
gevent patches the standard library, so it must not import Flask, the database or structlog. Under `make run`
the launcher has imported the last two by then; tests/commands/test_shared_imports.py looks at what it holds.
"""

import contextlib
import gc
import os
import resource
import sys
from typing import Any

import gunicorn
from gunicorn.glogging import Logger

from bot.understanding.grammar import GrammarFault, grammar
from config import process_lifetime
from config.locations import keep_files_private
from config.settings import Settings, SettingsError

GC_THRESHOLD = 10_000  # new objects before the next garbage collection


class MasterLog(Logger):
    """Formats gunicorn's own log lines like config/logs.py, which takes over in the workers."""

    error_fmt = "%(asctime)s %(levelname)s %(message)s"
    datefmt = "%Y-%m-%dT%H:%M:%S%z"


def _settings() -> Settings:
    keep_files_private()
    try:
        grammar()  # before the workers part, who then share it
        settings = Settings.from_environment()
        # gunicorn itself would retry for five seconds and log ten lines. A master that takes over from an
        # old one inherits its sockets, so there the port is rightly in use.
        if "GUNICORN_FD" not in os.environ and "LISTEN_FDS" not in os.environ:
            settings.refuse_port_in_use()
        return settings
    except (SettingsError, GrammarFault) as error:
        sys.exit(str(error))


def _raise_the_limit_of_open_files() -> None:
    """Every open page is an open file, and the usual soft limit is only 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS calls its limit infinite and refuses to grant it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def on_starting(server: object) -> None:
    process_lifetime.end_with_launcher()


def pre_fork(server: object, worker: object) -> None:
    # Else the worker's first collection would write to all that it shares with the master, and so copy it.
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Called once the worker is ready to answer requests."""
    # The objects of requests that are being answered are no garbage yet: with Python's threshold of 700, a
    # crowd of texts would cause one collection after another.
    gc.set_threshold(GC_THRESHOLD)
    # Objects made at start-up live for ever; a collection that scans them would block the worker for 50 ms
    # or more.
    gc.collect()
    gc.freeze()
    # Open pages would delay the shutdown: their streams are closed, and they reconnect to the next worker.
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
# By default gunicorn lets clients of this machine, and so everybody behind a proxy on it, set path and scheme
# by header. web/application.py believes what PROXIES proxies add, and nothing else that is forwarded.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
control_socket_disable = True
