"""Sign-in sessions: one row per browser, so that each can be listed and ended.

The browser keeps the key, the row only its hash. A row also holds the servicer's session key of that time:
when that changes (a new password), all their sessions end at once.
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, bindparam, delete, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.servicers import Role, Servicer
from models.storage.database import Base
from models.storage.hashes import hash_of_random

UNSEEN_FOR = timedelta(days=31)
SEEN_EVERY = timedelta(minutes=10)  # not written more often
MOST_SHOWN = 20


class BrowserSession(Base):
    __tablename__ = "browser_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"), index=True)
    session_key: Mapped[str] = mapped_column(String(32))
    browser: Mapped[str] = mapped_column(String(60))  # in words, such as "Firefox on Android"
    address: Mapped[str] = mapped_column(String(60))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)

    servicer: Mapped[Servicer] = relationship()


def begin_session(session: Session, servicer: Servicer, *, browser: str, address: str, now: datetime) -> str:
    """Begin a session; returns the key that the browser keeps."""
    key = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(
            key_hash=hash_of_random(key),
            servicer_id=servicer.id,
            session_key=servicer.session_key,
            browser=browser[:60],
            address=address[:60],
            began_at=now,
            seen_at=now,
        )
    )
    session.flush()
    return key


class Holder(NamedTuple):
    """Whose session it is: columns, as every request of theirs asks, and objects take longer to make."""

    session_id: int
    seen_at: datetime
    servicer_id: int
    business_id: int
    name: str
    email: str
    role: Role
    calls_next_when_done: bool
    email_proved_at: datetime | None


def holder_of(session: Session | Connection, key: str, now: datetime) -> Holder | None:
    """Who has the session with this key, if it is still valid."""
    row = session.execute(_HOLDER, {"key_hash": hash_of_random(key), "after": now - UNSEEN_FOR}).one_or_none()
    return Holder._make(row) if row is not None else None


_VALID = (
    BrowserSession.key_hash == bindparam("key_hash"),
    BrowserSession.session_key == Servicer.session_key,
    BrowserSession.seen_at > bindparam("after"),
)
_HOLDER = (
    select(
        BrowserSession.id,
        BrowserSession.seen_at,
        Servicer.id,
        Servicer.business_id,
        Servicer.name,
        Servicer.email,
        Servicer.role,
        Servicer.calls_next_when_done,
        Servicer.email_proved_at,
    )
    .select_from(BrowserSession)
    .join(Servicer, Servicer.id == BrowserSession.servicer_id)
    .where(*_VALID)
)


def sessions_of(session: Session, servicer: Servicer, now: datetime) -> list[BrowserSession]:
    """Their valid sessions, the last used first."""
    theirs = select(BrowserSession).where(
        BrowserSession.servicer_id == servicer.id,
        BrowserSession.session_key == servicer.session_key,
        BrowserSession.seen_at > now - UNSEEN_FOR,
    )
    return list(session.scalars(theirs.order_by(BrowserSession.seen_at.desc()).limit(MOST_SHOWN)))


def record_seen(session: Session, session_id: int, now: datetime) -> None:
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(seen_at=now))


def end_session(session: Session, servicer_id: int, session_id: int) -> bool:
    """End one session of this servicer; False if it was not theirs or had ended."""
    theirs = (BrowserSession.id == session_id, BrowserSession.servicer_id == servicer_id)
    ended = session.execute(delete(BrowserSession).where(*theirs))
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_other_sessions(session: Session, servicer_id: int, but: int | None) -> int:
    """Sign them out everywhere else; returns how many sessions ended."""
    others = [BrowserSession.servicer_id == servicer_id]
    if but is not None:
        others.append(BrowserSession.id != but)
    return int(session.execute(delete(BrowserSession).where(*others)).rowcount)  # type: ignore[attr-defined]


def clear_old_sessions(session: Session, now: datetime) -> None:
    session.execute(delete(BrowserSession).where(BrowserSession.seen_at <= now - UNSEEN_FOR))
