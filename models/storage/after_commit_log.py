"""Log lines about what a transaction did: written after its commit, and never if it is rolled back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from models.storage.request_id import current_request_id

log = logging.getLogger("done")

_LINES = "lines for the log"


def log_after_commit(session: Session, words: str, **facts: Any) -> None:
    """`facts` are our own ids and words, never personal data."""
    if log.isEnabledFor(logging.INFO):
        facts["request"] = current_request_id()
        session.info.setdefault(_LINES, []).append(
            (words, {name: fact for name, fact in facts.items() if fact is not None})
        )


def write_committed_lines(session: Session) -> None:
    for words, facts in session.info.pop(_LINES, ()):
        log.info(words, extra=facts)


@contextmanager
def lines_muted() -> Iterator[None]:
    """No such line is written inside the block: for commands, which print what they did."""
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)
