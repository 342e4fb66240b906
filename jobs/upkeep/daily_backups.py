"""Makes a daily backup in BACKUP_DIR, from one of the clocks; then deletes the oldest ones."""

import re
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from jobs.upkeep.backup import back_up
from jobs.wall_clock import Doubt
from models.storage.backup_schedule import backup_day, claim_backup, record_backup
from models.storage.database import transaction

log = structlog.get_logger(__name__)

OURS = re.compile(r"take-a-number-(\d{4}-\d\d-\d\d)\.backup")


class Backups:
    def __init__(
        self, folder: Path | None, *, days: int, key: str | None, doubt: Doubt | None = None
    ) -> None:
        self._folder = folder
        self._days = days
        self._key = key
        self._doubt = doubt

    def run(self, now: datetime) -> None:
        """Raises what a backup raises; it is retried within the hour."""
        if self._folder is None or not transaction(partial(claim_backup, now=now)):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"take-a-number-{backup_day(now)}.backup"
        contents = back_up(file, self._key, now)
        transaction(partial(record_backup, now=now))
        log.info("backup made", file=str(file), rows=sum(contents.counts.values()))
        if not self._doubt:  # by a clock that is wrong all of them would be old
            self._clear_away(backup_day(now))

    def _clear_away(self, today: date) -> None:
        assert self._folder is not None
        for file in self._folder.iterdir():
            ours = OURS.fullmatch(file.name)
            if ours and date.fromisoformat(ours[1]) <= today - timedelta(days=self._days):
                file.unlink(missing_ok=True)
