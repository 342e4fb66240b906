"""When the clock last made a backup, and whose turn it is to make one: one clock an hour tries.

Kept as counters, which last long enough to tell that none was made today. Knows no file.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.limits import Count, Limit, count_in, is_over

TRIES = Limit("backup begun", 1, timedelta(hours=1))
MADE = "backup made"
DAY_BEGINS = timedelta(hours=3)  # UTC: a quiet hour in most places that text


def backup_day(now: datetime) -> date:
    return (now - DAY_BEGINS).date()


def last_made(session: Session) -> datetime | None:
    """None also when it was more than two days ago."""
    return session.scalar(select(func.max(Count.window_at)).where(Count.name == MADE))


def take_turn(session: Session, now: datetime) -> bool:
    """Whether this clock is to make today's now; of all clocks one an hour is, until it is made."""
    last = last_made(session)
    if last is not None and backup_day(last) >= backup_day(now):
        return False
    return not is_over(session, TRIES, "", now)


def note_made(session: Session, now: datetime) -> None:
    count_in(session, MADE, "", now)
