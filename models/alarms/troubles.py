"""The troubles that somebody is told of: once when one begins, and once when it is over.

A row for each person and subject, of which one is open at a time, however many clocks look at once. What
began in quiet hours is told when they end, if it still stands; what was over before it was told never is.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, delete, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.alarms.choices import AlarmKind, Watcher, Wish
from models.alarms.messages import Message, send_message
from models.storage.database import Base, Json, insert_once, stored_enum
from models.storage.dialects import partial_index
from models.storage.heartbeats import is_believed

# For so long it must stand before it is told.
GRACE = {
    AlarmKind.STALLED: timedelta(minutes=1),
    AlarmKind.UNSTAFFED: timedelta(minutes=5),
    AlarmKind.TEXTS_FAILING: timedelta(minutes=1),
    AlarmKind.BACKUP_LATE: timedelta(minutes=10),
}
# For so long it must be gone before it is over, so that one joiner more or less is no new trouble.
OVER_AFTER = timedelta(minutes=3)
KEPT = timedelta(days=30)
IS_OPEN = "over_at IS NULL"


class Trouble(Base):
    __tablename__ = "troubles"
    __table_args__ = (
        partial_index(
            "uq_troubles_open",
            "servicer_id",
            "subject",
            unique=True,
            where=IS_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    subject: Mapped[str] = mapped_column(String(40))
    kind: Mapped[AlarmKind] = mapped_column(stored_enum(AlarmKind))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    began_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    better_since: Mapped[datetime | None]  # it is gone, perhaps for a moment only
    over_at: Mapped[datetime | None]


def open_troubles(session: Session) -> dict[tuple[int, str], Trouble]:
    rows = session.scalars(select(Trouble).where(text(IS_OPEN)).order_by(Trouble.id))
    return {(row.servicer_id, row.subject): row for row in rows}


def is_wrong_news(watcher: Watcher, wish: Wish, known: Trouble | None, now: datetime) -> bool:
    """Whether there is anything to note of what is wrong now."""
    if known is None or known.better_since is not None:
        return True
    return known.told_at is None and _is_to_be_told(watcher, wish, known.began_at, now)


def note_wrong(
    session: Session,
    watcher: Watcher,
    wish: Wish,
    facts: dict[str, Any],
    known: Trouble | None,
    now: datetime,
) -> None:
    """It is wrong now. Told if it has stood long enough, and it is no quiet hour."""
    trouble_id = known.id if known is not None else _begin(session, watcher, wish, facts, now)
    if trouble_id is None:  # another clock has just begun it
        return
    if known is not None and known.better_since is not None:
        _change(session, trouble_id, better_since=None)
    began_at = known.began_at if known is not None else now
    if (known is not None and known.told_at is not None) or not _is_to_be_told(watcher, wish, began_at, now):
        return
    if _change(session, trouble_id, Trouble.told_at.is_(None), told_at=now, facts=facts):
        send_message(session, watcher, Message.BEGAN, wish.kind, trouble_id, facts, now)


def is_gone_news(watcher: Watcher | None, known: Trouble, now: datetime) -> bool:
    """Whether there is anything to note of what is not wrong now."""
    if watcher is None or known.told_at is None or known.better_since is None:
        return True
    return _has_stood(known.better_since, OVER_AFTER, now) and not watcher.is_quiet(now)


def note_gone(session: Session, watcher: Watcher | None, known: Trouble, now: datetime) -> None:
    """It is not wrong now, or nobody (`watcher` is None) wants to be told of it any more."""
    if watcher is None:
        _change(session, known.id, over_at=now)
    elif known.told_at is None:
        _change(session, known.id, Trouble.told_at.is_(None), over_at=now)
    elif known.better_since is None:
        _change(session, known.id, Trouble.better_since.is_(None), better_since=now)
    elif is_gone_news(watcher, known, now) and _change(
        session, known.id, Trouble.better_since == known.better_since, over_at=now
    ):
        send_message(session, watcher, Message.OVER, known.kind, known.id, known.facts, now)


def clear_old_troubles(session: Session, now: datetime) -> None:
    session.execute(delete(Trouble).where(Trouble.over_at < now - KEPT))


def _is_to_be_told(watcher: Watcher, wish: Wish, began_at: datetime, now: datetime) -> bool:
    return _has_stood(began_at, GRACE.get(wish.kind), now) and not watcher.is_quiet(now)


def _begin(
    session: Session, watcher: Watcher, wish: Wish, facts: dict[str, Any], now: datetime
) -> int | None:
    values = {
        "servicer_id": watcher.person.id,
        "subject": wish.subject,
        "kind": wish.kind,
        "facts": facts,
        "began_at": now,
    }
    new: int | None = insert_once(session, Trouble.__table__, values, returning=Trouble.id)  # type: ignore[arg-type]
    return new


def _change(session: Session, trouble_id: int, *conditions: Any, **values: Any) -> bool:
    """False if another clock was first."""
    still = update(Trouble).where(Trouble.id == trouble_id, Trouble.over_at.is_(None), *conditions)
    return bool(session.execute(still.values(**values)).rowcount == 1)  # type: ignore[attr-defined]


def _has_stood(since: datetime, length: timedelta | None, now: datetime) -> bool:
    """A moment still to come was written by a clock that was ahead: nobody waits for it."""
    return length is None or since <= now - length or not is_believed(since, now)
