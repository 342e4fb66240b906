"""Texts that are no direct answer, waiting to be sent or sent: the outbox. Nothing here talks to a carrier.

A row exists once per key. It holds the kind and the facts of that moment; its state changes only as
`TextState` says.
"""

import secrets
from collections.abc import Iterable
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
    Text,
    Update,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut, Texted
from models.storage.database import Base, BigId, Json, stored_enum
from models.storage.dialects import insert_into, partial_index
from models.storage.doorbell import ring_after_commit
from models.storage.request_id import LONGEST, current_request_id
from models.storage.writes import write
from models.texts.text_kinds import (
    DEFAULT_PRIORITY,
    LIFETIME,
    NEVER_EXPIRES,
    PRIORITY,
    SHORT_LIFETIME,
    TextKind,
)
from models.texts.text_states import MOMENT, RANK, UNCONFIRMED, TextState

# Ends the key of a text that follows one which the carrier gave up.
RETRY_SUFFIX = ":again"
# Ends the key of a text that goes by SMS, as its own channel could not bring it.
SMS_SUFFIX = ":sms"


class OutboundMessage(Base):
    __tablename__ = "outbound_messages"
    __table_args__ = (
        partial_index(
            "ix_outbound_messages_due",
            "our_number_id",
            "priority",
            "id",
            where="state = 'waiting'",
        ),
        partial_index(
            "ix_outbound_messages_unsettled",
            "lease_until",
            where="state IN ('sending', 'unknown')",
        ),
        partial_index(
            "ix_outbound_messages_unreported",
            "settle_after",
            where="state IN ('accepted', 'sent') AND settle_after IS NOT NULL",
        ),
        Index("ix_outbound_messages_ticket_id_id", "ticket_id", "id"),
        CheckConstraint("carrier_sid IS NULL OR state NOT IN ('waiting', 'expired')", name="sid_means_sent"),
        CheckConstraint("(customer_id IS NULL) <> (servicer_id IS NULL)", name="one_recipient"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # Our own id, in the callback address of its delivery reports. Not guessable.
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
    # Set when it is no longer true; if its outcome is unknown it is then never sent again.
    obsolete_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(120))  # the clock that makes the call
    lease_until: Mapped[datetime | None]
    # Without a report: when to ask the carrier (again), how often it was asked and, for an unknown outcome,
    # when the text was first absent from its list.
    settle_after: Mapped[datetime | None]
    lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    absent_at: Mapped[datetime | None]
    body: Mapped[str | None] = mapped_column(Text)  # as it was sent
    template_sid: Mapped[str | None] = mapped_column(String(64))  # sent by it: the carrier has other words
    segments: Mapped[int | None]
    carrier_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]  # where the channel reports it, and they have not switched that off
    failed_at: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(LONGEST))  # of the request that caused it

    our_number: Mapped[OurNumber] = relationship()
    customer: Mapped[Customer | None] = relationship()
    servicer: Mapped[Servicer | None] = relationship()

    @property
    def taken_at(self) -> datetime | None:
        """When the carrier had it, by the first that we know of that."""
        return self.accepted_at or self.sent_at or self.delivered_at

    @property
    def recipient(self) -> Texted:
        somebody = self.customer or self.servicer
        assert somebody is not None
        return somebody


_TABLE: Any = OutboundMessage.__table__


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
    phone_hash: str | None = None,
) -> bool:
    """Add a text to the outbox, once per `key`; False if it is there already. It has one recipient.

    `phone_hash`: the recipient's, if they may have opted out of texts from this number; then False as well.
    `request_id`: given if another request than the current one caused it.
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
        "priority": PRIORITY.get(kind, DEFAULT_PRIORITY),
        "state": TextState.WAITING,
        "created_at": now,
        "send_after": now + delay,
        "expires_at": None if kind in NEVER_EXPIRES else now + SHORT_LIFETIME.get(kind, LIFETIME),
        "attempts": 0,
        "request_id": request_id or current_request_id(),
    }
    ring_after_commit(session)
    statement = _insert(tuple(values), session.get_bind().dialect.name)
    return write(session, statement, values | {"phone_hash": phone_hash}).first() is not None


@cache  # one statement: looking for an opt-out beforehand would be another round trip
def _insert(columns: tuple[str, ...], dialect: str) -> Any:
    opted_out = exists().where(
        OptOut.phone_hash == bindparam("phone_hash"), OptOut.our_number_id == bindparam("our_number_id")
    )
    text_of_them = select(*(bindparam(name, type_=_TABLE.c[name].type) for name in columns)).where(~opted_out)
    insert = insert_into(_TABLE, dialect).from_select(columns, text_of_them)
    return insert.on_conflict_do_nothing().returning(_TABLE.c.id)


def drop_unsent(session: Session, ticket_id: int, kinds: Iterable[TextKind], now: datetime) -> set[TextKind]:
    """These texts of the ticket are no longer true: expire the unsent ones; returns the kinds that expired.

    One that is being sent, or of unknown outcome, can't be stopped any more, but is not sent again.
    """
    touched = write(session, _drop_statement(tuple(kinds)), {"about": ticket_id, "now": now})
    return {kind for kind, state in touched if state == TextState.EXPIRED}


@cache  # compiled once for each of the few sets of kinds: building it costs as much as running it
def _drop_statement(kinds: tuple[TextKind, ...]) -> Any:
    dropped = _drop(_TABLE.c.ticket_id == bindparam("about"), _TABLE.c.kind.in_(_literals(kinds)))
    return dropped.returning(_TABLE.c.kind, _TABLE.c.state)


def _drop(*about: ColumnElement[bool]) -> Update:
    """What waits expires, and what is under way is obsolete; `now` is a parameter.

    One statement for both: the queue is locked meanwhile, and every round trip counts.
    """
    is_unsent = _TABLE.c.state == literal_column(f"'{TextState.WAITING.value}'")
    under_way = _TABLE.c.state.in_(_literals((TextState.SENDING, TextState.UNKNOWN)))
    is_live = or_(is_unsent, under_way & _TABLE.c.obsolete_at.is_(None))
    expired = case((is_unsent, TextState.EXPIRED.value), else_=_TABLE.c.state)
    return update(_TABLE).where(*about, is_live).values(state=expired, obsolete_at=bindparam("now"))


def _literals(values: Iterable[StrEnum]) -> list[ColumnElement[str]]:
    """As literals: with a list of parameters SQLAlchemy assembles the statement at each execution."""
    return [literal_column(f"'{value.value}'") for value in values]


def drop_unsent_of_event(session: Session, event_id: int, now: datetime) -> None:
    """The event was undone: its unsent texts are dropped."""
    session.execute(_drop(_TABLE.c.event_id == event_id), {"now": now})


def drop_untried(session: Session, ticket_id: int, event_id: int, now: datetime) -> bool:
    """Drop this event's text about the ticket, if there is one; False if it has been given to a carrier."""
    text_of_it = (_TABLE.c.ticket_id == ticket_id, _TABLE.c.event_id == event_id)
    untried = (_TABLE.c.attempts == 0, _TABLE.c.state == TextState.WAITING)
    drop = update(_TABLE).where(*text_of_it, *untried)
    session.execute(drop.values(state=TextState.EXPIRED, obsolete_at=now))
    not_dropped = select(_TABLE.c.id).where(*text_of_it, _TABLE.c.state != TextState.EXPIRED)
    return session.execute(not_dropped.limit(1)).first() is None


def advance(
    session: Session,
    message_id: int,
    state: TextState,
    now: datetime,
    *,
    carrier_sid: str | None = None,
    error_code: int | None = None,
    look_after: datetime | None = None,
) -> bool:
    """Advance a text to the state the carrier reports; False if it is there or further already.

    `look_after`: when to ask the carrier for its outcome, if no report says it.
    """
    earlier = [known for known, rank in RANK.items() if rank < RANK[state]]
    values: dict[str, Any] = {"state": state, MOMENT[state]: now, "lease_until": None}
    if look_after is not None or state not in UNCONFIRMED:
        values["settle_after"] = look_after
    if carrier_sid is not None:
        values["carrier_sid"] = func.coalesce(_TABLE.c.carrier_sid, carrier_sid)
    if error_code is not None:
        values["error_code"] = error_code
    is_earlier = (_TABLE.c.id == message_id, _TABLE.c.state.in_(earlier))
    done = session.execute(update(_TABLE).where(*is_earlier).values(values))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
