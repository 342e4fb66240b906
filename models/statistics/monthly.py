"""Stored sums of a queue's past months, made from its stored days, so that a year's page opens fast.

A month is valid only while the days it was made from are unchanged: a change of a past day invalidates its
month, and the clock rebuilds it. Rows may be deleted at any time.
"""

import hashlib
from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.tables.queues import Queue
from models.statistics.daily import A_DAY, DayFigures, QueueDay
from models.statistics.day_events import days_with_tickets
from models.statistics.sums import StoredSums, Sums
from models.storage.database import Base, Json, insert_once


class QueueMonth(Base):
    __tablename__ = "queue_months"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    made_from: Mapped[str] = mapped_column(String(64))  # hash of its days and when each was computed
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    durations: Mapped[bytes] = mapped_column(LargeBinary)


def valid_months(
    session: Session, queue_id: int, first: date | None, last: date | None
) -> dict[date, StoredSums]:
    """The stored, still valid months that lie wholly within these days, by their first day."""
    months = {
        month: made_from
        for month, made_from in _stored_months(session, queue_id).items()
        if (first is None or first <= month) and (last is None or last_day(month) <= last)
    }
    if not months:
        return {}
    days = _days_by_month(session, queue_id, min(months), last_day(max(months)))
    true = [month for month, made_from in months.items() if made_from == _made_from(days.get(month, ()))]
    found = select(QueueMonth.month, QueueMonth.figures, QueueMonth.durations).where(
        QueueMonth.queue_id == queue_id, QueueMonth.month.in_(true)
    )
    rows = session.execute(found.order_by(QueueMonth.month))
    return {month: StoredSums(figures, durations) for month, figures, durations in rows}


def months_to_add_up(session: Session, queue: Queue, now: datetime, *, anew: bool = False) -> list[date]:
    """Past months with final days only, whose stored row is missing or no longer valid.

    `anew`: also if the stored row is valid.
    """
    stored = {} if anew else _stored_months(session, queue.id)
    found = {month: _made_from(days) for month, days in _days_by_month(session, queue.id).items()}
    return [
        month
        for month, made_from in found.items()
        if made_from and stored.get(month) != made_from and now >= queue.business.end_of(last_day(month))
    ]


def row_of_month(session: Session, queue_id: int, month: date) -> dict[str, Any] | None:
    """The month's row to store; None if one of its days may still change or is not stored."""
    days = _days_by_month(session, queue_id, month, last_day(month)).get(month, [])
    made_from = _made_from(days)
    with_tickets = days_with_tickets(session, queue_id, month, last_day(month) + A_DAY)
    if made_from is None or not {day for day, *_ in days}.issuperset(with_tickets):
        return None
    mine = select(QueueDay.day, QueueDay.figures).where(*_of_month(queue_id, month)).order_by(QueueDay.day)
    sums = Sums()
    for day, figures in session.execute(mine):
        sums.add_day(day, DayFigures.from_json(figures))
    figures, durations = sums.packed()
    key = {"queue_id": queue_id, "month": month}
    return key | {"made_from": made_from, "figures": figures, "durations": durations}


def store_month(session: Session, row: dict[str, Any]) -> bool:
    """Store what `row_of_month` gave, unless tickets were added since on a day without a row.

    True if the row changed. An import of history holds the queue's lock, which is taken here too.
    """
    queue_id, month = row["queue_id"], row["month"]
    Queue.lock(session, queue_id)
    known = set(session.scalars(select(QueueDay.day).where(*_of_month(queue_id, month))))
    if not known.issuperset(days_with_tickets(session, queue_id, month, last_day(month) + A_DAY)):
        return False
    stored = session.get(QueueMonth, (queue_id, month))
    if stored is not None and all(getattr(stored, name) == value for name, value in row.items()):
        return False
    table = QueueMonth.__table__
    if insert_once(session, table, row, returning=table.c.queue_id) is None:  # type: ignore[arg-type]
        mine = (table.c.queue_id == queue_id, table.c.month == month)
        session.execute(update(table).where(*mine), row)  # type: ignore[arg-type]
    return True


def delete_months(session: Session, queue_id: int, first: date | None, last: date | None) -> None:
    """Delete the stored months of these days."""
    conditions = [QueueMonth.queue_id == queue_id]
    if first is not None:
        conditions.append(QueueMonth.month >= first.replace(day=1))
    if last is not None:
        conditions.append(QueueMonth.month <= last)
    session.execute(delete(QueueMonth).where(*conditions))


def last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


StoredDay = tuple[date, datetime, bool]
"""A stored day, when it was computed, and whether it is final."""


def _days_by_month(
    session: Session, queue_id: int, first: date | None = None, last: date | None = None
) -> dict[date, list[StoredDay]]:
    """The stored days of these months, by the month's first day; read from an index alone."""
    days = select(QueueDay.day, QueueDay.computed_at, QueueDay.is_final).where(QueueDay.queue_id == queue_id)
    if first is not None and last is not None:
        days = days.where(QueueDay.day.between(first, last))
    found: dict[date, list[StoredDay]] = {}
    for day, computed_at, is_final in session.execute(days.order_by(QueueDay.day)):
        found.setdefault(day.replace(day=1), []).append((day, computed_at, is_final))
    return found


def _stored_months(session: Session, queue_id: int) -> dict[date, str]:
    stored = select(QueueMonth.month, QueueMonth.made_from).where(QueueMonth.queue_id == queue_id)
    return {row.month: row.made_from for row in session.execute(stored)}


def _made_from(days: Iterable[StoredDay]) -> str | None:
    """The hash of a month's days; None if there are none, or if one may still change."""
    days = list(days)
    if not days or not all(is_final for *_, is_final in days):
        return None
    told = "\n".join(f"{day} {computed_at.isoformat()}" for day, computed_at, _ in days)
    return hashlib.sha256(told.encode()).hexdigest()


def _of_month(queue_id: int, month: date) -> Collection[Any]:
    return QueueDay.queue_id == queue_id, QueueDay.day.between(month, last_day(month))
