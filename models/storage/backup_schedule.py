"""When the last backup was made, and which clock makes the next: one clock per hour tries.

Stored as rate-limit counters, which are kept long enough to tell whether today's was made. Knows no file.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.storage.rate_limits import Count, Limit, count_in, is_over

TRIES = Limit("backup begun", 1, timedelta(hours=1))
MADE = "backup made"
A_DAY = timedelta(days=1)
OLD = timedelta(hours=27)
DAY_BEGINS = timedelta(hours=3)  # UTC: a quiet hour in most places that text


def backup_day(now: datetime) -> date:
    return (now - DAY_BEGINS).date()


def last_backup(session: Session, now: datetime | None = None) -> datetime | None:
    """None also when it was more than two days ago; with `now`, without those by a clock that was ahead."""
    made = select(func.max(Count.window_at)).where(Count.name == MADE)
    return session.scalar(made if now is None else made.where(Count.window_at <= now + A_DAY))


def is_backup_late(session: Session, now: datetime) -> bool:
    """Where backups are made at all: the day's is missing, and an hour or more was left for trying again."""
    last = last_backup(session, now)
    return last is None or now - last > OLD


def claim_backup(session: Session, now: datetime) -> bool:
    """Whether this clock is to make today's backup now: one of all clocks per hour, until it is made."""
    last = last_backup(session, now)
    if last is not None and backup_day(last) >= backup_day(now):
        return False
    return not is_over(session, TRIES, "", now)


def record_backup(session: Session, now: datetime) -> None:
    count_in(session, MADE, "", now)
