"""A queue and its desks as they are stored, how a queue is found, and its lock. Knows no tickets.

A business has a keyword once; another may have the same, and an address of its own (`namesake`).

Everything that changes a queue or its tickets holds the queue's lock.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    false,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.people.addresses import Address, Channel
from models.people.business import Business, OurNumber
from models.queueing.tables.addresses import address_of, parts_of
from models.queueing.tables.queue_states import TAKES_NUMBERS, QueueState
from models.storage.database import Base, is_only_writer, stored_enum
from models.storage.heartbeats import latest_believed
from models.storage.writes import defer

EVERY_CHANNEL = " ".join(Channel)
CLOCK_BEHIND_AT_MOST = timedelta(days=1)


def with_prefix(prefix: str, number: int) -> int | str:
    return f"{prefix}{number}" if prefix else number


class Queue(Base):
    __tablename__ = "queues"
    __table_args__ = (
        CheckConstraint("alert_ahead BETWEEN 0 AND 99", name="alert_ahead"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
        CheckConstraint("last_number >= 0", name="last_number"),
        UniqueConstraint("business_id", "keyword"),
        UniqueConstraint("keyword", "namesake"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    keyword: Mapped[str] = mapped_column(String(20))  # upper case
    namesake: Mapped[int] = mapped_column(default=1, server_default="1")  # 2: the second with this keyword
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[QueueState] = mapped_column(stored_enum(QueueState), default=QueueState.OPEN)
    pause_reason: Mapped[str | None] = mapped_column(String(80))
    alert_ahead: Mapped[int] = mapped_column(default=2)  # nearly up: with fewer people ahead than this
    # Told once more if they will be called so much later, or earlier, than they were told; 0: never.
    tolerance_minutes: Mapped[int] = mapped_column(default=10, server_default="10")
    later_by: Mapped[int] = mapped_column(default=3)  # how many others LATER lets go first
    later_cap: Mapped[int] = mapped_column(default=10)
    put_back_behind: Mapped[int] = mapped_column(default=2)
    capacity: Mapped[int | None]  # how many may wait; None: any number
    backup_above: Mapped[int | None]  # more than this many waiting: call for backup
    backup_minutes: Mapped[int | None]  # so does a longer wait than this, for whoever joins now
    reminder_minutes: Mapped[int] = mapped_column(default=2)
    no_show_minutes: Mapped[int] = mapped_column(default=5)
    # After the call, at most, for somebody who is on their way.
    coming_minutes: Mapped[int] = mapped_column(default=20, server_default="20")
    marks_no_shows: Mapped[bool] = mapped_column(default=False)  # by the clock, without anybody pressing
    minutes_per_customer: Mapped[float] = mapped_column(default=5.0)  # the owner's guess
    question: Mapped[str | None] = mapped_column(String(80))  # asked of whoever joins
    asks_for_rating: Mapped[bool] = mapped_column(default=False)
    stays_open_overnight: Mapped[bool] = mapped_column(default=False)
    # At closing time by its hours: last call, instead of sending away whoever waits.
    last_call_at_closing: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whether only who is there may join: with the code that is shown there (door_codes).
    door_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    door_code_series: Mapped[int] = mapped_column(default=0, server_default="0")  # a new one: other codes
    # The languages in which its board says calls aloud, in their order; empty: the board is silent.
    spoken_languages: Mapped[str] = mapped_column(String(20), default="", server_default="")
    # The letter before its numbers, A12, where queues share a board; empty: none.
    prefix: Mapped[str] = mapped_column(String(1), default="", server_default="")
    # What its kiosks print slips on: "80mm" or "a6"; empty: they print none.
    slip_paper: Mapped[str] = mapped_column(String(4), default="", server_default="")
    # The channels by which customers may join, in one word each; the web and the desk are always open.
    channels: Mapped[str] = mapped_column(String(60), default=EVERY_CHANNEL, server_default=EVERY_CHANNEL)
    # Whether a text that its channel can't bring goes by SMS instead; else the customer is called aloud.
    falls_back_to_sms: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Up to here the opening hours were applied, or overruled by hand until the next of them.
    hours_kept_at: Mapped[datetime | None]
    numbered_day: Mapped[date | None]  # the queue's day: the one that last_number counts
    # From when to when; None: to be worked out, as the hours or the day's start were changed (day_turn).
    day_began_at: Mapped[datetime | None]
    day_ends_at: Mapped[datetime | None]
    # The highest number of an earlier day that is still in use: up to here numbers are given with care.
    kept_number: Mapped[int] = mapped_column(default=0, server_default="0")
    last_number: Mapped[int] = mapped_column(default=0)
    last_position: Mapped[int] = mapped_column(BigInteger, default=0)
    # Grows with every change of the queue or a ticket in it, so that pages and the clock notice changes.
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_minute: Mapped[datetime | None]  # the minute that minute_joins counts
    minute_joins: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # out of use: closed, and in no list

    business: Mapped[Business] = relationship()
    desks: Mapped[list["Desk"]] = relationship(
        primaryjoin="and_(Desk.queue_id == Queue.id, Desk.retired_at.is_(None))",
        order_by="Desk.id",
        viewonly=True,
    )

    @property
    def address(self) -> str:
        """What stands for it in web addresses."""
        return address_of(self.keyword, self.namesake)

    @classmethod
    def at(cls, session: Session, address: str) -> "Queue | None":
        """The queue with this address: its keyword, unless another business had the same before."""
        keyword, namesake = parts_of(address)
        return session.scalar(_at(), {"keyword": keyword, "namesake": namesake})

    @classmethod
    def named(cls, session: Session, business_id: int, keyword: str) -> "Queue | None":
        """The queue of this business with this keyword."""
        return session.scalar(_named(), {"business_id": business_id, "keyword": keyword.upper()})

    @classmethod
    def of_business(cls, session: Session, business_id: int) -> "list[Queue]":
        """All that are in use, by keyword."""
        return list(session.scalars(_IN_USE, {"business_id": business_id}))

    @classmethod
    def lock(cls, session: Session, queue_id: int) -> "Queue":
        """The queue, to be changed: nobody else changes it or its tickets until the commit.

        On SQLite the transaction is the only writer already, and FOR UPDATE has no effect.
        """
        return session.scalars(_locked(), {"id": queue_id}, execution_options=_AFRESH).one()

    @classmethod
    def lock_own(cls, session: Session, business_id: int, keyword: str) -> "Queue | None":
        """As `lock`, for the queue of this business with this keyword."""
        named = {"business_id": business_id, "keyword": keyword.upper()}
        return session.scalars(_locked_own(), named, execution_options=_AFRESH).one_or_none()

    @classmethod
    def lock_named(cls, session: Session, ours: Address, keyword: str) -> None:
        """As `lock`, before it is read: the queue that this keyword names in texts to this number, if any."""
        if not is_only_writer(session):
            named = {"channel": ours.channel, "phone": ours.phone, "keyword": keyword}
            session.info[_LOCKED_BEFORE] = session.scalar(_LOCKED_AS_NAMED, named)

    def locked(self, session: Session) -> "Queue":
        """As `lock`, for a queue just read in this transaction; unless nobody can have changed it since."""
        is_locked = is_only_writer(session) or session.info.get(_LOCKED_BEFORE) == self.id
        return self if is_locked else Queue.lock(session, self.id)

    def note_change(self, session: Session) -> None:
        """Something of it has changed: the commit increases its revision, once for all changes."""
        defer(session, _INCREASE_REVISION, self.id)

    def numbered(self, number: int) -> int | str:
        """The number as people see and hear it: 12, or A12."""
        return with_prefix(self.prefix, number)

    def is_earlier_day(self, day: date) -> bool:
        """Whether the day has turned since, so that another may have the same number by now."""
        return self.numbered_day is not None and day < self.numbered_day

    @property
    def is_paused(self) -> bool:
        return self.state == QueueState.PAUSED

    def is_day_over(self, now: datetime) -> bool:
        """Whether the day has to be turned (`day_turn`) before anything else is done or shown.

        Also when it lies more than a day ahead: then a clock was wrong that began it.
        """
        if self.day_ends_at is None or self.day_began_at is None or now >= self.day_ends_at:
            return True
        return now < self.day_began_at - CLOCK_BEHIND_AT_MOST

    @classmethod
    def whose_day_is_over(cls, now: datetime) -> ColumnElement[bool]:
        """`is_day_over` as a condition, so that the clock reads no queue while no day is over."""
        return or_(
            cls.day_ends_at.is_(None),
            cls.day_began_at.is_(None),
            cls.day_ends_at <= now,
            cls.day_began_at > now + CLOCK_BEHIND_AT_MOST,
        )

    @property
    def calls_after_done(self) -> bool:
        """Whether Done goes on to the next: neither in a pause nor after closing."""
        return self.state in (QueueState.OPEN, QueueState.LAST_CALL)

    @property
    def takes_numbers(self) -> bool:
        return self.state in TAKES_NUMBERS

    def may_be_joined_by(self, channel: Channel) -> bool:
        return channel in self.channels.split()

    def keep_hours_until(self, now: datetime) -> None:
        """The opening hours up to now have been applied, or overruled by hand."""
        self.hours_kept_at = latest_believed(self.hours_kept_at, now)


class Desk(Base):
    """A desk of a queue: where a customer is asked to come to."""

    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("queue_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    name: Mapped[str] = mapped_column(String(30))
    retired_at: Mapped[datetime | None]  # nobody is called to it any more

    queue: Mapped[Queue] = relationship()


# Compiled once: building a statement costs as much as running it.
_IN_USE = (
    select(Queue)
    .where(Queue.business_id == bindparam("business_id"), Queue.archived_at.is_(None))
    .order_by(Queue.keyword)
)
_TABLE: Any = Queue.__table__
_INCREASE_REVISION = (
    update(_TABLE).where(_TABLE.c.id == bindparam("row_id")).values(revision=_TABLE.c.revision + 1)
)
_AFRESH = {"populate_existing": True}
_LOCKED_BEFORE = "the queue that was locked before it was read"
_LOCKED_AS_NAMED = (
    select(Queue.id)
    .join(OurNumber, OurNumber.business_id == Queue.business_id)
    .where(
        OurNumber.channel == bindparam("channel"),
        OurNumber.phone == bindparam("phone"),
        Queue.keyword == bindparam("keyword"),
        Queue.archived_at.is_(None),
    )
    .with_for_update(key_share=True, of=Queue)
)


@cache  # built at the first use: a joined load needs all related tables to be imported
def _locked() -> "Select[Queue]":
    locked = select(Queue).where(Queue.id == bindparam("id")).with_for_update(key_share=True, of=Queue)
    return locked.options(joinedload(Queue.business, innerjoin=True))


@cache
def _locked_own() -> "Select[Queue]":
    return _named().with_for_update(key_share=True, of=Queue)


@cache
def _at() -> "Select[Queue]":
    at = select(Queue).where(Queue.keyword == bindparam("keyword"), Queue.namesake == bindparam("namesake"))
    return at.options(joinedload(Queue.business, innerjoin=True))


@cache
def _named() -> "Select[Queue]":
    named = select(Queue).where(
        Queue.business_id == bindparam("business_id"), Queue.keyword == bindparam("keyword")
    )
    return named.options(joinedload(Queue.business, innerjoin=True))
