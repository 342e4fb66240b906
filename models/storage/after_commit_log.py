"""Log lines about what a transaction did: written after its commit, and never if it is rolled back."""

import logging
from contextvars import ContextVar
from typing import Any

from sqlalchemy.orm import Session

from models.storage.done_log import log
from models.storage.request_id import current_request_id

_LINES = "lines for the log"
_logged_request: ContextVar[str | None] = ContextVar("logged_request", default=None)  # its id


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
        _logged_request.set(facts.get("request"))


def has_logged(request_id: str) -> bool:
    """Whether a transaction of this request has written such a line; known where it was committed."""
    return _logged_request.get() == request_id
