"""What is stored of a ticket, the one way to change it, and the one way to text about it.

A base of `Ticket`, which has the verbs.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from models.business import OurNumber
from models.database import Base, BigId, stored_enum
from models.event import By, EventKind, record
from models.message import TextKind, put_in_outbox
from models.people import Customer, Servicer
from models.ticket_states import LIVE, NotPossible, Source, TicketState

if TYPE_CHECKING:
    from models.desks import Desk
    from models.queues import Queue


class TicketRow(Base):
    __abstract__ = True
    __table_args__ = (
        UniqueConstraint("queue_id", "day", "number"),
        Index(
            "ix_tickets_waiting",
            "queue_id",
            "position",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "uq_tickets_live",
            "customer_id",
            "queue_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'called', 'serving')"),
            postgresql_where=text("state IN ('waiting', 'called', 'serving')"),
        ),
        Index(
            "uq_tickets_customer_present",
            "customer_id",
            unique=True,
            sqlite_where=text("state IN ('called', 'serving')"),
            postgresql_where=text("state IN ('called', 'serving')"),
        ),
        Index(
            "uq_tickets_servicer_present",
            "queue_id",
            "servicer_id",
            unique=True,
            sqlite_where=text("state IN ('called', 'serving')"),
            postgresql_where=text("state IN ('called', 'serving')"),
        ),
        Index(
            "ix_tickets_remind_after",
            "remind_after",
            sqlite_where=text("remind_after IS NOT NULL"),
            postgresql_where=text("remind_after IS NOT NULL"),
        ),
        Index(
            "ix_tickets_no_show_after",
            "no_show_after",
            sqlite_where=text("no_show_after IS NOT NULL"),
            postgresql_where=text("no_show_after IS NOT NULL"),
        ),
        Index("ix_tickets_customer_id_id", "customer_id", "id"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("party BETWEEN 1 AND 99", name="party"),
        CheckConstraint("called_at IS NULL OR called_at >= joined_at", name="called_after_joined"),
        CheckConstraint(
            "started_at IS NULL OR (called_at IS NOT NULL AND started_at >= called_at)",
            name="started_after_called",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= joined_at", name="ended_after_joined"),
        CheckConstraint(
            "state NOT IN ('called', 'serving') OR (called_at IS NOT NULL AND servicer_id IS NOT NULL)",
            name="present_is_called",
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (state IN ('waiting', 'called', 'serving'))", name="ended_when_over"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(16), unique=True)  # of its page; can't be guessed
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    day: Mapped[date]
    number: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    our_number_id: Mapped[int | None] = mapped_column(ForeignKey("our_numbers.id"))  # its texts come from
    name: Mapped[str | None] = mapped_column(String(40))
    party: Mapped[int] = mapped_column(default=1)
    source: Mapped[Source] = mapped_column(stored_enum(Source))
    state: Mapped[TicketState] = mapped_column(stored_enum(TicketState))
    position: Mapped[int] = mapped_column(BigInteger)  # order in the line; no meaning beyond that
    joined_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    lead_minutes: Mapped[int | None]  # how long before their turn they want to be told
    alerted_at: Mapped[datetime | None]  # told that they are nearly up, once
    arrived_at: Mapped[datetime | None]
    remind_after: Mapped[datetime | None]
    no_show_after: Mapped[datetime | None]
    not_here_at: Mapped[datetime | None]  # flagged: called long ago and nobody pressed anything
    reason: Mapped[str | None] = mapped_column(String(40))  # why it ended as it did
    promised_low: Mapped[int | None]  # minutes, as told when joining
    promised_high: Mapped[int | None]
    promised_expected: Mapped[float | None]  # the middle of what was told, unrounded
    rating: Mapped[int | None]
    # LATER is told first and done when they say it again; how many others it was about, and until when.
    later_others: Mapped[int | None]
    later_until: Mapped[datetime | None]
    others_let_first: Mapped[int] = mapped_column(default=0)
    moved_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"))  # transferred

    @declared_attr
    def queue(cls) -> Mapped["Queue"]:
        return relationship("Queue")

    @declared_attr
    def customer(cls) -> Mapped[Customer]:
        return relationship(Customer)

    @declared_attr
    def servicer(cls) -> Mapped[Servicer | None]:
        return relationship(Servicer)

    @declared_attr
    def desk(cls) -> Mapped["Desk | None"]:
        return relationship("Desk")

    @declared_attr
    def our_number(cls) -> Mapped[OurNumber | None]:
        return relationship(OurNumber)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def language(self) -> str:
        return self.customer.language or self.queue.business.language

    def facts(self) -> dict[str, Any]:
        """What every text about this ticket may say, as it is at this moment."""
        return {
            "number": self.number,
            "name": self.name,
            "queue": self.queue.name,
            "keyword": self.queue.keyword,
            "business": self.queue.business.name,
            "desk": self.desk.name if self.desk_id and self.desk else None,
            "token": self.token,
        }

    # How it is done ---------------------------------------------------------------------------------

    def change(
        self,
        session: Session,
        kind: EventKind,
        by: By,
        now: datetime,
        facts: dict[str, Any] | None = None,
        undoes_id: int | None = None,
        **changes: Any,
    ) -> int:
        """Set columns and append the event that says so, with what they were before. Gives the event's id."""
        before = {name: _plain(getattr(self, name)) for name in changes}
        as_it_is = {"id_now": self.id, "state_now": self.state}
        done = session.execute(_update(self.__table__), changes | as_it_is)
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise NotPossible("changed_meanwhile", number=self.number)
        for name, value in changes.items():
            set_committed_value(self, name, value)
        session.expire(self, ["servicer", "desk"])
        self.queue.revision += 1
        return record(
            session,
            kind,
            queue_id=self.queue_id,
            ticket_id=self.id,
            by=by,
            now=self._not_before(now),
            before=before,
            facts=facts,
            undoes_id=undoes_id,
        )

    def send(
        self,
        session: Session,
        kind: TextKind,
        event_id: int,
        now: datetime,
        *,
        delay: timedelta = timedelta(0),
        **facts: Any,
    ) -> bool:
        """Put a text about this ticket into the outbox, if this customer can be texted."""
        if not self.customer.can_be_texted(session, self.our_number_id):
            return False
        assert self.our_number_id is not None
        return put_in_outbox(
            session,
            kind,
            key=f"{event_id}:{kind}:{self.id}",
            our_number_id=self.our_number_id,
            customer_id=self.customer_id,
            language=self.language,
            facts=self.facts() | facts,
            now=now,
            queue_id=self.queue_id,
            ticket_id=self.id,
            event_id=event_id,
            delay=delay,
        )

    def restored(self, before: dict[str, Any]) -> dict[str, Any]:
        """Column values of an event's `before`, as Python has them."""
        return {name: _value(name, value) for name, value in before.items()}

    def _require(self, states: Iterable[TicketState]) -> None:
        if self.state not in states:
            raise NotPossible(self.state, number=self.number)

    def _not_before(self, now: datetime) -> datetime:
        """`now`, but never before what already happened: two hosts' clocks differ by a little."""
        return max(m for m in (now, self.joined_at, self.called_at, self.started_at) if m is not None)


@cache
def _update(tickets: Table) -> Update:
    as_it_is = (tickets.c.id == bindparam("id_now"), tickets.c.state == bindparam("state_now"))
    return update(tickets).where(*as_it_is)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _value(column: str, stored: Any) -> Any:
    if stored is None:
        return None
    if column.endswith(("_at", "_after", "_until")):
        return datetime.fromisoformat(stored)
    return TicketState(stored) if column == "state" else stored
