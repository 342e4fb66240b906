"""Heartbeats of the running clock processes: one row each, updated every few seconds.

Also how far another host's clock is believed: what it wrote down as happening later than now was not so.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, insert_once

CLOCK_GONE_AFTER = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)
CLOCKS_DIFFER = timedelta(minutes=1)  # synchronized hosts differ by less


def is_believed(moment: datetime, now: datetime) -> bool:
    """Whether this may have been the present time, by a host's clock that goes about right."""
    return moment <= now + CLOCKS_DIFFER


def written_before(written_at: Any, moment: datetime) -> ColumnElement[bool]:
    """Of a row: written at this moment or before, or by a clock that was ahead of it."""
    return or_(written_at <= moment, written_at > moment + CLOCKS_DIFFER)


def latest_believed(moment: datetime | None, now: datetime) -> datetime:
    """The later of the two; now, if the other was written by a clock that was ahead."""
    return max(moment, now) if moment is not None and is_believed(moment, now) else now


class Clock(Base):
    __tablename__ = "clocks"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # host and process
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


def record_heartbeat(session: Session, name: str, now: datetime) -> None:
    """Record that this clock is alive at `now`, and delete the rows of clocks long gone, or far ahead."""
    mine = update(Clock).where(Clock.name == name).values(seen_at=now)
    if not session.execute(mine).rowcount:  # type: ignore[attr-defined]
        values = {"name": name, "started_at": now, "seen_at": now}
        insert_once(session, Clock.__table__, values, returning=Clock.name)  # type: ignore[arg-type]
    far_off = or_(Clock.seen_at < now - FORGOTTEN_AFTER, Clock.seen_at > now + FORGOTTEN_AFTER)
    session.execute(delete(Clock).where(far_off))


def last_seen(session: Session, now: datetime | None = None) -> datetime | None:
    """When any clock last reported; with `now`, without those that were ahead: they may be gone since."""
    seen = select(func.max(Clock.seen_at))
    return session.scalar(seen if now is None else seen.where(Clock.seen_at <= now + CLOCK_GONE_AFTER))
