"""What customers and the counter say to each other about a ticket, in their own words.

The words stand here, on the text that brought them, and on the one that took them; never in the event log.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, BigId


class Remark(Base):
    __tablename__ = "remarks"
    __table_args__ = (
        Index("ix_remarks_ticket_id_id", "ticket_id", "id"),
        Index("ix_remarks_customer_id", "customer_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # The text that brought it, or the press: each counts once.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))  # None: the customer says it
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("events.id"))
    words: Mapped[str] = mapped_column(Text)  # "" once they are erased
    at: Mapped[datetime]
    recalled_at: Mapped[datetime | None]  # an answer that was undone before anybody had it

    @property
    def is_by_customer(self) -> bool:
        return self.servicer_id is None


def is_known(session: Session, key: str) -> bool:
    return session.scalar(select(Remark.id).where(Remark.key == key)) is not None


def remarks_about(session: Session, ticket_ids: Iterable[int]) -> list[Remark]:
    """In their order, without those whose words are erased, and those that were recalled."""
    theirs = select(Remark).where(Remark.ticket_id.in_(list(ticket_ids)), Remark.words != "")
    return list(session.scalars(theirs.where(Remark.recalled_at.is_(None)).order_by(Remark.id)))


def recalled(session: Session, key: str, servicer_id: int) -> Remark | None:
    """This servicer's answer by that press, if it was recalled: nobody else has ever seen its words."""
    mine = (Remark.key == key, Remark.servicer_id == servicer_id, Remark.recalled_at.is_not(None))
    return session.scalar(select(Remark).where(*mine))


def is_answered_after(session: Session, remark: Remark) -> bool:
    """Whether a servicer has answered again since, about the same ticket."""
    later = (Remark.ticket_id == remark.ticket_id, Remark.id > remark.id, Remark.servicer_id.is_not(None))
    return session.scalar(select(Remark.id).where(*later).limit(1)) is not None
