"""What is stored of a queue, and what can be asked of it: who waits, who is served, how long it takes.

A base of `Queue`, which has the verbs; changes nothing.
"""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Select, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, declared_attr, joinedload, mapped_column, relationship

from models.business import Business
from models.database import Base, stored_enum
from models.desks import Desk
from models.queue_states import QueueState
from models.ticket import Ticket
from models.ticket_states import LIVE, PRESENT, WAITING, among
from models.waits import Wait, wait_after


class QueueRow(Base):
    __abstract__ = True
    __table_args__ = (
        CheckConstraint("alert_ahead BETWEEN 0 AND 99", name="alert_ahead"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
        CheckConstraint("last_number >= 0", name="last_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id"), index=True)
    keyword: Mapped[str] = mapped_column(String(20), unique=True)  # upper case
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[QueueState] = mapped_column(stored_enum(QueueState), default=QueueState.OPEN)
    pause_reason: Mapped[str | None] = mapped_column(String(80))
    alert_ahead: Mapped[int] = mapped_column(default=2)  # nearly up: at this place or nearer
    later_by: Mapped[int] = mapped_column(default=3)  # how many others LATER lets go first
    later_cap: Mapped[int] = mapped_column(default=10)
    put_back_behind: Mapped[int] = mapped_column(default=2)
    capacity: Mapped[int | None]  # how many may wait; None: any number
    backup_above: Mapped[int | None]  # more than this many waiting: call for backup
    backup_minutes: Mapped[int | None]  # so does a longer wait than this, for whoever joins now
    reminder_minutes: Mapped[int] = mapped_column(default=2)
    no_show_minutes: Mapped[int] = mapped_column(default=5)
    marks_no_shows: Mapped[bool] = mapped_column(default=False)  # by the clock, without anybody pressing
    minutes_per_customer: Mapped[float] = mapped_column(default=5.0)  # the owner's guess
    asks_for_rating: Mapped[bool] = mapped_column(default=False)
    stays_open_overnight: Mapped[bool] = mapped_column(default=False)
    # The opening hours are kept up to here: by the clock, or by somebody's hand until the next of them.
    hours_kept_at: Mapped[datetime | None]
    numbered_day: Mapped[date | None]  # the business day that last_number counts
    last_number: Mapped[int] = mapped_column(default=0)
    last_position: Mapped[int] = mapped_column(BigInteger, default=0)
    # Grows with every change of the queue or a ticket in it, so that pages and the clock see what is new.
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_minute: Mapped[datetime | None]  # the minute that minute_joins counts
    minute_joins: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # out of use: closed, and in no list

    @declared_attr
    def business(cls) -> Mapped[Business]:
        return relationship(Business)

    @declared_attr
    def desks(cls) -> Mapped[list[Desk]]:
        return relationship(
            Desk,
            primaryjoin="and_(Desk.queue_id == Queue.id, Desk.retired_at.is_(None))",
            order_by="Desk.id",
            viewonly=True,
        )

    @property
    def is_paused(self) -> bool:
        return self.state == QueueState.PAUSED

    def waiting(self, session: Session, limit: int | None = None) -> list[Ticket]:
        """The line, first in line first."""
        line = select(Ticket).where(Ticket.queue_id == self.id, among(Ticket.state, WAITING))
        return list(session.scalars(line.order_by(Ticket.position).limit(limit)))

    def number_at(self, session: Session, ahead: int) -> int | None:
        """The number of who waits with so many people ahead."""
        line = select(Ticket.number).where(Ticket.queue_id == self.id, among(Ticket.state, WAITING))
        return session.scalar(line.order_by(Ticket.position).offset(ahead).limit(1))

    def waiting_count(self, session: Session) -> int:
        return session.scalar(_WAITING_COUNT, {"queue_id": self.id}) or 0

    def is_full(self, session: Session) -> bool:
        return self.capacity is not None and self.waiting_count(session) >= self.capacity

    def needs_backup(self, count: int, wait: Wait) -> bool:
        """Whether too many wait, or whoever joins now would wait too long. `wait` is theirs."""
        too_many = self.backup_above is not None and count > self.backup_above
        return too_many or (self.backup_minutes is not None and wait.expected > self.backup_minutes)

    def present(self, session: Session) -> list[Ticket]:
        """Those called or being served now, the longest called first."""
        return list(session.scalars(_present(), {"queue_id": self.id}))

    def present_of(self, session: Session, servicer_id: int) -> Ticket | None:
        """Whom this servicer serves now."""
        return session.scalar(_PRESENT_OF, {"queue_id": self.id, "servicer_id": servicer_id})

    def live_ticket_of(self, session: Session, customer_id: int) -> Ticket | None:
        mine = (Ticket.queue_id == self.id, Ticket.customer_id == customer_id, among(Ticket.state, LIVE))
        return session.scalar(select(Ticket).where(*mine))

    def wait_after(self, session: Session, ahead: int, now: datetime) -> Wait:
        """The wait of somebody with so many people ahead: the one number that texts and pages show."""
        return wait_after(session, self, ahead, now)

    def is_nearly_up(self, session: Session, ahead: int, lead_minutes: int | None, now: datetime) -> bool:
        """Whether somebody with so many people ahead is near enough to be told: by place, or by their lead.

        A paused line stands still: nobody in it is.
        """
        if self.is_paused:
            return False
        if ahead < self.alert_ahead:
            return True
        return lead_minutes is not None and self.wait_after(session, ahead, now).at_least <= lead_minutes


# Made once: to make a statement costs as much as to run it.
_OF_QUEUE = Ticket.queue_id == bindparam("queue_id")
_WAITING_COUNT = select(func.count()).where(_OF_QUEUE, among(Ticket.state, WAITING))
_PRESENT = select(Ticket).where(_OF_QUEUE, among(Ticket.state, PRESENT))
_PRESENT_OF = _PRESENT.where(Ticket.servicer_id == bindparam("servicer_id"))


@cache  # at the first use: only then are the tables known that a ticket leads to
def _present() -> Select[Any]:
    with_whom = _PRESENT.options(joinedload(Ticket.servicer), joinedload(Ticket.desk))
    return with_whom.order_by(Ticket.called_at, Ticket.id)
