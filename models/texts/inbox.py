"""Incoming texts, each with the answer it got. Recorded once per MessageSid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import OurNumber
from models.people.customers import Customer
from models.storage.database import Base, BigId, insert_each_once, insert_once, stored_enum
from models.storage.dialects import partial_index
from models.storage.request_id import LONGEST, current_request_id
from models.texts.text_states import TextState


class LostRace(Exception):
    """Another transaction did the same concurrently: roll back and try again."""


class InboundMessage(Base):
    __tablename__ = "inbound_messages"
    __table_args__ = (
        Index("ix_inbound_messages_customer_id_id", "customer_id", "id"),
        Index("ix_inbound_messages_of_queue", "queue_id", "received_at"),
        partial_index(
            "ix_inbound_messages_reply_settle_after",
            "reply_settle_after",
            where="reply_settle_after IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sid: Mapped[str] = mapped_column(String(64), unique=True)
    our_number_id: Mapped[int] = mapped_column(ForeignKey("our_numbers.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))  # the queue it was about
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    reply_kind: Mapped[str | None] = mapped_column(String(30))
    reply: Mapped[str | None] = mapped_column(Text)  # None: no answer
    reply_segments: Mapped[int | None]  # billed by the carrier; kept when the words are erased
    late: Mapped[bool] = mapped_column(default=False)  # found in the carrier's list, not by the webhook
    # The delivery state of the reply: None until something is reported.
    reply_state: Mapped[TextState | None] = mapped_column(stored_enum(TextState))
    reply_error_code: Mapped[int | None]
    reply_settle_after: Mapped[datetime | None]  # when to ask the carrier, if no report has come
    reply_absent_at: Mapped[datetime | None]  # when the carrier's list first did not have it
    reply_lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    request_id: Mapped[str | None] = mapped_column(String(LONGEST))  # of the request that brought it

    our_number: Mapped[OurNumber] = relationship()
    customer: Mapped[Customer | None] = relationship()

    @classmethod
    def record(
        cls,
        session: Session,
        *,
        sid: str,
        our_number: OurNumber,
        body: str,
        now: datetime,
        late: bool = False,
    ) -> tuple["InboundMessage", bool]:
        """This MessageSid's row and whether it is new; a duplicate waits until the first is committed."""
        values = {"sid": sid, "our_number_id": our_number.id, "body": body, "received_at": now, "late": late}
        values["request_id"] = current_request_id()
        new_id = insert_once(session, cls.__table__, values, returning=cls.id)  # type: ignore[arg-type]
        message = session.scalars(select(cls).where(cls.sid == sid)).one()
        return message, new_id is not None

    @classmethod
    def known_among(cls, session: Session, sids: Sequence[str]) -> set[str]:
        """Those that have been recorded already."""
        return set(session.scalars(_KNOWN_SIDS, {"sids": list(sids)}))

    @classmethod
    def record_answered(cls, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Record texts with their answers, all at once. Raises LostRace if one was recorded meanwhile."""
        table = cls.__table__
        new = insert_each_once(session, table, rows, returning=(table.c.id,))  # type: ignore[arg-type]
        if len(new) != len(rows):
            raise LostRace


_INBOUND = InboundMessage.__table__
_KNOWN_SIDS = select(_INBOUND.c.sid).where(_INBOUND.c.sid.in_(bindparam("sids", expanding=True)))
