"""Where a business has its events sent: the endpoints, their secrets, and when they are off.

A secret signs, so it must be known again: it is kept as ciphertext, by the keys that encrypt phones.
"""

import base64
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    String,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.people.phone_numbers import phone_keys
from models.people.servicers import Servicer
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.storage.database import Base, Json, stored_enum
from models.storage.dialects import insert_into, partial_index
from models.webhooks.addresses import LONGEST_URL

MOST_ENDPOINTS = 10  # of a business
OLD_SECRET_SIGNS = timedelta(hours=24)
IS_ON = "off_at IS NULL"


class OffReason(StrEnum):
    BY_HAND = "by_hand"
    GONE = "gone"  # answered 410
    FAILING = "failing"  # took nothing for three days
    RESTORED = "restored"  # a copy of the database must not speak for the one it was made from


class Endpoint(Base):
    __tablename__ = "webhook_endpoints"
    __table_args__ = (partial_index("ix_webhook_endpoints_on", "id", where=IS_ON),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    events: Mapped[list[str]] = mapped_column(Json)  # the types that it listens to
    queue_ids: Mapped[list[int] | None] = mapped_column(Json)  # None: all, also those still to come
    sees_people: Mapped[bool]
    secret_ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    created_at: Mapped[datetime]
    from_event_id: Mapped[int] = mapped_column(BigInteger)  # only later events are told, and the forgotten
    off_at: Mapped[datetime | None]
    off_reason: Mapped[OffReason | None] = mapped_column(stored_enum(OffReason))
    failing_since: Mapped[datetime | None]  # the first failure since anything was taken
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # in a row
    rests_until: Mapped[datetime | None]

    made_by: Mapped[Servicer] = relationship()

    def listens_to(self, kind: str, queue_id: int) -> bool:
        return kind in self.events and self.listens_in(queue_id)

    def listens_in(self, queue_id: int) -> bool:
        return self.queue_ids is None or queue_id in self.queue_ids

    def signing_secrets(self, now: datetime) -> list[str]:
        """The newest first; the one before it signs too for a day. Empty if none of our keys decrypts it."""
        kept = [self.secret_ciphertext]
        if self.old_secret_ciphertext and self.old_secret_until and self.old_secret_until > now:
            kept.append(self.old_secret_ciphertext)
        return [secret for each in kept if (secret := phone_keys().decrypt(each)) is not None]


class EndpointCursor(Base):
    """Up to which event of a queue the endpoint's outbox is filled."""

    __tablename__ = "webhook_cursors"

    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True, index=True)
    event_id: Mapped[int] = mapped_column(BigInteger)


def add_endpoint(
    session: Session,
    *,
    business_id: int,
    url: str,
    events: Collection[str],
    queue_ids: Collection[int] | None,
    sees_people: bool,
    made_by_id: int,
    now: datetime,
) -> tuple[Endpoint, str]:
    """The row, and its secret, which is shown once. What happened before now is not told."""
    secret = _new_secret()
    row = Endpoint(
        business_id=business_id,
        url=url,
        events=sorted(events),
        queue_ids=None if queue_ids is None else sorted(queue_ids),
        sees_people=sees_people,
        secret_ciphertext=phone_keys().encrypt(secret),
        made_by_id=made_by_id,
        created_at=now,
        from_event_id=_newest_event(session),
        failures=0,
    )
    session.add(row)
    session.flush()
    return row, secret


def choose_queues(session: Session, endpoint: Endpoint, queue_ids: Collection[int] | None) -> None:
    """Of a queue that it did not listen to, only what happens from now on is told."""
    theirs = select(Queue.id).where(Queue.business_id == endpoint.business_id)
    before = [queue_id for queue_id in session.scalars(theirs) if not endpoint.listens_in(queue_id)]
    endpoint.queue_ids = None if queue_ids is None else sorted(queue_ids)
    newest = _newest_event(session)
    for queue_id in before:
        if endpoint.listens_in(queue_id):
            set_cursor(session, endpoint.id, queue_id, newest)


def set_cursor(session: Session, endpoint_id: int, queue_id: int, event_id: int) -> None:
    insert = insert_into(EndpointCursor.__table__, session.get_bind().dialect.name)
    values = {"endpoint_id": endpoint_id, "queue_id": queue_id, "event_id": event_id}
    session.execute(
        insert.values(values).on_conflict_do_update(
            index_elements=["endpoint_id", "queue_id"], set_={"event_id": event_id}
        )
    )


def endpoints_of(session: Session, business_id: int) -> list[Endpoint]:
    return list(
        session.scalars(select(Endpoint).where(Endpoint.business_id == business_id).order_by(Endpoint.id))
    )


def endpoint_of(
    session: Session, business_id: int, endpoint_id: int, *, lock: bool = False
) -> Endpoint | None:
    """None if it is not theirs."""
    theirs = select(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.business_id == business_id)
    return session.scalar(theirs.with_for_update(key_share=True) if lock else theirs)


def endpoints_on(session: Session) -> list[Endpoint]:
    """Those of all businesses that are on."""
    return list(session.scalars(select(Endpoint).where(text(IS_ON)).order_by(Endpoint.id)))


def has_endpoint(session: Session, business_id: int) -> bool:
    """On or off."""
    return bool(session.scalar(select(exists().where(Endpoint.business_id == business_id))))


def are_people_sent(session: Session, business_id: int) -> bool:
    """Whether any that is on sends names and phones."""
    theirs = (Endpoint.business_id == business_id, Endpoint.off_at.is_(None), Endpoint.sees_people)
    return bool(session.scalar(select(exists().where(*theirs))))


def new_secret(endpoint: Endpoint, now: datetime) -> str:
    """The new secret, shown once; the one before it goes on signing for a day."""
    secret = _new_secret()
    endpoint.old_secret_ciphertext = endpoint.secret_ciphertext
    endpoint.old_secret_until = now + OLD_SECRET_SIGNS
    endpoint.secret_ciphertext = phone_keys().encrypt(secret)
    return secret


def turn_off(endpoint: Endpoint, reason: OffReason, now: datetime) -> None:
    """Nothing is sent there, and nothing that happens is noted for it yet; what waits goes on waiting."""
    endpoint.off_at, endpoint.off_reason = now, reason


def turn_on(session: Session, endpoint: Endpoint) -> None:
    """It is told what happens from now on, and who was forgotten meanwhile.

    For that the cursors stay where they are, behind `from_event_id`: up to there nothing else is told.
    """
    endpoint.off_at = endpoint.off_reason = None
    clear_failures(endpoint)
    theirs = select(Queue.id).where(Queue.business_id == endpoint.business_id)
    read = select(EndpointCursor.queue_id).where(EndpointCursor.endpoint_id == endpoint.id)
    for queue_id in session.scalars(theirs.where(Queue.id.not_in(read))).all():
        set_cursor(session, endpoint.id, queue_id, endpoint.from_event_id)
    endpoint.from_event_id = _newest_event(session)


def clear_failures(endpoint: Endpoint) -> None:
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None


def reencrypt_secrets(session: Session) -> tuple[int, int]:
    """With the newest key: how many secrets were, and how many none of our keys decrypts."""
    keys, done, unreadable = phone_keys(), 0, 0
    for row in session.scalars(select(Endpoint).order_by(Endpoint.id).with_for_update(key_share=True)):
        for column in ("secret_ciphertext", "old_secret_ciphertext"):
            kept = getattr(row, column)
            if kept is None or keys.is_newest(kept):
                continue
            secret = keys.decrypt(kept)
            if secret is None:
                unreadable += 1
            else:
                setattr(row, column, keys.encrypt(secret))
                done += 1
    return done, unreadable


def _newest_event(session: Session) -> int:
    return session.scalar(select(func.max(Event.id))) or 0


def _new_secret() -> str:
    """As the Standard Webhooks scheme writes one: 24 to 64 random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
