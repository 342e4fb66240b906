"""Phones encrypted anew with the newest key, a batch at a time; what has it already is passed over.

So it can be broken off and begun again, and run beside everything else. The keyed hash has a key of its own
and stays.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Customer, Servicer
from models.phone import phone_keys

TABLES = (Customer, Servicer)


@dataclass(frozen=True)
class Batch:
    last_id: int | None
    """None: there are no more."""
    rotated: int
    unreadable: int
    """No key fits: these can't be saved, nor do they hold the others up."""


def rotate_batch(session: Session, table: type[Customer] | type[Servicer], after_id: int, size: int) -> Batch:
    """The next phones after this id, locked, and encrypted with the first key."""
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
