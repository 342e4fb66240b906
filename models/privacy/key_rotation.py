"""Re-encrypts phones with the newest key, in batches; phones that already use it are skipped.

It can be interrupted and restarted, and runs beside everything else. The keyed hash has a separate key and
does not change.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.customers import Customer
from models.people.phone_numbers import phone_keys
from models.people.servicers import Servicer

TABLES = (Customer, Servicer)


@dataclass(frozen=True)
class Batch:
    last_id: int | None
    """None: there are no more."""
    rotated: int
    unreadable: int
    """None of our keys decrypts them; they are left as they are."""


def rotate_batch(session: Session, table: type[Customer] | type[Servicer], after_id: int, size: int) -> Batch:
    """Lock the next phones after this id and encrypt them with the first key."""
    keys = phone_keys()
    next_ones = (
        select(table)
        .where(table.id > after_id, table.phone_ciphertext.is_not(None))
        .order_by(table.id)
        .limit(size)
        .with_for_update(key_share=True)
    )
    rows: list[Customer | Servicer] = list(session.scalars(next_ones))
    rotated = unreadable = 0
    for row in rows:
        if keys.is_newest(row.phone_ciphertext or b""):
            continue
        phone = row.phone
        if phone is None:
            unreadable += 1
        else:
            row.phone_ciphertext = keys.encrypt(phone)
            rotated += 1
    return Batch(rows[-1].id if rows else None, rotated, unreadable)
