"""How a sweep goes through its rows: one by one, each on its own, so that a bad one never stops the rest."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from jobs.watch import got_on
from models.ticket_states import NotPossible

log = structlog.get_logger(__name__)

REST_AFTER_FAILURE = timedelta(minutes=1)


class RowByRow:
    """A row that fails is logged with one line and left alone for a minute."""

    def __init__(self, sweep: str) -> None:
        self._sweep = sweep
        self._rests_until: dict[int, datetime] = {}

    def each(self, ids: Iterable[int], work: Callable[[int], object], now: datetime) -> bool:
        """Do `work(id)`, a transaction of its own, for every id; False if any was left undone."""
        self._rests_until = {row: until for row, until in self._rests_until.items() if until > now}
        all_done = True
        for row in ids:
            got_on()
            if row in self._rests_until or not self._is_done(row, work):
                self._rests_until.setdefault(row, now + REST_AFTER_FAILURE)
                all_done = False
        return all_done

    def _is_done(self, row: int, work: Callable[[int], object]) -> bool:
        try:
            work(row)
        except NotPossible:  # somebody was quicker
            return True
        except Exception:
            log.exception("row failed", sweep=self._sweep, row=row)
            return False
        return True
