"""Rate limits with fixed windows: one counter row per limit, subject and window.

Windows begin at the same moment for every process. The subject is stored as a keyed hash only. The clock
deletes old rows. What happens when a limit is reached is the caller's decision.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base
from models.storage.dialects import insert_into
from models.storage.hashes import keyed_hash

KEPT = timedelta(days=2)  # longer than the longest window


class Limit(NamedTuple):
    """At most so many in each window."""

    name: str
    most: int
    per: timedelta

    def window(self, now: datetime) -> datetime:
        seconds = int(self.per.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def minutes_left(self, now: datetime) -> int:
        """Until the next window, at least 1."""
        return max(1, -int(-(self.window(now) + self.per - now).total_seconds() // 60))


Try = tuple[Limit, object]  # a limit, and who or what it is counted for


class Count(Base):
    __tablename__ = "counts"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    whose: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int]


COUNTS = Count.__table__
_USED_UP = select(COUNTS.c.whose).where(
    COUNTS.c.name == bindparam("limit"),
    COUNTS.c.whose.in_(bindparam("those", expanding=True)),
    COUNTS.c.window_at == bindparam("window"),
    COUNTS.c.count >= bindparam("most"),
)


def count(session: Session, limit: Limit, whose: object, now: datetime) -> int:
    """Count one more; returns the count of this window, this one included."""
    return count_in(session, limit.name, whose, limit.window(now))


def count_in(session: Session, name: str, whose: object, window: datetime) -> int:
    """As `count`, in a window of the caller's choice, such as a business day."""
    values = {"name": name, "whose": _key(whose), "window_at": window, "count": 1}
    return int(session.execute(_upsert(session.get_bind().dialect.name), values).scalar_one())


@cache  # compiled once: building a statement costs as much as running it
def _upsert(dialect: str) -> Any:
    again = {"count": COUNTS.c.count + 1}
    unique = ["name", "whose", "window_at"]
    upsert = insert_into(COUNTS, dialect).on_conflict_do_update(index_elements=unique, set_=again)
    return upsert.returning(COUNTS.c.count)


def is_over(session: Session, limit: Limit, whose: object, now: datetime) -> bool:
    """Count one more; True if that exceeds the limit."""
    return count(session, limit, whose, now) > limit.most


def used_up(session: Session, tries: Iterable[Try], now: datetime) -> Limit | None:
    """The first of these limits that has been reached; counts nothing."""
    return next((limit for limit, whose in tries if counted(session, limit, whose, now) >= limit.most), None)


def count_all(session: Session, tries: Iterable[Try], now: datetime) -> Limit | None:
    """Count one more in each of these. If one would be exceeded, nothing is counted, and it is returned."""
    try:
        with session.begin_nested():
            for limit, whose in tries:
                if is_over(session, limit, whose, now):
                    raise _Exceeded(limit)
    except _Exceeded as exceeded:
        return exceeded.limit
    return None


class _Exceeded(Exception):
    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.name)
        self.limit = limit


def counted(session: Session, limit: Limit, whose: object, now: datetime) -> int:
    """The count of this window; counts nothing."""
    return counted_in(session, limit.name, whose, limit.window(now))


def counted_in(session: Session, name: str, whose: object, window: datetime) -> int:
    return session.scalar(COUNTED, row_of(name, whose, window)) or 0


def row_of(name: str, whose: object, window: datetime) -> dict[str, Any]:
    """What `COUNTED` is asked with."""
    return {"name": name, "whose": _key(whose), "window_at": window}


COUNTED = select(COUNTS.c.count).where(
    *(COUNTS.c[column] == bindparam(column) for column in ("name", "whose", "window_at"))
)


def used_up_among(session: Session, limit: Limit, whose: Iterable[str], now: datetime) -> list[str]:
    """Those who have reached the limit in this window; counts nothing."""
    by_key = {_key(each): each for each in whose}
    asked = {
        "limit": limit.name,
        "those": list(by_key),
        "window": limit.window(now),
        "most": limit.most,
    }
    return [by_key[key] for key in session.scalars(_USED_UP, asked)]


def take_back(session: Session, limit: Limit, whose: object, now: datetime) -> None:
    """Undo one `count`."""
    row = _row(limit.name, whose, limit.window(now))
    session.execute(update(Count).where(*row).values(count=Count.count - 1))


def clear_old_counts(session: Session, now: datetime) -> None:
    session.execute(delete(Count).where(Count.window_at < now - KEPT))


def _row(name: str, whose: object, window: datetime) -> tuple[Any, ...]:
    return COUNTS.c.name == name, COUNTS.c.whose == _key(whose), COUNTS.c.window_at == window


def _key(whose: object) -> str:
    return keyed_hash(str(whose))
