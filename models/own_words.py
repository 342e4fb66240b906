"""A business's own words for a kind of text in a language; where it has none, the standard ones are said.

The business's row counts them, so that one without any is never asked for. Checked before they come here.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from models.business import Business
from models.database import Base


class OwnWords(Base):
    __tablename__ = "own_words"

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


def own_words(business: Business, kind: str, language: str) -> str | None:
    """One look-up by key, and none for a business that keeps to the standard words."""
    session = object_session(business)
    if not business.own_words_count or session is None:
        return None
    key = (OwnWords.business_id == business.id, OwnWords.language == language, OwnWords.kind == kind)
    return session.scalar(select(OwnWords.words).where(*key))


def all_own_words(session: Session, business_id: int, language: str) -> dict[str, str]:
    """By kind of text."""
    mine = (OwnWords.business_id == business_id, OwnWords.language == language)
    return {row.kind: row.words for row in session.scalars(select(OwnWords).where(*mine))}


def say_in_own_words(
    session: Session, business_id: int, kind: str, language: str, words: str | None, *, now: datetime
) -> None:
    """From now on these words; None: the standard ones again."""
    business = session.get_one(Business, business_id, with_for_update={"key_share": True})
    there = session.get(OwnWords, (business_id, language, kind))
    if words is None:
        if there is not None:
            session.delete(there)
    elif there is not None:
        there.words, there.changed_at = words, now
    else:
        session.add(
            OwnWords(business_id=business_id, language=language, kind=kind, words=words, changed_at=now)
        )
    session.flush()
    count = select(func.count()).where(OwnWords.business_id == business_id)
    business.own_words_count = session.scalar(count) or 0
