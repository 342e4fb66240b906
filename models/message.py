"""Texts: those that came in, each with the answer it got, and those we send unasked: the outbox.

An inbound text is taken in once per MessageSid. An outbound row exists once per key; it holds kind and
facts as they were at the moment, and its state only ever moves as `TextState` says. Nothing here talks
to a carrier.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    Update,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.business import OurNumber
from models.database import Base, BigId, Json, insert_each_once, insert_once, stored_enum
from models.people import Customer, Servicer, Texted
from models.request_id import LONGEST, current_request_id


class TextState(StrEnum):
    WAITING = "waiting"  # -> sending, expired
    SENDING = (
        "sending"  # claimed and committed, the call is under way -> accepted, waiting, rejected, unknown
    )
    UNKNOWN = "unknown"  # nobody knows whether the carrier has it -> any but sending
    ACCEPTED = "accepted"  # the carrier has it -> sent, delivered, failed
    SENT = "sent"  # -> delivered, failed
    DELIVERED = "delivered"
    REJECTED = "rejected"  # the carrier refused it: nothing was sent
    FAILED = "failed"  # accepted, but not delivered
    EXPIRED = "expired"  # never sent: no longer true, or its time was over


class InboundMessage(Base):
    __tablename__ = "inbound_messages"
    __table_args__ = (
        Index("ix_inbound_messages_customer_id_id", "customer_id", "id"),
        Index("ix_inbound_messages_of_queue", "queue_id", "received_at"),
        Index(
            "ix_inbound_messages_reply_settle_after",
            "reply_settle_after",
            sqlite_where=text("reply_settle_after IS NOT NULL"),
            postgresql_where=text("reply_settle_after IS NOT NULL"),
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
    reply: Mapped[str | None] = mapped_column(Text)  # None: silence
    reply_segments: Mapped[int | None]  # that the carrier bills for it; kept when the words are forgotten
    late: Mapped[bool] = mapped_column(default=False)  # found by the sweep, not by the webhook
    # What became of the reply: None while nothing was heard of it.
    reply_state: Mapped[TextState | None] = mapped_column(stored_enum(TextState))
    reply_error_code: Mapped[int | None]
    reply_settle_after: Mapped[datetime | None]  # the carrier is asked, if no report has come by then
    reply_absent_at: Mapped[datetime | None]  # when the carrier's list first did not have it
    reply_lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    request_id: Mapped[str | None] = mapped_column(String(LONGEST))  # which brought it: leads into the log

    our_number: Mapped[OurNumber] = relationship()
    customer: Mapped[Customer | None] = relationship()

    @classmethod
    def take_in(
        cls,
        session: Session,
        *,
        sid: str,
        our_number: OurNumber,
        body: str,
        now: datetime,
        late: bool = False,
    ) -> tuple["InboundMessage", bool]:
        """This MessageSid's row and whether it is new; a copy waits here until the first is committed."""
        values = {"sid": sid, "our_number_id": our_number.id, "body": body, "received_at": now, "late": late}
        values["request_id"] = current_request_id()
        new_id = insert_once(session, cls.__table__, values, returning=cls.id)  # type: ignore[arg-type]
        message = session.scalars(select(cls).where(cls.sid == sid)).one()
        return message, new_id is not None

    @classmethod
    def known_among(cls, session: Session, sids: Sequence[str]) -> set[str]:
        """Those of which a copy came before."""
        return set(session.scalars(_KNOWN_SIDS, {"sids": list(sids)}))

    @classmethod
    def take_in_answered(cls, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Texts with the answers they get, as one. Raises Overtaken if a copy of one came meanwhile."""
        table = cls.__table__
        new = insert_each_once(session, table, rows, returning=(table.c.id,))  # type: ignore[arg-type]
        if len(new) != len(rows):
            raise Overtaken


_INBOUND = InboundMessage.__table__
_KNOWN_SIDS = select(_INBOUND.c.sid).where(_INBOUND.c.sid.in_(bindparam("sids", expanding=True)))


class Overtaken(Exception):
    """Somebody else has done it at this very moment: nothing may be kept, and all is tried again."""


class TextKind(StrEnum):
    JOINED = "joined"  # confirmation of a join on the web or at the desk
    NEARLY_UP = "nearly_up"
    YOUR_TURN = "your_turn"
    REMINDER = "reminder"
    CALLED_TOO_EARLY = "called_too_early"
    STILL_CALLED = "still_called"  # a no-show was taken back
    STILL_WAITING = "still_waiting"  # the end of the day was taken back
    PUT_BACK = "put_back"
    NO_SHOW = "no_show"
    TRANSFERRED = "transferred"  # a new number in another queue
    DAY_ENDED = "day_ended"
    TAKEN_BACK = "taken_back"  # a number given at the desk was taken back
    ANNOUNCEMENT = "announcement"
    RATING = "rating"
    SOMEBODY_JOINED = "somebody_joined"  # to a servicer who has nothing to do
    DAILY_SUMMARY = "daily_summary"  # to a manager, in one line
    WEEKLY_SUMMARY = "weekly_summary"
    LATE_ANSWER = "late_answer"  # to a text that the webhook missed, or whose reply was lost


UNSENT = (TextState.WAITING, TextState.SENDING, TextState.UNKNOWN)
IN_TROUBLE = (TextState.UNKNOWN, TextState.REJECTED, TextState.FAILED, TextState.EXPIRED)

PRIORITY = {
    TextKind.YOUR_TURN: 0,
    TextKind.CALLED_TOO_EARLY: 0,
    TextKind.STILL_CALLED: 0,
    TextKind.REMINDER: 1,
}
LATER_PRIORITY = {
    TextKind.NEARLY_UP: 2,
    TextKind.SOMEBODY_JOINED: 3,
    TextKind.LATE_ANSWER: 3,
    TextKind.RATING: 8,
}
USUAL_PRIORITY = 4

# How long a text stays worth sending. A turn text has no end of its own: only what makes it untrue drops it.
LIFETIME = timedelta(hours=1)
SHORT_LIFETIME = {
    TextKind.SOMEBODY_JOINED: timedelta(minutes=10),
    TextKind.LATE_ANSWER: timedelta(minutes=15),
}
NO_END = frozenset({TextKind.YOUR_TURN})

TURN_TEXTS = (TextKind.YOUR_TURN, TextKind.REMINDER, TextKind.STILL_CALLED)
ABOUT_WAITING = (TextKind.NEARLY_UP, TextKind.PUT_BACK, TextKind.CALLED_TOO_EARLY, TextKind.STILL_WAITING)


class OutboundMessage(Base):
    __tablename__ = "outbound_messages"
    __table_args__ = (
        Index(
            "ix_outbound_messages_due",
            "our_number_id",
            "priority",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbound_messages_unsettled",
            "lease_until",
            sqlite_where=text("state IN ('sending', 'unknown')"),
            postgresql_where=text("state IN ('sending', 'unknown')"),
        ),
        Index("ix_outbound_messages_ticket_id_id", "ticket_id", "id"),
        CheckConstraint("carrier_sid IS NULL OR state NOT IN ('waiting', 'expired')", name="sid_means_sent"),
        CheckConstraint("(customer_id IS NULL) <> (servicer_id IS NULL)", name="one_recipient"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # Our own id at the carrier: in the address of its delivery reports. Not guessable.
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    our_number_id: Mapped[int] = mapped_column(ForeignKey("our_numbers.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queues.id"))
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"))
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("events.id"))
    kind: Mapped[TextKind] = mapped_column(stored_enum(TextKind))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    language: Mapped[str] = mapped_column(String(8))
    priority: Mapped[int]
    state: Mapped[TextState] = mapped_column(stored_enum(TextState), default=TextState.WAITING)
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    # Set when a newer truth replaces it; one whose outcome is unknown is then never sent again.
    obsolete_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(120))  # the clock whose call it was
    lease_until: Mapped[datetime | None]
    # Of an unknown outcome: when the carrier is asked (again), how often it was, and whether it had it not.
    settle_after: Mapped[datetime | None]
    lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    absent_at: Mapped[datetime | None]
    body: Mapped[str | None] = mapped_column(Text)  # as it left
    segments: Mapped[int | None]
    carrier_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(LONGEST))  # which caused it: leads into the log

    our_number: Mapped[OurNumber] = relationship()
    customer: Mapped[Customer | None] = relationship()
    servicer: Mapped[Servicer | None] = relationship()

    @property
    def recipient(self) -> Texted:
        somebody = self.customer or self.servicer
        assert somebody is not None
        return somebody


def put_in_outbox(
    session: Session,
    kind: TextKind,
    *,
    key: str,
    our_number_id: int,
    language: str,
    facts: dict[str, Any],
    now: datetime,
    customer_id: int | None = None,
    servicer_id: int | None = None,
    queue_id: int | None = None,
    ticket_id: int | None = None,
    event_id: int | None = None,
    delay: timedelta = timedelta(0),
    request_id: str | None = None,
) -> bool:
    """Add a text to the outbox, once per `key`; False when it is there already. It has one recipient.

    `request_id`, where another request caused it than the present one.
    """
    values = {
        "reference": secrets.token_urlsafe(12),
        "key": key,
        "our_number_id": our_number_id,
        "customer_id": customer_id,
        "servicer_id": servicer_id,
        "queue_id": queue_id,
        "ticket_id": ticket_id,
        "event_id": event_id,
        "kind": kind,
        "facts": facts,
        "language": language,
        "priority": (PRIORITY | LATER_PRIORITY).get(kind, USUAL_PRIORITY),
        "state": TextState.WAITING,
        "created_at": now,
        "send_after": now + delay,
        "expires_at": None if kind in NO_END else now + SHORT_LIFETIME.get(kind, LIFETIME),
        "attempts": 0,
        "request_id": request_id or current_request_id(),
    }
    table = OutboundMessage.__table__
    return insert_once(session, table, values, returning=table.c.id) is not None  # type: ignore[arg-type]


def drop_unsent(session: Session, ticket_id: int, kinds: Iterable[TextKind], now: datetime) -> set[TextKind]:
    """These texts of the ticket are no longer true: expire those still unsent; gives the kinds that were.

    One that is under way, or of unknown outcome, can't be caught any more, but is not sent again.
    """
    touched = session.execute(_dropping(tuple(kinds)), {"about": ticket_id, "now": now})
    return {kind for kind, state in touched if state == TextState.EXPIRED}


@cache  # made once for each of the few sets of kinds: to make a statement costs as much as to run it
def _dropping(kinds: tuple[TextKind, ...]) -> Any:
    table: Any = OutboundMessage.__table__
    about = (table.c.ticket_id == bindparam("about"), table.c.kind.in_(kinds))
    is_unsent = table.c.state == TextState.WAITING
    is_under_way = table.c.state.in_((TextState.SENDING, TextState.UNKNOWN)) & table.c.obsolete_at.is_(None)
    # One statement for both: the queue is locked meanwhile, and each way to the database counts.
    expired = case((is_unsent, TextState.EXPIRED.value), else_=table.c.state)
    dropped = update(table).where(*about, or_(is_unsent, is_under_way))
    return dropped.values(state=expired, obsolete_at=bindparam("now")).returning(table.c.kind, table.c.state)


def drop_unsent_of_event(session: Session, event_id: int, now: datetime) -> None:
    """The event was taken back: its texts that have not left yet never do."""
    table: Any = OutboundMessage.__table__
    for drop in (_expired, _never_again):
        session.execute(drop(table, table.c.event_id == event_id), {"now": now})


def _expired(table: Table, *about: ColumnElement[bool]) -> Update:
    unsent = update(table).where(*about, table.c.state == TextState.WAITING)
    return unsent.values(state=TextState.EXPIRED, obsolete_at=bindparam("now"))


def _never_again(table: Table, *about: ColumnElement[bool]) -> Update:
    under_way = table.c.state.in_((TextState.SENDING, TextState.UNKNOWN))
    live = update(table).where(*about, under_way, table.c.obsolete_at.is_(None))
    return live.values(obsolete_at=bindparam("now"))


# How far a text has come, for reports that arrive doubled and in any order: it never goes back.
RANK = {
    TextState.WAITING: 0,
    TextState.EXPIRED: 0,
    TextState.SENDING: 1,
    TextState.UNKNOWN: 1,
    TextState.REJECTED: 1,
    TextState.ACCEPTED: 2,
    TextState.SENT: 3,
    TextState.DELIVERED: 4,
    TextState.FAILED: 4,
}
MOMENT = {
    TextState.ACCEPTED: "accepted_at",
    TextState.SENT: "sent_at",
    TextState.DELIVERED: "delivered_at",
    TextState.FAILED: "failed_at",
}


def advance(
    session: Session,
    message_id: int,
    state: TextState,
    now: datetime,
    *,
    carrier_sid: str | None = None,
    error_code: int | None = None,
) -> bool:
    """Move a text forward to what the carrier says of it; False when it is there or further already."""
    table = OutboundMessage.__table__
    earlier = [known for known, rank in RANK.items() if rank < RANK[state]]
    values: dict[str, Any] = {"state": state, MOMENT[state]: now, "lease_until": None, "settle_after": None}
    if carrier_sid is not None:
        values["carrier_sid"] = func.coalesce(table.c.carrier_sid, carrier_sid)
    if error_code is not None:
        values["error_code"] = error_code
    done = session.execute(
        update(table).where(table.c.id == message_id, table.c.state.in_(earlier)).values(values)  # type: ignore[arg-type]
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
