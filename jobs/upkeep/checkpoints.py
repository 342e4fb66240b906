"""Keeps SQLite's log of changes, the -wal, short: readers may have kept it from being emptied for a while."""

from datetime import datetime

import structlog

from models.storage.database import database
from models.storage.sqlite_file import LARGE, WORTH_A_CHECKPOINT

log = structlog.get_logger(__name__)


class Checkpoints:
    def sweep(self, now: datetime) -> None:
        size = database().wal_size()
        if size <= WORTH_A_CHECKPOINT or database().checkpoint():
            return
        if size > LARGE:
            log.warning("the -wal grows, as somebody reads without an end", megabytes=size // 1024**2)
