"""Heartbeats of the running clock processes: one row each, updated every few seconds."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, insert_once

CLOCK_GONE_AFTER = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)


class Clock(Base):
    __tablename__ = "clocks"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # host and process
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


def record_heartbeat(session: Session, name: str, now: datetime) -> None:
    """Record that this clock is alive at `now`, and delete the rows of clocks long gone."""
    values = {"name": name, "started_at": now, "seen_at": now}
    if insert_once(session, Clock.__table__, values, returning=Clock.name) is None:  # type: ignore[arg-type]
        session.execute(update(Clock).where(Clock.name == name).values(seen_at=now))
    session.execute(delete(Clock).where(Clock.seen_at < now - FORGOTTEN_AFTER))


def last_seen(session: Session) -> datetime | None:
    """When any clock last reported."""
    return session.scalar(select(func.max(Clock.seen_at)))
