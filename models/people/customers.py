"""Customers of a business: known by their phone, or without one if they joined at the desk or on the web."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ForeignKey,
    String,
    UniqueConstraint,
    bindparam,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.phone_numbers import phone_keys
from models.people.texted import OptOut, Texted
from models.storage.database import Base, insert_each_once, insert_once
from models.storage.dialects import partial_index


class Customer(Texted, Base):
    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("business_id", "phone_hash"),
        partial_index(
            "ix_customers_not_forgotten",
            "business_id",
            "created_at",
            where="forgotten_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    language: Mapped[str | None] = mapped_column(String(8))  # asked for with LANG
    wrote_language: Mapped[str | None] = mapped_column(String(8))  # the last in which they wrote clearly
    welcomed_at: Mapped[datetime | None]  # when the first text told them who we are and how to stop
    text_failed_at: Mapped[datetime | None]  # since the last text that reached them, one has not
    created_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]
    # Whose phone it turned out to be: everything of this one is theirs. No foreign key: either may be erased.
    became_id: Mapped[int | None]

    @property
    def spoken(self) -> str | None:
        """The language of texts to them: the one they asked for, else the one they write."""
        return self.language or self.wrote_language

    @classmethod
    def of_phone(cls, session: Session, business_id: int, phone: str) -> "Customer | None":
        """The customer of this phone at this business, if they are known."""
        return session.scalar(
            select(cls).where(cls.business_id == business_id, cls.phone_hash == phone_keys().hash(phone))
        )

    @classmethod
    def with_phone(cls, session: Session, business_id: int, phone: str, now: datetime) -> "Customer":
        """The customer of this phone at this business, created at their first text."""
        keys = phone_keys()
        known = select(cls).where(cls.business_id == business_id, cls.phone_hash == keys.hash(phone))
        customer = session.scalar(known)
        if customer is None:
            values = {
                "business_id": business_id,
                "phone_ciphertext": keys.encrypt(phone),
                "phone_hash": keys.hash(phone),
                "created_at": now,
            }
            insert_once(session, cls.__table__, values, returning=cls.id)  # type: ignore[arg-type]
            customer = session.scalars(known).one()
        return customer

    @classmethod
    def each_with_phone(
        cls,
        session: Session,
        business_id: int,
        wrote_in: Mapping[str, str | None],
        our_number_id: int,
        now: datetime,
    ) -> "dict[str, Known]":
        """What we know of each of these phones; new ones are created, as welcomed by the coming answer.

        `wrote_in` has the language of each one's text, where it is clear; it is kept of new ones only.

        A phone that another transaction is creating at the same time is missing from the result.
        """
        keys = phone_keys()
        phone_of = {keys.hash(phone): phone for phone in wrote_in}
        hashes = list(phone_of)
        asked = {"business": business_id, "number": our_number_id, "phones": hashes}
        rows = session.execute(_KNOWN, asked).all()
        opted_out = {row.phone_hash for row in rows if row.id is None}
        known = {
            phone_of[row.phone_hash]: Known(
                row.id,
                row.language,
                row.wrote_language,
                was_welcomed=row.welcomed_at is not None,
                opted_out=row.phone_hash in opted_out,
                is_new=False,
                is_unreachable=row.unreachable_at is not None,
            )
            for row in rows
            if row.id is not None
        }
        unknown = [
            {
                "business_id": business_id,
                "phone_ciphertext": keys.encrypt(phone),
                "phone_hash": phone_hash,
                "wrote_language": wrote_in[phone],
                "welcomed_at": None if phone_hash in opted_out else now,
                "created_at": now,
            }
            # Always in the same order, so that two transactions never deadlock.
            for phone_hash, phone in sorted(phone_of.items())
            if phone not in known
        ]
        if unknown:
            table = cls.__table__
            for new in insert_each_once(session, table, unknown, returning=(table.c.id, table.c.phone_hash)):  # type: ignore[arg-type]
                phone, out = phone_of[new.phone_hash], new.phone_hash in opted_out
                known[phone] = Known(
                    new.id, None, wrote_in[phone], was_welcomed=False, opted_out=out, is_new=True
                )
        return known

    @classmethod
    def welcome(cls, session: Session, customer_ids: Sequence[int], now: datetime) -> None:
        """Record that the coming answer tells them who we are and how to stop."""
        if customer_ids:
            session.execute(update(cls).where(cls.id.in_(customer_ids)).values(welcomed_at=now))

    @classmethod
    def record_language(cls, session: Session, language: str, customer_ids: Sequence[int]) -> None:
        """Record that these have written in this language last."""
        session.execute(update(cls).where(cls.id.in_(customer_ids)).values(wrote_language=language))

    @classmethod
    def without_phone(cls, session: Session, business_id: int, now: datetime) -> "Customer":
        """Somebody at the desk or on the web who left no phone."""
        customer = cls(business_id=business_id, created_at=now)
        session.add(customer)
        session.flush()
        return customer


class Known(NamedTuple):
    """What an answer needs to know of a customer."""

    id: int
    language: str | None
    wrote_language: str | None
    was_welcomed: bool
    opted_out: bool
    is_new: bool
    is_unreachable: bool = False

    @property
    def spoken(self) -> str | None:
        return self.language or self.wrote_language


_CUSTOMERS = Customer.__table__
_OPT_OUTS = OptOut.__table__
_THEIRS: BindParameter[str] = bindparam("phones", expanding=True)
# The customers with these phones, and, without an id, those of the phones that have opted out.
_KNOWN = union_all(
    select(
        _CUSTOMERS.c.id,
        _CUSTOMERS.c.phone_hash,
        _CUSTOMERS.c.language,
        _CUSTOMERS.c.wrote_language,
        _CUSTOMERS.c.welcomed_at,
        _CUSTOMERS.c.unreachable_at,
    ).where(_CUSTOMERS.c.business_id == bindparam("business"), _CUSTOMERS.c.phone_hash.in_(_THEIRS)),
    select(null(), _OPT_OUTS.c.phone_hash, *[null()] * 4).where(
        _OPT_OUTS.c.our_number_id == bindparam("number"), _OPT_OUTS.c.phone_hash.in_(_THEIRS)
    ),
)
