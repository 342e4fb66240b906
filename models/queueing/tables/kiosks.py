"""The kiosks of a queue: tablets on which visitors take a number, each paired once by a manager.

A manager gets a short code, which is typed on the tablet; from then on the tablet has a key in a cookie. Only
hashes of the two are stored. Without a row no key is good: whoever removes the row has ended the pairing.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.typed_codes import new_code
from models.storage.database import Base
from models.storage.hashes import hash_of_random, keyed_hash
from models.storage.rate_limits import Limit

# Tries need no limit, which strangers on the shop's connection could use up: in the quarter of an hour that a
# code is good, a thousand a second find it once in 170,000 times.
CODE_GOOD_FOR = timedelta(minutes=15)
MOST_KIOSKS = 20  # of a queue
LONGEST_NAME = 40
JOINS = Limit("kiosk joins", 300, timedelta(hours=1))  # of a kiosk: more than people can press


class Kiosk(Base):
    __tablename__ = "kiosks"

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    code_hash: Mapped[str | None] = mapped_column(String(64))  # until it is paired
    code_until: Mapped[datetime]
    key_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    paired_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]  # when the last number was taken there

    def is_code_good(self, now: datetime) -> bool:
        return self.code_hash is not None and now < self.code_until


def add_kiosk(session: Session, queue: Queue, name: str, now: datetime) -> str:
    """A kiosk that is not paired yet; returns the code for it. Raises NotPossible("too_many_kiosks")."""
    count = session.scalar(select(func.count()).where(Kiosk.queue_id == queue.id)) or 0
    if count >= MOST_KIOSKS:
        raise NotPossible("too_many_kiosks")
    code = new_code()
    until = now + CODE_GOOD_FOR
    session.add(
        Kiosk(
            queue_id=queue.id, name=name, code_hash=_code_hash(queue, code), code_until=until, created_at=now
        )
    )
    return code


def waits_for(session: Session, queue: Queue, typed: str, now: datetime) -> bool:
    """Whether this is the code of a tablet to be paired. Locks nothing."""
    meant = select(Kiosk).where(Kiosk.queue_id == queue.id, Kiosk.code_hash == _code_hash(queue, typed))
    kiosk = session.scalar(meant)
    return kiosk is not None and kiosk.is_code_good(now)


def pair(session: Session, queue: Queue, typed: str, now: datetime) -> str | None:
    """The key for the tablet on which the code was typed; None if no code of this queue is that one."""
    meant = select(Kiosk).where(Kiosk.queue_id == queue.id, Kiosk.code_hash == _code_hash(queue, typed))
    kiosk = session.scalar(meant.with_for_update())
    if kiosk is None or not kiosk.is_code_good(now):
        return None
    key = secrets.token_urlsafe(32)
    kiosk.code_hash, kiosk.key_hash, kiosk.paired_at = None, hash_of_random(key), now
    return key


def kiosk_with_key(session: Session, queue: Queue, key: str) -> Kiosk | None:
    """The kiosk of this queue that has this key."""
    meant = select(Kiosk).where(Kiosk.queue_id == queue.id, Kiosk.key_hash == hash_of_random(key))
    return session.scalar(meant) if key else None


def kiosks_of(session: Session, queue: Queue) -> list[Kiosk]:
    return list(session.scalars(select(Kiosk).where(Kiosk.queue_id == queue.id).order_by(Kiosk.id)))


def remove_kiosk(session: Session, queue: Queue, kiosk_id: int | None) -> str | None:
    """End its pairing; returns its name, or None if there is no such kiosk any more."""
    kiosk = session.get(Kiosk, kiosk_id) if kiosk_id is not None else None
    if kiosk is None or kiosk.queue_id != queue.id:
        return None
    session.delete(kiosk)
    return kiosk.name


def _code_hash(queue: Queue, typed: str) -> str:
    """Of the code as people type it: in capitals or not, with spaces or without."""
    return keyed_hash(f"kiosk code {queue.id} {''.join(typed.split()).upper()}")
