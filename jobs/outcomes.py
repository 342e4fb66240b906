"""What became of something that was sent is kept, even while the database is away for a moment."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy.orm import Session

from models.storage.database import transaction

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between the tries

T = TypeVar("T")

log = structlog.get_logger(__name__)


def keep_outcome(work: Callable[[Session], T], pauses: Sequence[float] = PAUSES, **about: Any) -> T:
    """Commit `work`, tried again after each pause: a known outcome must not become unknown.

    `about` says in the log whose outcome it is. Raises what the last try raised.
    """
    for pause in pauses:
        try:
            return transaction(work)
        except Exception as fault:
            log.warning("outcome not kept yet", **about, error=type(fault).__name__)
            time.sleep(pause)
    return transaction(work)
