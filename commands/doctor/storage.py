"""What `flask doctor` finds in the database, and of the clock that works on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from commands.doctor.finding import Finding
from config.settings import Settings
from migrations.revisions import newest_revision, revision_of
from models.queueing.hours.opening_hours import days_of
from models.queueing.hours.queue_days import TurnedBy
from models.queueing.tables.queues import Queue
from models.storage.backup_schedule import is_backup_late, last_backup
from models.storage.database import database, reading
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen
from models.storage.postgres import is_pooled
from models.storage.sqlite_file import LARGE

DAY_TURN_LATE = timedelta(minutes=1)
CLOCKS_APART = timedelta(seconds=5)
_IN_USE = select(Queue).where(Queue.archived_at.is_(None)).order_by(Queue.keyword)


def database_problem() -> str | None:
    try:
        revision = revision_of(database().engine)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return f"does not answer ({said}): check DATABASE_URL, and that its server is running."
    if revision is None:
        return "is empty: run `flask migrate`."
    if revision != newest_revision():
        return (
            f"is at schema {revision}, but this program needs {newest_revision()}: run `flask migrate`, or "
            "install the newest version if the database is ahead."
        )
    return None


def pooler() -> Iterator[Finding]:
    here = database()
    if not here.is_sqlite and is_pooled(here.engine):
        words = (
            "behind a connection pooler: statements are not prepared, and limits are set in each transaction"
        )
        yield Finding("pooler", True, f"{words} (docs/poolers.md).")


def wal() -> Iterator[Finding]:
    size = database().wal_size()
    if size > LARGE:
        words = f"its -wal file has {size / 1024**2:.0f} MiB: some program keeps reading and never finishes"
        yield Finding(
            "database", False, f"{words}. Stop it (`fuser` names it); the clock then empties the file."
        )


def database_clock() -> Iterator[Finding]:
    """Postgres has a clock of its own; the database's file has not."""
    if database().is_sqlite:
        return
    asked_at = datetime.now(UTC)
    with reading() as session:
        there = session.scalar(select(func.clock_timestamp()))
    here = asked_at + (datetime.now(UTC) - asked_at) / 2
    if there is not None and abs(there - here) > CLOCKS_APART:
        words = f"the server's clock says {there:%H:%M:%S} UTC, but here it is {here:%H:%M:%S}"
        yield Finding("database", False, f"{words}: set the machines' time.")


def clock() -> Finding:
    with reading() as session:
        ahead, seen_at = last_seen(session), last_seen(session, datetime.now(UTC))
    if ahead is not None and ahead > datetime.now(UTC) + CLOCKS_APART:
        here = f"{datetime.now(UTC):%H:%M:%S}"
        words = f"was seen at {ahead:%H:%M:%S} UTC, but here it is {here}: set the machines' time."
        return Finding("clock", False, words)
    if seen_at is not None and datetime.now(UTC) - seen_at <= CLOCK_GONE_AFTER:
        return Finding("clock", True, "is running.")
    since = f"last seen {seen_at:%Y-%m-%d %H:%M:%S} UTC" if seen_at else "never seen"
    return Finding("clock", False, f"{since}, so no text is sent: start `python -m jobs` (`make run` does).")


def backups(settings: Settings) -> Finding:
    if settings.backup_dir is None:
        return Finding(
            "backup", True, "none by itself, because BACKUP_DIR is not set; `flask backup FILE` makes one."
        )
    with reading() as session:
        now = datetime.now(UTC)
        last, is_late = last_backup(session, now), is_backup_late(session, now)
    if last is None or is_late:
        since = f"the last one was made {last:%Y-%m-%d %H:%M} UTC" if last else "none in the last two days"
        words = (
            f"{since}. Check that the clock is running and can write to {settings.backup_dir}; see its log."
        )
        return Finding("backup", False, words)
    sealed = "encrypted" if settings.backup_key else "not encrypted, because BACKUP_KEY is not set"
    return Finding("backup", True, f"the last one was made {last:%Y-%m-%d %H:%M} UTC, {sealed}.")


def days(now: datetime) -> Iterator[Finding]:
    """Queues whose day does not end at the business's day start, or was not turned."""
    with reading() as session:
        in_use = session.scalars(_IN_USE).all()
        late = [
            queue.keyword
            for queue in in_use
            if queue.day_ends_at is not None and queue.day_ends_at < now - DAY_TURN_LATE
        ]
        if late:
            words = f"{', '.join(late)}: the day is over but was not ended. Check that the clock is running."
            yield Finding("days", False, words)
        ends = [(queue, days_of(session, queue).next_turn(now)) for queue in in_use]
        told = [
            f"{queue.keyword}: {turn.at.astimezone(queue.business.zone):%H:%M}, "
            f"when it {'closes' if turn.by == TurnedBy.CLOSING else 'opens'}"
            for queue, turn in ends
            if turn.by in (TurnedBy.CLOSING, TurnedBy.OPENING)
        ]
    if told:
        yield Finding("days", True, f"end at the business's day start, except {'; '.join(told)}.")
