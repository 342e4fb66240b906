"""Who asked to be forgotten, or for no more texts, lately: written also beside the backups, which are older.

Holds keyed hashes only. Whoever restores a backup does again what was asked for after it was made.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.business import OurNumber
from models.storage.database import Base, BigId, stored_enum

KEPT = timedelta(days=90)


class RequestKind(StrEnum):
    FORGOTTEN = "forgotten"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


class PrivacyRequest(Base):
    __tablename__ = "privacy_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[RequestKind] = mapped_column(stored_enum(RequestKind))
    whose: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(80))


class Request(NamedTuple):
    at: datetime
    kind: RequestKind
    whose: str
    """The keyed hash of a phone; of somebody forgotten, whose phone's hash is gone, that of their row."""
    about: str
    """The address of ours that sends them no more texts; of somebody forgotten, the id of their row."""


def record_request(session: Session, request: Request) -> None:
    session.execute(insert(PrivacyRequest).values(request._asdict()))


def record_texts_wanted(
    session: Session, kind: RequestKind, phone_hash: str, our_number_id: int, now: datetime
) -> None:
    """`kind`: whether this phone wants texts from this number of ours."""
    ours = session.get_one(OurNumber, our_number_id)
    record_request(session, Request(now, kind, phone_hash, str(ours.address)))


def requests_since(session: Session, since: datetime) -> set[Request]:
    columns = (PrivacyRequest.at, PrivacyRequest.kind, PrivacyRequest.whose, PrivacyRequest.about)
    found = session.execute(select(*columns).where(PrivacyRequest.at > since))
    return {Request(*row) for row in found}


def clear_old_requests(session: Session, now: datetime) -> None:
    session.execute(delete(PrivacyRequest).where(PrivacyRequest.at < now - KEPT))
