"""What programs were answered, for a day: who asks again with the same Idempotency-Key gets the same answer.

An answer is stored in the transaction of what it tells, so that neither is ever there without the other.
It holds no phone; the names in it are erased when a customer is forgotten.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, delete, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, BigId, Json, insert_once

KEPT = timedelta(hours=24)


class ApiAnswer(Base):
    __tablename__ = "api_answers"
    __table_args__ = (UniqueConstraint("key_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"))
    idempotency_key: Mapped[str] = mapped_column(String(100))
    request_hash: Mapped[str] = mapped_column(String(64))  # a keyed hash: a phone may have been sent
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    # Whom it tells of. No foreign keys: the room of tickets is above this one.
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    called_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    at: Mapped[datetime] = mapped_column(index=True)


def is_alone(session: Session, key_id: int, idempotency_key: str) -> bool:
    """False while another transaction is at work on the same; until the commit nobody else is told True.

    On SQLite the transaction is the only writer anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return True
    digest = hashlib.sha256(f"{key_id} {idempotency_key}".encode()).digest()
    lock = {"lock": int.from_bytes(digest[:8], signed=True)}
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), lock))


def kept_answer(session: Session, key_id: int, idempotency_key: str) -> ApiAnswer | None:
    mine = (ApiAnswer.key_id == key_id, ApiAnswer.idempotency_key == idempotency_key)
    return session.scalar(select(ApiAnswer).where(*mine))


def keep_answer(session: Session, **values: Any) -> None:
    """Does nothing if there is one by now."""
    insert_once(session, ApiAnswer.__table__, values, returning=ApiAnswer.id)  # type: ignore[arg-type]


def erase_names_in_answers(session: Session, ticket_ids: Collection[int]) -> None:
    theirs = or_(ApiAnswer.ticket_id.in_(ticket_ids), ApiAnswer.called_id.in_(ticket_ids))
    for answer in session.scalars(select(ApiAnswer).where(theirs)).all():
        answer.body = _without_names(answer.body)


def _without_names(body: dict[str, Any]) -> dict[str, Any]:
    """Of everybody in it: there are two at most, and the other can be asked for again."""
    erased = body | {"name": None} if "name" in body else body
    return {
        part: _without_names(value) if isinstance(value, dict) else value for part, value in erased.items()
    }


def clear_old_answers(session: Session, now: datetime) -> None:
    session.execute(delete(ApiAnswer).where(ApiAnswer.at < now - KEPT))
