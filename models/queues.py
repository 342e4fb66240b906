"""A queue: what people wait in, its desks and its rules; takes numbers and calls people.

Numbers come from a counter on the queue's own row, so they have no gap and no double; everything that
changes a queue or its tickets holds the queue's lock. Verbs never commit, send or read a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from models.business import Business
from models.database import Base, stored_enum
from models.duty import go_off_duty, idle, on_duty
from models.event import By, EventKind, record, record_each
from models.line import GAP, count_ahead
from models.message import TextKind, put_in_outbox
from models.people import Customer, Servicer
from models.ticket import Ticket, is_present_elsewhere
from models.ticket_states import (
    DAY_ENDED as DAY_ENDED,
    LIVE,
    PRESENT,
    WAITING,
    NotPossible,
    Source,
    TicketState,
    among,
    new_token,
)
from models.waits import Wait, wait_after, waits_of


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # the line stands still; people may join and are told so
    CLOSED = "closed"


@dataclass(frozen=True)
class Taken:
    """The number somebody has: a new one, or the one they had already."""

    ticket_id: int
    number: int
    token: str
    ahead: int
    wait: Wait
    is_new: bool
    state: TicketState = TicketState.WAITING
    event_id: int | None = None  # of the joining, for a new one


class Joiner(NamedTuple):
    """Who takes a number, how they are called and how many they are."""

    customer_id: int
    name: str | None = None
    party: int = 1


class Queue(Base):
    __tablename__ = "queues"
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

    business: Mapped[Business] = relationship()
    desks: Mapped[list["Desk"]] = relationship(
        primaryjoin="and_(Desk.queue_id == Queue.id, Desk.retired_at.is_(None))",
        order_by="Desk.id",
        viewonly=True,
    )

    @classmethod
    def named(cls, session: Session, keyword: str) -> "Queue | None":
        named = select(cls).where(cls.keyword == keyword.upper())
        return session.scalar(named.options(joinedload(cls.business, innerjoin=True)))

    @classmethod
    def of_business(cls, session: Session, business_id: int) -> "list[Queue]":
        """All that are in use, by keyword."""
        theirs = select(cls).where(cls.business_id == business_id, cls.archived_at.is_(None))
        return list(session.scalars(theirs.order_by(cls.keyword)))

    @classmethod
    def lock(cls, session: Session, queue_id: int) -> "Queue":
        """The queue, to be changed: nobody else changes it or its tickets until the commit.

        On SQLite the transaction already is the only writer, and FOR UPDATE says nothing.
        """
        statement = select(cls).where(cls.id == queue_id).with_for_update(key_share=True)
        return session.scalars(statement, execution_options={"populate_existing": True}).one()

    # Verbs ------------------------------------------------------------------------------------------

    def take_number(
        self,
        session: Session,
        customer: Customer,
        *,
        source: Source,
        by: By,
        now: datetime,
        our_number_id: int | None = None,
        name: str | None = None,
        party: int = 1,
        closes_at: datetime | None = None,
    ) -> Taken:
        """The next number of the day, or the one this customer holds already.

        The queue must be locked. Raises NotPossible("closed" | "full" | "busy" | "too_often"). A servicer who
        adds somebody at the desk sees how long the line is: for them it is never full. Whoever may not be
        called before `closes_at` is told so, where a text confirms the number.
        """
        held = self.live_ticket_of(session, customer.id)
        if held is not None:
            held.rename(session, name, party, by=by, now=now)
            return self._taken(session, held, now)
        self._require_room(session, source, by, now)
        if source != Source.DESK and customer.created_at < now and took_many(session, [customer.id], now):
            raise NotPossible("too_often")
        joiner = Joiner(customer.id, name, party)
        [taken] = self.take_numbers(
            session, [joiner], source=source, by=by, now=now, our_number_id=our_number_id
        )
        if source != Source.TEXT and taken.event_id is not None:
            ticket = session.get_one(Ticket, taken.ticket_id)
            facts = {"ahead": taken.ahead} | taken.wait.facts()
            if closes_at is not None and taken.wait.may_miss(closes_at, now):
                facts["closes_time"] = f"{closes_at.astimezone(self.business.zone):%H:%M}"
            ticket.send(session, TextKind.JOINED, taken.event_id, now, **facts)
        return taken

    def take_numbers(
        self,
        session: Session,
        joiners: Sequence[Joiner],
        *,
        source: Source,
        by: By,
        now: datetime,
        our_number_id: int | None = None,
    ) -> list[Taken]:
        """The next numbers of the day, in the order of `joiners`, each with its event.

        The queue must be locked and have room for all; none of them may hold a live ticket in it.
        """
        first, position, day = self.next_numbers(session, now, len(joiners))
        line = count_ahead(session, self.id, position)
        waits = waits_of(session, self)
        taken = [
            Taken(0, first + i, new_token(), line + i, waits.after(line + i), is_new=True)
            for i in range(len(joiners))
        ]
        rows = [
            {
                "token": mine.token,
                "queue_id": self.id,
                "day": day,
                "number": mine.number,
                "customer_id": joiner.customer_id,
                "our_number_id": our_number_id,
                "name": joiner.name,
                "party": joiner.party,
                "source": source,
                "state": TicketState.WAITING,
                "position": position + (mine.number - first) * GAP,
                "joined_at": now,
                # Who is told "nearly up" by the answer itself is not told again.
                "alerted_at": now if mine.ahead < self.alert_ahead else None,
                "others_let_first": 0,
                "promised_low": mine.wait.low,
                "promised_high": mine.wait.high,
                "promised_expected": mine.wait.expected,
            }
            for joiner, mine in zip(joiners, taken, strict=True)
        ]
        ids = {number: ticket_id for ticket_id, number in session.execute(_INSERT_TICKETS, rows)}
        taken = [replace(mine, ticket_id=ids[mine.number]) for mine in taken]
        facts = {
            mine.ticket_id: {
                "source": source,
                "ahead": mine.ahead,
                "low": mine.wait.low,
                "high": mine.wait.high,
                "expected": round(mine.wait.expected, 2),
            }
            for mine in taken
        }
        events = record_each(session, EventKind.JOINED, facts, queue_id=self.id, by=by, now=now)
        taken = [replace(mine, event_id=events[mine.ticket_id]) for mine in taken]
        if line == 0:
            self.tell_idle_servicers(
                session, first, events[taken[0].ticket_id], our_number_id, by=by, now=now
            )
        return taken

    def call_next(
        self, session: Session, servicer: Servicer, *, by: By, now: datetime, desk_id: int | None = None
    ) -> Ticket | None:
        """Call the first in line who is not being served elsewhere; None when nobody can be called.

        The queue must be locked. Raises NotPossible("paused" | "still_serving").
        """
        if self.state == QueueState.PAUSED:
            raise NotPossible("paused")
        present = self.present_of(session, servicer.id)
        if present is not None:
            raise NotPossible("still_serving", number=present.number)
        for ticket_id in self._first_free(session):
            ticket = session.get_one(Ticket, ticket_id, populate_existing=True)
            try:
                with session.begin_nested():
                    ticket.call(session, servicer, desk_id=desk_id, by=by, now=now)
            except IntegrityError:
                session.refresh(ticket)  # called in another queue at this very moment: held here
            else:
                return ticket
        return None

    def open(self, session: Session, *, by: By, now: datetime) -> None:
        self._become(session, QueueState.OPEN, EventKind.OPENED, by, now)

    def pause(self, session: Session, *, by: By, now: datetime, reason: str | None = None) -> None:
        """The line stands still: people may join, nobody is called."""
        self._become(session, QueueState.PAUSED, EventKind.PAUSED, by, now, pause_reason=reason)

    def close(self, session: Session, *, by: By, now: datetime) -> int:
        """Closed for the day: whoever still waits has left, "day ended", with one text. Gives how many.

        A queue that stays open overnight keeps its line. Servicers go off duty, but for those who still
        serve somebody.
        """
        self._become(session, QueueState.CLOSED, EventKind.CLOSED, by, now)
        for duty in on_duty(session, self.id):
            if self.present_of(session, duty.servicer_id) is None:
                go_off_duty(session, duty, by=by, now=now)
        return 0 if self.stays_open_overnight else self.end_waiting(session, by=by, now=now)

    def end_waiting(self, session: Session, *, by: By, now: datetime, before: date | None = None) -> int:
        """End the tickets that still wait (of days before `before`, if given); one text each."""
        waiting = select(Ticket).where(Ticket.queue_id == self.id, among(Ticket.state, WAITING))
        if before is not None:
            waiting = waiting.where(Ticket.day < before)
        # The last first, so that each is noted at the place they had.
        tickets = session.scalars(waiting.order_by(Ticket.position.desc())).all()
        for ticket in tickets:
            event_id = ticket.leave(session, by=by, now=now, reason=DAY_ENDED)
            # A mistaken press of Close can be undone before anybody has read of it.
            delay = TIME_TO_UNDO if by.press_id else timedelta(0)
            ticket.send(session, TextKind.DAY_ENDED, event_id, now, delay=delay)
        return len(tickets)

    def keep_hours_until(self, now: datetime) -> None:
        """What the opening hours asked for up to now is done, or somebody wanted otherwise."""
        self.hours_kept_at = max(now, self.hours_kept_at or now)  # hosts' clocks differ by a little

    def announce(self, session: Session, note: str, *, by: By, now: datetime) -> int:
        """A message to everyone waiting. Gives how many texts it became."""
        event_id = record(
            session, EventKind.ANNOUNCED, queue_id=self.id, by=by, now=now, facts={"note": note}
        )
        waiting = self.waiting(session)
        return sum(t.send(session, TextKind.ANNOUNCEMENT, event_id, now, note=note) for t in waiting)

    def tell_idle_servicers(
        self,
        session: Session,
        number: int,
        event_id: int,
        our_number_id: int | None,
        *,
        by: By,
        now: datetime,
    ) -> None:
        """Somebody has joined an empty queue: a text to each who wants it, is on duty and serves nobody."""
        if self.state != QueueState.OPEN or our_number_id is None:
            return
        for duty in idle(session, self.id):
            servicer = duty.servicer
            wants = servicer.wants_join_texts and servicer.id != by.servicer_id
            if wants and servicer.can_be_texted(session, our_number_id):
                put_in_outbox(
                    session,
                    TextKind.SOMEBODY_JOINED,
                    key=f"{event_id}:{TextKind.SOMEBODY_JOINED}:{servicer.id}",
                    our_number_id=our_number_id,
                    servicer_id=servicer.id,
                    language=self.business.language,
                    # No name: what is told to others could not be forgotten with the customer.
                    facts={"number": number, "queue": self.name},
                    now=now,
                    queue_id=self.id,
                    event_id=event_id,  # and no ticket: it is not the customer who is texted about it
                )

    # Questions --------------------------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        return self.state == QueueState.PAUSED

    def waiting(self, session: Session, limit: int | None = None) -> list[Ticket]:
        """The line, first in line first."""
        line = select(Ticket).where(Ticket.queue_id == self.id, among(Ticket.state, WAITING))
        return list(session.scalars(line.order_by(Ticket.position).limit(limit)))

    def is_full(self, session: Session) -> bool:
        return self.capacity is not None and self.waiting_count(session) >= self.capacity

    def needs_backup(self, count: int, wait: Wait) -> bool:
        """Whether too many wait, or whoever joins now would wait too long. `wait` is theirs."""
        too_many = self.backup_above is not None and count > self.backup_above
        return too_many or (self.backup_minutes is not None and wait.expected > self.backup_minutes)

    def waiting_count(self, session: Session) -> int:
        line = (Ticket.queue_id == self.id, among(Ticket.state, WAITING))
        return session.scalar(select(func.count()).where(*line)) or 0

    def present(self, session: Session) -> list[Ticket]:
        """Those called or being served now, the longest called first."""
        now_serving = select(Ticket).where(Ticket.queue_id == self.id, among(Ticket.state, PRESENT))
        with_whom = now_serving.options(joinedload(Ticket.servicer), joinedload(Ticket.desk))
        return list(session.scalars(with_whom.order_by(Ticket.called_at, Ticket.id)))

    def present_of(self, session: Session, servicer_id: int) -> Ticket | None:
        """Whom this servicer serves now."""
        mine = (Ticket.queue_id == self.id, Ticket.servicer_id == servicer_id, among(Ticket.state, PRESENT))
        return session.scalar(select(Ticket).where(*mine))

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

    # How it is done ---------------------------------------------------------------------------------

    def _taken(self, session: Session, ticket: Ticket, now: datetime) -> Taken:
        ahead = ticket.ahead(session) if ticket.state == TicketState.WAITING else 0
        wait = wait_after(session, self, ahead, now)
        return Taken(ticket.id, ticket.number, ticket.token, ahead, wait, is_new=False, state=ticket.state)

    def refuses(self, session: Session, source: Source, now: datetime, many: int = 1) -> str | None:
        """Why so many may not take a number now ("closed", "busy", "full"); None when they may."""
        if self.state == QueueState.CLOSED:
            return "closed"
        if source == Source.DESK:
            return None
        if self._is_rushed(session, now, many):
            return "busy"
        if self.capacity is None:
            return None
        return "full" if self.waiting_count(session) + many > self.capacity else None

    def _is_rushed(self, session: Session, now: datetime, many: int) -> bool:
        """More than any crowd within a minute, here or in all queues of the business: a machine.

        Counted on the queue's own row, which every join writes anyway; the others are looked at only when
        this one is busy itself.
        """
        minute = _minute(now)
        here = self.minute_joins if self.counted_minute == minute else 0
        if here + many > MOST_JOINS_A_MINUTE:
            return True
        if here < MOST_JOINS_A_MINUTE // 10:
            return False
        all_of_them = select(func.sum(Queue.minute_joins)).where(
            Queue.business_id == self.business_id, Queue.counted_minute == minute
        )
        return (session.scalar(all_of_them) or 0) + many > MOST_JOINS_A_MINUTE_IN_ALL

    def _require_room(self, session: Session, source: Source, by: By, now: datetime) -> None:
        reason = self.refuses(session, source, now)
        if reason == "busy":
            raise NotPossible(reason)  # not worth a row each
        if reason is not None:
            facts = {"reason": reason}
            record(session, EventKind.TURNED_AWAY, queue_id=self.id, by=by, now=now, facts=facts)
            raise NotPossible(reason)

    def next_numbers(self, session: Session, now: datetime, many: int = 1) -> tuple[int, int, date]:
        """The first of so many numbers in a row, its position, and the day they belong to."""
        day = self.business.day_of(now)
        if self.numbered_day is not None:
            day = max(day, self.numbered_day)  # a host whose clock is behind must not begin a day again
        number = self.last_number + 1 if self.numbered_day == day else 1
        position = self.last_position + GAP
        counter = {
            "numbered_day": day,
            "last_number": number + many - 1,
            "last_position": position + (many - 1) * GAP,
            "revision": self.revision + 1,
            "counted_minute": _minute(now),
            "minute_joins": many + (self.minute_joins if self.counted_minute == _minute(now) else 0),
        }
        session.execute(update(_TABLE).where(_TABLE.c.id == self.id).values(counter))  # type: ignore[arg-type]
        for name, value in counter.items():
            set_committed_value(self, name, value)
        return number, position, day

    def _first_free(self, session: Session, limit: int = 20) -> list[int]:
        """The first in line whose customer is not called or served anywhere else."""
        line = select(Ticket.id).where(
            Ticket.queue_id == self.id, among(Ticket.state, WAITING), ~is_present_elsewhere()
        )
        return list(session.scalars(line.order_by(Ticket.position).limit(limit)))

    def _become(
        self, session: Session, state: QueueState, kind: EventKind, by: By, now: datetime, **changes: Any
    ) -> None:
        if self.state == state:
            raise NotPossible(f"already_{state}")
        if self.archived_at is not None:
            raise NotPossible("archived")
        before = {"state": self.state, "pause_reason": self.pause_reason}
        self.state = state
        self.pause_reason = changes.get("pause_reason")
        self.keep_hours_until(now)
        self.revision += 1
        session.flush()
        record(session, kind, queue_id=self.id, by=by, now=now, before=before, facts=changes or None)


MOST_JOINS_A_MINUTE = 10_000
MOST_JOINS_A_MINUTE_IN_ALL = 20_000
MOST_NUMBERS_AN_HOUR = 10  # of one customer, in all queues
TIME_TO_UNDO = timedelta(seconds=5)

_TABLE = Queue.__table__
_TICKETS = Ticket.__table__
_INSERT_TICKETS = insert(_TICKETS).returning(_TICKETS.c.id, _TICKETS.c.number)  # type: ignore[arg-type]


def took_many(session: Session, customer_ids: Sequence[int], now: datetime) -> set[int]:
    """Those of these customers who have taken so many numbers in the last hour that it is no waiting."""
    taken = (
        select(Ticket.customer_id)
        .where(Ticket.customer_id.in_(customer_ids), Ticket.joined_at > now - timedelta(hours=1))
        .group_by(Ticket.customer_id)
        .having(func.count() >= MOST_NUMBERS_AN_HOUR)
    )
    return set(session.scalars(taken))


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


class Desk(Base):
    """Where a customer is asked to come to."""

    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("queue_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    name: Mapped[str] = mapped_column(String(30))
    retired_at: Mapped[datetime | None]  # nobody is called to it any more

    queue: Mapped[Queue] = relationship()
