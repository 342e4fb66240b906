"""How a queue gives numbers, and when it refuses to.

Numbers come from a counter on the queue's own row, so they have no gap and no double; whoever takes one
holds the queue's lock. A base of `Queue`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import FromClause, Select, Update, bindparam, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.duty import idle
from models.event import By, EventKind, record, record_each
from models.line import GAP, count_ahead
from models.message import TextKind, put_in_outbox
from models.people import Customer
from models.queue_row import QueueRow
from models.queue_states import QueueState
from models.ticket import Ticket
from models.ticket_states import NotPossible, Source, TicketState, new_token
from models.waits import Wait, wait_after, waits_of

MOST_JOINS_A_MINUTE = 10_000
MOST_JOINS_A_MINUTE_IN_ALL = 20_000
MOST_NUMBERS_AN_HOUR = 30  # of one customer, in all queues

_TICKETS = Ticket.__table__
_INSERT_TICKETS = insert(_TICKETS).returning(_TICKETS.c.id, _TICKETS.c.number)  # type: ignore[arg-type]


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


class NumberedQueue(QueueRow):
    __abstract__ = True

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
        session.execute(_count_on(self.__table__), {"queue": self.id, **counter})
        for name, value in counter.items():
            set_committed_value(self, name, value)
        return number, position, day

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

    def _taken(self, session: Session, ticket: Ticket, now: datetime) -> Taken:
        ahead = ticket.ahead(session) if ticket.state == TicketState.WAITING else 0
        wait = wait_after(session, self, ahead, now)
        return Taken(ticket.id, ticket.number, ticket.token, ahead, wait, is_new=False, state=ticket.state)

    def _require_room(self, session: Session, source: Source, by: By, now: datetime) -> None:
        reason = self.refuses(session, source, now)
        if reason == "busy":
            raise NotPossible(reason)  # not worth a row each
        if reason is not None:
            facts = {"reason": reason}
            record(session, EventKind.TURNED_AWAY, queue_id=self.id, by=by, now=now, facts=facts)
            raise NotPossible(reason)

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
        asked = {"business": self.business_id, "minute": minute}
        in_all = session.scalar(_joins_in_all(self.__table__), asked)
        return (in_all or 0) + many > MOST_JOINS_A_MINUTE_IN_ALL


def took_many(session: Session, customer_ids: Sequence[int], now: datetime) -> set[int]:
    """Those of these customers who have taken so many numbers in the last hour that it is no waiting."""
    taken = (
        select(Ticket.customer_id)
        .where(Ticket.customer_id.in_(customer_ids), Ticket.joined_at > now - timedelta(hours=1))
        .group_by(Ticket.customer_id)
        .having(func.count() >= MOST_NUMBERS_AN_HOUR)
    )
    return set(session.scalars(taken))


@cache
def _count_on(queues: FromClause) -> Update:
    return update(queues).where(queues.c.id == bindparam("queue"))  # type: ignore[arg-type]


@cache
def _joins_in_all(queues: FromClause) -> Select[int]:
    return select(func.sum(queues.c.minute_joins)).where(
        queues.c.business_id == bindparam("business"), queues.c.counted_minute == bindparam("minute")
    )


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
