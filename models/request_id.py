"""Under which request something happens: the id that leads from a line of the log to the text it caused.

A request of the web or the carrier has one, and each run of a sweep. For support only: no rule looks at it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("request_id", default=None)

LONGEST = 40


def new_request_id(name: str = "") -> str:
    """One that nobody can guess or choose; that of a sweep begins with the sweep's name."""
    return f"{name.replace(' ', '-')}-{secrets.token_hex(6)}".lstrip("-")


def current_request_id() -> str | None:
    return _current.get()


def begin_request(request_id: str | None) -> None:
    """From now on, in this thread or greenlet."""
    _current.set(request_id)


@contextmanager
def under_request(request_id: str | None) -> Iterator[None]:
    """In this block."""
    before = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(before)
