"""The current request id, which connects a log line to the texts that the request caused.

Every request from a browser or the carrier has one, and every run of a periodic job. For support only: no
rule depends on it.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("request_id", default=None)

LONGEST = 40
OTHERS = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}")


def new_request_id(name: str = "") -> str:
    """A random id; a job's begins with the job's name."""
    return f"{name.replace(' ', '-')}-{secrets.token_hex(6)}".lstrip("-")


def well_formed(given: str | None) -> str | None:
    """An id that somebody else gave, if it may stand in a line of the log."""
    return given if given and OTHERS.fullmatch(given) else None


def current_request_id() -> str | None:
    return _current.get()


def begin_request(request_id: str | None) -> None:
    """Set it for this thread or greenlet, from now on."""
    _current.set(request_id)


@contextmanager
def under_request(request_id: str | None) -> Iterator[None]:
    """Set it for the block."""
    before = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(before)
