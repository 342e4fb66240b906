"""The outbox of webhooks: one row for each event and endpoint, and what became of it.

A row holds no name and no phone: those are looked up when it is sent, if the endpoint may see them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.storage.database import Base, BigId, Json, stored_enum
from models.storage.dialects import partial_index
from models.webhooks.endpoints import Endpoint, EndpointCursor
from models.webhooks.event_types import LONGEST_TYPE, TEST

SHOWN = 100
MOST_TESTS_WAITING = 5
LONGEST_ANSWER = 300
KEPT = timedelta(days=10)  # a week longer than anything is tried
KEPT_WAITING = timedelta(days=30)  # for an endpoint that is off
OPEN = "state IN ('waiting', 'sending')"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"  # tried for three days


OVER = (DeliveryState.DELIVERED, DeliveryState.GIVEN_UP)


class Problem(StrEnum):
    """Why it was not taken, where no answer says so."""

    NOT_PUBLIC = "not_public"  # the name stands for a private address
    NO_SUCH_HOST = "no_such_host"
    NO_ANSWER = "no_answer"  # not within its time
    NOT_TRUSTED = "not_trusted"  # the certificate
    NOT_REACHED = "not_reached"
    NOT_HTTP = "not_http"
    NO_SECRET = "no_secret"  # none of our keys decrypts it
    NOT_ALLOWED = "not_allowed"  # the address, by the settings of the installation


class Delivery(Base):
    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        partial_index("ix_webhook_deliveries_in_order", "endpoint_id", "subject", "id", where=OPEN),
        partial_index("ix_webhook_deliveries_due", "endpoint_id", "due_at", where=OPEN),
        partial_index(
            "ix_webhook_deliveries_sending", "claimed_by", "lease_until", where="state = 'sending'"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("events.id"))  # None: a test
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    subject: Mapped[str] = mapped_column(String(24))  # what it is about: in order among the same
    message_id: Mapped[str] = mapped_column(String(40))  # the same however often it is sent
    kind: Mapped[str] = mapped_column(String(LONGEST_TYPE))
    happened_at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[DeliveryState] = mapped_column(stored_enum(DeliveryState))
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    first_tried_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[int | None]  # of the last answer
    problem: Mapped[Problem | None] = mapped_column(stored_enum(Problem))
    answer: Mapped[str | None] = mapped_column(String(LONGEST_ANSWER))


def is_open(state: Any) -> ColumnElement[bool]:
    """To be sent still, with literal values: with bound parameters no partial index would be used."""
    condition: ColumnElement[bool] = state.in_([literal_column("'waiting'"), literal_column("'sending'")])
    return condition


def is_sending(state: Any) -> ColumnElement[bool]:
    """The few that a clock is at, likewise."""
    condition: ColumnElement[bool] = state == literal_column("'sending'")
    return condition


def new_delivery(endpoint: Endpoint, kind: str, subject: str, now: datetime, **values: Any) -> dict[str, Any]:
    """A row to be inserted."""
    known: dict[str, Any] = {"event_id": None, "ticket_id": None, "happened_at": now, "data": {}}
    return (
        known
        | {
            "business_id": endpoint.business_id,
            "endpoint_id": endpoint.id,
            "kind": kind,
            "subject": subject,
            "message_id": f"msg_{uuid4().hex}",
            "state": DeliveryState.WAITING,
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }
        | values
    )


def add_test(session: Session, endpoint: Endpoint, now: datetime) -> bool:
    """Sent before all that waits, also while the endpoint rests. False if enough of them wait already."""
    waiting = select(func.count()).where(
        Delivery.endpoint_id == endpoint.id, Delivery.event_id.is_(None), is_open(Delivery.state)
    )
    if (session.scalar(waiting) or 0) >= MOST_TESTS_WAITING:
        return False
    first = now - KEPT_WAITING  # nothing older waits
    subject = f"test{uuid4().hex[:16]}"  # it waits for no earlier test
    session.add(Delivery(**new_delivery(endpoint, TEST, subject, now, due_at=first)))
    endpoint.rests_until = None
    return True


def replay(session: Session, endpoint_id: int, delivery_id: int, now: datetime) -> Delivery | None:
    """Send it again, as the same message. None if it is not there, or is to be sent anyway."""
    mine = select(Delivery).where(Delivery.id == delivery_id, Delivery.endpoint_id == endpoint_id)
    found = session.scalar(mine.where(Delivery.state.in_(OVER)).with_for_update(key_share=True))
    if found is not None:
        found.state, found.due_at, found.attempts, found.first_tried_at = DeliveryState.WAITING, now, 0, None
        found.status = found.problem = found.answer = None
    return found


def try_waiting_afresh(session: Session, endpoint_id: int, now: datetime) -> None:
    """Those that wait are due, with three days to come."""
    waiting = update(Delivery).where(
        Delivery.endpoint_id == endpoint_id, Delivery.state == DeliveryState.WAITING
    )
    session.execute(waiting.values(due_at=now, attempts=0, first_tried_at=None))


def newest_deliveries(session: Session, endpoint_id: int) -> list[Delivery]:
    mine = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    return list(session.scalars(mine.order_by(Delivery.id.desc()).limit(SHOWN)))


def delete_endpoint(session: Session, endpoint: Endpoint) -> None:
    """With all that was or is to be sent there."""
    session.execute(delete(Delivery).where(Delivery.endpoint_id == endpoint.id))
    session.execute(delete(EndpointCursor).where(EndpointCursor.endpoint_id == endpoint.id))
    session.delete(endpoint)
    session.flush()


def erase_answers(session: Session, ticket_ids: Collection[int]) -> None:
    """An answer may repeat the name or the phone that was sent."""
    session.execute(update(Delivery).where(Delivery.ticket_id.in_(ticket_ids)).values(answer=None))


def clear_old_deliveries(session: Session, now: datetime) -> None:
    is_over = (Delivery.created_at < now - KEPT) & Delivery.state.in_(OVER)
    session.execute(delete(Delivery).where(or_(is_over, Delivery.created_at < now - KEPT_WAITING)))
