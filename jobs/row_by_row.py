"""Lets a periodic job process rows one by one, so that a failing row does not stop the others."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from jobs.watchdog import progressed
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import transaction

log = structlog.get_logger(__name__)

REST_AFTER_FAILURE = timedelta(minutes=1)


class RowByRow:
    """A row that fails is logged and skipped for a minute."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._rests_until: dict[int, datetime] = {}

    def each(self, ids: Iterable[int], work: Callable[[int], object], now: datetime) -> bool:
        """Call `work(id)` for every id; False if any was not done."""
        # A rest that is longer than any was set by a clock that was ahead.
        rests = self._rests_until.items()
        self._rests_until = {row: until for row, until in rests if now < until <= now + REST_AFTER_FAILURE}
        all_done = True
        for row in ids:
            progressed()
            if row in self._rests_until or not self._is_done(row, work):
                self._rests_until.setdefault(row, now + REST_AFTER_FAILURE)
                all_done = False
        return all_done

    def commit_each(self, ids: Iterable[int], work: Callable[[Session, int], object], now: datetime) -> bool:
        """The same of a `work(session, id)` that is one transaction."""
        return self.each(ids, lambda row: transaction(lambda session: work(session, row)), now)

    def _is_done(self, row: int, work: Callable[[int], object]) -> bool:
        try:
            work(row)
        except NotPossible:  # somebody else did it first
            return True
        except Exception:
            log.exception("row failed", job=self._job, row=row)
            return False
        return True
