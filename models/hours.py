"""When a queue is open by the clock: hours per weekday, and days on which the business is closed."""

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base


class OpeningHours(Base):
    """A queue opens and closes at these times of the business's wall clock; without any, by hand only."""

    __tablename__ = "opening_hours"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 is Monday
    opens_at: Mapped[time]
    closes_at: Mapped[time]


class Holiday(Base):
    """A day on which no queue of the business opens by the clock."""

    __tablename__ = "holidays"

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), default="")


def hours_of(session: Session, queue_id: int) -> dict[int, OpeningHours]:
    """Opening hours by weekday; a weekday that is missing is closed, unless there are none at all."""
    rows = session.scalars(select(OpeningHours).where(OpeningHours.queue_id == queue_id))
    return {row.weekday: row for row in rows}


def set_daily_hours(session: Session, queue_id: int, opens_at: time, closes_at: time) -> None:
    """The same hours on each of the seven days."""
    for weekday in range(7):
        session.merge(
            OpeningHours(queue_id=queue_id, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
        )


def is_holiday(session: Session, business_id: int, day: date) -> bool:
    return session.get(Holiday, (business_id, day)) is not None
