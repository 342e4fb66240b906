"""Keeps SQLite's log of changes, the -wal, short, and once a day makes what was erased leave the disk.

Readers may have kept the -wal from being emptied for a while. Does nothing on Postgres.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select

from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import database, reading, transaction
from models.storage.rate_limits import Limit, count, counted
from models.storage.sqlite_file import LARGE, WORTH_A_CHECKPOINT

log = structlog.get_logger(__name__)

A_DAY = timedelta(days=1)
REWRITTEN = Limit("file rewritten", 1, A_DAY)
EMPTIED = Limit("wal emptied", 1, A_DAY)


class Checkpoints:
    def __init__(self) -> None:
        self._is_just_rewritten = False  # what was rewritten stands in the -wal, the old file as it was

    def run(self, now: datetime) -> None:
        if not database().is_sqlite:
            return
        if not _is_done(REWRITTEN, now) and _nobody_would_notice() and database().rewrite():
            _record(REWRITTEN, now)
            self._is_just_rewritten = True
        if (self._is_just_rewritten or not _is_done(EMPTIED, now)) and database().checkpoint():
            _record(EMPTIED, now)
            self._is_just_rewritten = False
        _keep_short()


def _is_done(limit: Limit, now: datetime) -> bool:
    with reading() as session:
        return counted(session, limit, "", now) > 0


def _record(limit: Limit, now: datetime) -> None:
    transaction(partial(count, limit=limit, whose="", now=now))


def _nobody_would_notice() -> bool:
    """Rewriting a large file takes seconds, in which no button answers: then it waits for an empty shop."""
    if database().is_quickly_rewritten():
        return True
    with reading() as session:
        return session.scalar(select(Ticket.id).where(among(Ticket.state, LIVE)).limit(1)) is None


def _keep_short() -> None:
    size = database().wal_size()
    if size <= WORTH_A_CHECKPOINT or database().checkpoint():
        return
    if size > LARGE:
        log.warning("the -wal grows, because a program keeps reading", megabytes=size // 1024**2)
