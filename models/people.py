"""The people: customers (a phone, or nobody in particular), and those who serve and manage.

A phone is kept only as ciphertext and keyed hash; opting out belongs to the phone and one of our numbers,
so that it survives when the customer is forgotten.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    false,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.business import Business
from models.database import Base, insert_each_once, insert_once, stored_enum
from models.period import Period
from models.phone import phone_keys


class Texted:
    """Somebody who may have a phone that we may text: a customer, or a servicer."""

    phone_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    # Set by what the carrier says of the phone (a landline, no such number): then we call aloud.
    unreachable_at: Mapped[datetime | None]

    @property
    def phone(self) -> str | None:
        """E.164, or None for somebody without a phone (or whom we have forgotten)."""
        return None if self.phone_ciphertext is None else phone_keys().decrypt(self.phone_ciphertext)

    def opt_out(self, session: Session, our_number_id: int, now: datetime) -> None:
        """No more texts to this phone from this number of ours."""
        if self.phone_hash is not None:
            values = {"phone_hash": self.phone_hash, "our_number_id": our_number_id, "opted_out_at": now}
            insert_once(session, OptOut.__table__, values, returning=OptOut.phone_hash)  # type: ignore[arg-type]

    def opt_in(self, session: Session, our_number_id: int) -> None:
        session.execute(
            delete(OptOut).where(OptOut.phone_hash == self.phone_hash, OptOut.our_number_id == our_number_id)
        )

    def has_opted_out(self, session: Session, our_number_id: int) -> bool:
        return bool(
            session.scalar(
                select(
                    exists().where(
                        OptOut.phone_hash == self.phone_hash, OptOut.our_number_id == our_number_id
                    )
                )
            )
        )

    def can_be_texted(self, session: Session, our_number_id: int | None) -> bool:
        return (
            our_number_id is not None
            and self.phone_ciphertext is not None
            and self.unreachable_at is None
            and not self.has_opted_out(session, our_number_id)
        )


class Customer(Texted, Base):
    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("business_id", "phone_hash"),
        Index(
            "ix_customers_not_forgotten",
            "business_id",
            "created_at",
            sqlite_where=text("forgotten_at IS NULL"),
            postgresql_where=text("forgotten_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"))
    language: Mapped[str | None] = mapped_column(String(8))
    welcomed_at: Mapped[datetime | None]  # when the first text told them who we are and how to stop
    text_failed_at: Mapped[datetime | None]  # since the last text that reached them, one has not
    created_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]

    @classmethod
    def of_phone(cls, session: Session, business_id: int, phone: str) -> "Customer | None":
        """The customer of this phone at this business, if they are known."""
        return session.scalar(
            select(cls).where(cls.business_id == business_id, cls.phone_hash == phone_keys().hash(phone))
        )

    @classmethod
    def with_phone(cls, session: Session, business_id: int, phone: str, now: datetime) -> "Customer":
        """The customer of this phone at this business, made at their first text."""
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
        cls, session: Session, business_id: int, phones: Sequence[str], our_number_id: int, now: datetime
    ) -> "dict[str, Known]":
        """What we know of each of these phones; a new one is made, and counts as welcomed by its answer.

        One is missing whom somebody else makes at this very moment.
        """
        keys = phone_keys()
        phone_of = {keys.hash(phone): phone for phone in phones}
        hashes = list(phone_of)
        opted_out = set(session.scalars(_OPTED_OUT, {"number": our_number_id, "phones": hashes}))
        known = {
            phone_of[row.phone_hash]: Known(
                row.id, row.language, row.welcomed_at is not None, row.phone_hash in opted_out, is_new=False
            )
            for row in session.execute(_KNOWN, {"business": business_id, "phones": hashes})
        }
        rows = [
            {
                "business_id": business_id,
                "phone_ciphertext": keys.encrypt(phone),
                "phone_hash": phone_hash,
                "welcomed_at": None if phone_hash in opted_out else now,
                "created_at": now,
            }
            for phone_hash, phone in sorted(
                phone_of.items()
            )  # in one order, lest two stand in each other's way
            if phone not in known
        ]
        if rows:
            table = cls.__table__
            for new in insert_each_once(session, table, rows, returning=(table.c.id, table.c.phone_hash)):  # type: ignore[arg-type]
                out = new.phone_hash in opted_out
                known[phone_of[new.phone_hash]] = Known(new.id, None, False, out, is_new=True)
        return known

    @classmethod
    def welcome(cls, session: Session, customer_ids: Sequence[int], now: datetime) -> None:
        """Their answer tells them who we are and how to stop."""
        if customer_ids:
            session.execute(update(cls).where(cls.id.in_(customer_ids)).values(welcomed_at=now))

    @classmethod
    def without_phone(cls, session: Session, business_id: int, now: datetime) -> "Customer":
        """Somebody at the desk or on the web who left no phone."""
        customer = cls(business_id=business_id, created_at=now)
        session.add(customer)
        session.flush()
        return customer


@dataclass(frozen=True)
class Known:
    """A customer as far as an answer needs them."""

    id: int
    language: str | None
    was_welcomed: bool
    opted_out: bool
    is_new: bool


class OptOut(Base):
    __tablename__ = "opt_outs"

    phone_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    our_number_id: Mapped[int] = mapped_column(ForeignKey("our_numbers.id"), primary_key=True)
    opted_out_at: Mapped[datetime]


_CUSTOMERS = Customer.__table__
_KNOWN = select(
    _CUSTOMERS.c.id, _CUSTOMERS.c.phone_hash, _CUSTOMERS.c.language, _CUSTOMERS.c.welcomed_at
).where(
    _CUSTOMERS.c.business_id == bindparam("business"),
    _CUSTOMERS.c.phone_hash.in_(bindparam("phones", expanding=True)),
)
_OPT_OUTS = OptOut.__table__
_OPTED_OUT = select(_OPT_OUTS.c.phone_hash).where(
    _OPT_OUTS.c.our_number_id == bindparam("number"),
    _OPT_OUTS.c.phone_hash.in_(bindparam("phones", expanding=True)),
)


class Role(StrEnum):
    SERVICER = "servicer"
    MANAGER = "manager"


class Servicer(Texted, Base):
    """Somebody who signs in: serves at a counter, or manages as well."""

    __tablename__ = "servicers"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    # Part of every signed session: changing it (a new password) ends them all.
    session_key: Mapped[str] = mapped_column(String(32))
    # A text to their own phone when somebody joins a queue in which nobody waited.
    wants_join_texts: Mapped[bool] = mapped_column(default=False)
    calls_next_when_done: Mapped[bool] = mapped_column(default=True)
    # The summaries, by mail to every manager who does not say no, by text to whoever says yes.
    gets_summary: Mapped[bool] = mapped_column(default=True, server_default=true())
    wants_summary_texts: Mapped[bool] = mapped_column(default=False, server_default=false())
    gets_weekly_summary: Mapped[bool] = mapped_column(default=True, server_default=true())
    wants_weekly_summary_texts: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]  # works here no more: no access, and their history stays

    business: Mapped[Business] = relationship()

    @classmethod
    def named(cls, session: Session, email: str) -> "Servicer | None":
        return session.scalar(select(cls).where(cls.email == normal_email(email)))

    def take_phone(self, phone: str | None) -> None:
        """Their phone, or none; what the carrier said of another one is forgotten."""
        if phone != self.phone:
            keys = phone_keys()
            self.phone_ciphertext = keys.encrypt(phone) if phone else None
            self.phone_hash = keys.hash(phone) if phone else None
            self.unreachable_at = None

    def take_password(self, password_hash: str) -> None:
        """A new password, hashed already; whoever is signed in with the old one is signed out."""
        self.password_hash = password_hash
        self.session_key = secrets.token_hex(16)


# The switches by which somebody gets a summary.
BY_MAIL = {Period.DAY: "gets_summary", Period.WEEK: "gets_weekly_summary"}
BY_TEXT = {Period.DAY: "wants_summary_texts", Period.WEEK: "wants_weekly_summary_texts"}


def normal_email(text: str) -> str:
    return text.strip().lower()
