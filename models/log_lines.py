"""Lines for the log about what a transaction does: written once it is committed, and never if it is not."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from models.request_id import current_request_id

log = logging.getLogger("done")

_LINES = "lines for the log"


def say_once_committed(session: Session, words: str, **facts: Any) -> None:
    """`facts` are ids and words of ours: nothing that is anybody's own."""
    if log.isEnabledFor(logging.INFO):
        facts["request"] = current_request_id()
        session.info.setdefault(_LINES, []).append(
            (words, {name: fact for name, fact in facts.items() if fact is not None})
        )


def say_what_was_committed(session: Session) -> None:
    for words, facts in session.info.pop(_LINES, ()):
        log.info(words, extra=facts)


@contextmanager
def unsaid() -> Iterator[None]:
    """Within it no such line is written: for the commands, which tell themselves what they did."""
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)
