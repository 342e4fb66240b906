"""A business's custom wording for a kind of text in a language; without one the standard wording is used.

The business's row counts them, so that a business without any costs no query. Callers validate the wording.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from models.people.business import Business
from models.storage.database import Base


class CustomWording(Base):
    __tablename__ = "own_words"

    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


def custom_wording(business: Business, kind: str, language: str) -> str | None:
    """One query for each key in a session, and none for a business without custom wording."""
    session = object_session(business)
    if not business.own_words_count or session is None:
        return None
    read = session.info.setdefault(_READ, {})
    key = business.id, language, kind
    if key not in read:
        read[key] = session.scalar(_WORDS, {"business": business.id, "language": language, "kind": kind})
    words: str | None = read[key]
    return words


def all_custom_wording(session: Session, business_id: int, language: str) -> dict[str, str]:
    """By kind of text."""
    mine = (CustomWording.business_id == business_id, CustomWording.language == language)
    return {row.kind: row.words for row in session.scalars(select(CustomWording).where(*mine))}


def save_custom_wording(
    session: Session, business_id: int, kind: str, language: str, words: str | None, *, now: datetime
) -> None:
    """Use these words from now on; None: the standard wording again."""
    business = session.get_one(Business, business_id, with_for_update={"key_share": True})
    there = session.get(CustomWording, (business_id, language, kind))
    if words is None:
        if there is not None:
            session.delete(there)
    elif there is not None:
        there.words, there.changed_at = words, now
    else:
        session.add(
            CustomWording(business_id=business_id, language=language, kind=kind, words=words, changed_at=now)
        )
    session.flush()
    session.info.pop(_READ, None)
    count = select(func.count()).where(CustomWording.business_id == business_id)
    business.own_words_count = session.scalar(count) or 0


_READ = "custom wordings that this session has read"
# Compiled once: building a statement costs as much as running it.
_WORDS = select(CustomWording.words).where(
    CustomWording.business_id == bindparam("business"),
    CustomWording.language == bindparam("language"),
    CustomWording.kind == bindparam("kind"),
)
