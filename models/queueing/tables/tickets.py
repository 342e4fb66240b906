"""A ticket as it is stored: one customer's place in one queue, from joining to the end.

Also its lock, and the one way to change it (`change`, `move`) and to text about it (`send`), for operations.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    false,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, foreign, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from models.people.actors import By
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.kept_values import as_json
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import LIVE, MOVES, PRESENT, NotPossible, Source, TicketState
from models.storage.database import Base, BigId, stored_enum
from models.storage.dialects import partial_index
from models.storage.writes import write
from models.texts.outbox import put_in_outbox
from models.texts.remarks import Remark
from models.texts.text_kinds import TextKind

# Columns for `change`: nothing more is due for a ticket that is not called.
NO_DEADLINES: dict[str, None] = {
    "remind_after": None,
    "no_show_after": None,
    "not_here_at": None,
    "coming_until": None,
}


_IS_WAITING = "state = 'waiting'"
_IS_LIVE = "state IN ('waiting', 'called', 'serving')"
_IS_PRESENT = "state IN ('called', 'serving')"


class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("queue_id", "day", "number"),
        # All that counting the line asks for, so that no row is read for it.
        partial_index(
            "ix_tickets_waiting", "queue_id", "position", "id", "set_aside_at", "state", where=_IS_WAITING
        ),
        partial_index("uq_tickets_live", "customer_id", "queue_id", unique=True, where=_IS_LIVE),
        partial_index("uq_tickets_customer_present", "customer_id", unique=True, where=_IS_PRESENT),
        partial_index(
            "uq_tickets_servicer_present", "queue_id", "servicer_id", unique=True, where=_IS_PRESENT
        ),
        partial_index("ix_tickets_remind_after", "remind_after", where="remind_after IS NOT NULL"),
        partial_index("ix_tickets_no_show_after", "no_show_after", where="no_show_after IS NOT NULL"),
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
    # Order in the line, with the id where two are equal; no meaning beyond that.
    position: Mapped[int] = mapped_column(BigInteger)
    # Put back, put first, or let others go first: its place says nothing about when it joined.
    placed_by_hand: Mapped[bool] = mapped_column(default=False, server_default=false())
    joined_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    brought_back_at: Mapped[datetime | None]  # it had ended, and is live again
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    lead_minutes: Mapped[int | None]  # how long before their turn they want to be told
    alerted_at: Mapped[datetime | None]  # told that they are nearly up, once
    arrived_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]  # on hold since then; of no meaning once it doesn't wait
    leaving_at: Mapped[datetime | None]  # said so while being served: no place is left to give up
    remind_after: Mapped[datetime | None]
    no_show_after: Mapped[datetime | None]
    coming_until: Mapped[datetime | None]  # called, and said they are there by then: their clocks wait
    not_here_at: Mapped[datetime | None]  # flagged: called long ago and nobody pressed anything
    reason: Mapped[str | None] = mapped_column(String(40))  # why it ended as it did
    promised_low: Mapped[int | None]  # minutes, as told when joining
    promised_high: Mapped[int | None]
    promised_expected: Mapped[float | None]  # the middle of what was told, unrounded
    # What they were told last of their wait: when, and between which moments they would be called. Both None:
    # that the line doesn't move, which is no promise.
    told_at: Mapped[datetime | None]
    told_after: Mapped[datetime | None]
    told_until: Mapped[datetime | None]
    told_again: Mapped[int] = mapped_column(default=0, server_default="0")  # how often by a changed promise
    rating: Mapped[int | None]
    # No longer used: what LATER told is kept in open_questions.
    later_others: Mapped[int | None]
    later_until: Mapped[datetime | None]
    others_let_first: Mapped[int] = mapped_column(default=0)
    moved_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"))  # transferred
    # The newest of what they and the counter said to each other. No foreign key: remarks refer to tickets.
    last_remark_id: Mapped[int | None] = mapped_column(BigId)
    unanswered_remarks: Mapped[int] = mapped_column(default=0, server_default="0")
    note: Mapped[str | None] = mapped_column(String(200))  # of the servicers; changed in `notes` only
    answer: Mapped[str | None] = mapped_column(String(200))  # to the queue's question; in no event
    # Which visit of this customer it is, as servicers see it. None: before we counted, or forgotten.
    visit: Mapped[int | None]

    queue: Mapped[Queue] = relationship()
    customer: Mapped[Customer] = relationship()
    servicer: Mapped[Servicer | None] = relationship()
    desk: Mapped[Desk | None] = relationship()
    our_number: Mapped[OurNumber | None] = relationship()
    last_remark: Mapped[Remark | None] = relationship(
        primaryjoin=lambda: foreign(Ticket.last_remark_id) == Remark.id, viewonly=True
    )

    @classmethod
    def lock(cls, session: Session, ticket_id: int) -> "Ticket | None":
        """The ticket, to be changed: its queue's lock is taken first, then it is read afresh."""
        ticket = session.get(cls, ticket_id)
        if ticket is None:
            return None
        session.refresh(ticket.queue, with_for_update={"key_share": True})
        session.refresh(ticket, with_for_update={"key_share": True})
        return ticket

    @classmethod
    def with_token(cls, session: Session, token: str) -> "Ticket | None":
        where = joinedload(cls.queue, innerjoin=True).joinedload(Queue.business, innerjoin=True)
        whose = joinedload(cls.customer, innerjoin=True)
        return session.scalar(select(cls).where(cls.token == token).options(where, whose))

    @property
    def label(self) -> int | str:
        """The number as people see and hear it: 12, or A12."""
        return self.queue.numbered(self.number)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_of_an_earlier_day(self) -> bool:
        """Whether the queue's day has turned since, so that another may have this number too."""
        return self.queue.is_earlier_day(self.day)

    @property
    def language(self) -> str:
        return self.customer.spoken or self.queue.business.language

    def facts(self) -> dict[str, Any]:
        """What every text about this ticket may say, as of now."""
        return {
            "number": self.label,
            "name": self.name,
            "queue": self.queue.name,
            "keyword": self.queue.keyword,
            "business": self.queue.business.name,
            "desk": self.desk.name if self.desk_id and self.desk else None,
            "token": self.token,
        }

    def facts_of_day(self, now: datetime) -> dict[str, Any]:
        """For a ticket of an earlier day: since when they wait, which tells its number from today's."""
        if not self.is_of_an_earlier_day:
            return {}
        zone = self.queue.business.zone
        joined = self.joined_at.astimezone(zone)
        days = (now.astimezone(zone).date() - joined.date()).days
        return {"since_days": days, "since_weekday": joined.weekday(), "since_time": f"{joined:%H:%M}"}

    def require(self, states: Iterable[TicketState]) -> None:
        """Raises NotPossible, with the present state as its reason, unless the ticket is in one of these."""
        if self.state not in states:
            raise NotPossible(self.state, of=self)

    def not_before(self, now: datetime) -> datetime:
        """`now`, but never before what already happened: hosts' clocks differ by a little."""
        return max(m for m in (now, self.joined_at, self.called_at, self.started_at) if m is not None)

    def move(self, session: Session, operation: str, by: By, now: datetime, **changes: Any) -> int:
        """To the state where `operation` leads by `MOVES`, or NotPossible. Gives the event's id."""
        move = MOVES.get((operation, self.state))
        if move is None:
            raise NotPossible(self.state, of=self)
        return self.change(session, move.event, by, now, state=move.to, **changes)

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
        """Set columns and append the event that says so, with their previous values. Gives the event's id.

        What one servicer does with another's customer says for whom.
        """
        if by.servicer_id is not None and self.state in PRESENT and by.servicer_id != self.servicer_id:
            facts = {"for": self.servicer_id} | (facts or {})
        before = {name: as_json(getattr(self, name)) for name in changes}
        unchanged_since_read = {"id_now": self.id, "state_now": self.state}
        if changes.get("state") in LIVE and self.is_of_an_earlier_day:
            self.queue.kept_number = max(self.queue.kept_number, self.number)  # brought back: in use again
        if write(session, _UPDATE, changes | unchanged_since_read).rowcount != 1:
            raise NotPossible("changed_meanwhile", of=self)
        for name, value in changes.items():
            set_committed_value(self, name, value)
        session.expire(self, ["servicer", "desk"])
        self.queue.note_change(session)
        return record(
            session,
            kind,
            queue_id=self.queue_id,
            ticket_id=self.id,
            by=by,
            now=self.not_before(now),
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
        if self.our_number_id is None or not self.customer.is_reachable:
            return False
        if kind == TextKind.YOUR_TURN and self.queue.coming_minutes:
            facts["invites"] = True  # to say whether they come
        return put_in_outbox(
            session,
            kind,
            key=f"{event_id}:{kind}:{self.id}",
            our_number_id=self.our_number_id,
            customer_id=self.customer_id,
            language=self.language,
            facts=self.facts() | self.facts_of_day(now) | facts,
            now=now,
            queue_id=self.queue_id,
            ticket_id=self.id,
            event_id=event_id,
            delay=delay,
            phone_hash=self.customer.phone_hash,
        )


# Guarded: no row is updated if the state is not the one that was read. Compiled once.
_TABLE = Ticket.__table__
_UPDATE = update(_TABLE).where(  # type: ignore[arg-type]
    _TABLE.c.id == bindparam("id_now"), _TABLE.c.state == bindparam("state_now")
)
