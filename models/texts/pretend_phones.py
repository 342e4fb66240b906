"""What the pretend phones show while no carrier is configured: made-up numbers, stored in plain text."""

from datetime import datetime

from sqlalchemy import Index, String, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.addresses import Channel
from models.storage.database import Base, BigId, stored_enum


class PretendText(Base):
    __tablename__ = "pretend_texts"
    __table_args__ = (Index("ix_pretend_texts_phone_id", "phone", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(20))
    our_number: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Channel] = mapped_column(
        stored_enum(Channel), default=Channel.SMS, server_default=Channel.SMS.value
    )
    from_phone: Mapped[bool]  # typed on the phone; otherwise sent by us
    body: Mapped[str] = mapped_column(Text)
    sid: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


def store_pretend_text(
    session: Session,
    phone: str,
    our_number: str,
    body: str,
    *,
    from_phone: bool,
    now: datetime,
    sid: str | None = None,
    channel: Channel = Channel.SMS,
) -> None:
    values = {
        "phone": phone,
        "our_number": our_number,
        "channel": channel,
        "from_phone": from_phone,
        "body": body,
        "sid": sid,
        "at": now,
    }
    session.execute(insert(PretendText).values(values))


def erase_pretend_texts(session: Session, phone: str) -> None:
    session.execute(delete(PretendText).where(PretendText.phone == phone))


def silent_pretend_phones(session: Session, since: datetime) -> list[str]:
    """Those that neither sent nor got a text since."""
    last = func.max(PretendText.at)
    return list(session.scalars(select(PretendText.phone).group_by(PretendText.phone).having(last < since)))


def pretend_conversation(session: Session, phone: str, limit: int = 50) -> list[PretendText]:
    """The last texts of one pretend phone, the oldest first."""
    last = select(PretendText).where(PretendText.phone == phone).order_by(PretendText.id.desc()).limit(limit)
    return list(session.scalars(last))[::-1]


def pretend_text_of(session: Session, sid: str) -> PretendText | None:
    """The text that the outbox has sent under this sid."""
    return session.scalars(select(PretendText).where(PretendText.sid == sid)).first()


def pretend_texts_sent_to(session: Session, phone: str, since: datetime) -> list[PretendText]:
    """What the outbox has sent to a pretend phone since, the newest first; direct answers have no sid."""
    sent = (
        PretendText.phone == phone,
        PretendText.at >= since,
        PretendText.sid.is_not(None),
        PretendText.from_phone.is_(False),
    )
    return list(session.scalars(select(PretendText).where(*sent).order_by(PretendText.id.desc())))
