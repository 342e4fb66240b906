"""Keys with which a business lets programs act for it. A key belongs to the business, not to who made it.

Only its SHA-256 is stored. That is enough, as nobody can try 192 random bits: a slow hash protects what
people choose, and would cost each request of a program a fraction of a second.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.servicers import Servicer
from models.storage.database import Base
from models.storage.hashes import hash_of_random

USE_WRITTEN_EVERY = timedelta(hours=1)
MOST_KEYS = 50  # of a business, in use
LONGEST_NAME = 60
KEY = re.compile(r"tan_[0-9a-f]{8}_[A-Za-z0-9_-]{32}")


class Scope(StrEnum):
    READ = "read"
    JOIN = "join"
    SERVE = "serve"
    PEOPLE = "people"  # phones and names, in the answers to what the other scopes may ask


class ApiKey(Base):
    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))  # None: all of the business
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    prefix: Mapped[str] = mapped_column(String(12))  # how it begins, to recognize it
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(60))  # in one word each
    made_by_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # to the hour
    revoked_at: Mapped[datetime | None]

    made_by: Mapped[Servicer] = relationship()


def make_key(
    session: Session,
    *,
    business_id: int,
    queue_id: int | None,
    name: str,
    scopes: Collection[Scope],
    made_by_id: int,
    now: datetime,
) -> tuple[ApiKey, str]:
    """The row, and the key itself, which is kept nowhere."""
    prefix = f"tan_{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_urlsafe(24)}"
    row = ApiKey(
        business_id=business_id,
        queue_id=queue_id,
        name=name,
        prefix=prefix,
        key_hash=hash_of_random(key),
        scopes=" ".join(scope for scope in Scope if scope in scopes),
        made_by_id=made_by_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row, key


def key_in_use(session: Session, given: str) -> ApiKey | None:
    """The row of this key, unless it was revoked or never was one."""
    if not KEY.fullmatch(given):
        return None
    return session.scalar(_BY_HASH, {"key_hash": hash_of_random(given)})


def keys_of(session: Session, business_id: int) -> list[ApiKey]:
    """Those in use, the newest first."""
    theirs = select(ApiKey).where(ApiKey.business_id == business_id, ApiKey.revoked_at.is_(None))
    return list(session.scalars(theirs.order_by(ApiKey.id.desc())))


def are_people_seen(session: Session, business_id: int) -> bool:
    """Whether any key in use sees names and phones."""
    return any(Scope.PEOPLE in key.scopes.split() for key in keys_of(session, business_id))


def record_use(session: Session, key_id: int, now: datetime) -> None:
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(used_at=now))


def revoke(session: Session, business_id: int, key_id: int, now: datetime) -> ApiKey | None:
    """Good for nothing from now on. None if it is not theirs, or was revoked before."""
    theirs = (ApiKey.id == key_id, ApiKey.business_id == business_id, ApiKey.revoked_at.is_(None))
    key = session.scalar(select(ApiKey).where(*theirs).with_for_update())
    if key is not None:
        key.revoked_at = now
    return key


# Compiled once: building a statement costs as much as running it.
_BY_HASH = select(ApiKey).where(ApiKey.key_hash == bindparam("key_hash"), ApiKey.revoked_at.is_(None))
