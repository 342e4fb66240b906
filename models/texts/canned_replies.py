"""A business's own answers that servicers give with one press, a list for each language."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.business import Business
from models.storage.database import Base, Json


class CannedReplies(Base):
    __tablename__ = "canned_replies"

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    replies: Mapped[list[Any]] = mapped_column(Json)
    changed_at: Mapped[datetime]


def own_replies(session: Session, business_id: int) -> dict[str, list[str]]:
    """By language; none for a language that has the usual ones."""
    mine = select(CannedReplies).where(CannedReplies.business_id == business_id)
    return {row.language: list(row.replies) for row in session.scalars(mine)}


def save_own_replies(
    session: Session, business_id: int, language: str, replies: list[str] | None, *, now: datetime
) -> None:
    """Offer these from now on, in their order; None: the usual ones again."""
    session.get_one(Business, business_id, with_for_update={"key_share": True})  # one after the other
    there = session.get(CannedReplies, (business_id, language))
    if replies is None:
        if there is not None:
            session.delete(there)
    elif there is not None:
        there.replies, there.changed_at = replies, now
    else:
        session.add(
            CannedReplies(business_id=business_id, language=language, replies=replies, changed_at=now)
        )
