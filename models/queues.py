"""A queue: what people wait in; calls them, opens, pauses and closes. Its numbers: `NumberedQueue`.

Everything that changes a queue or its tickets holds the queue's lock. Verbs never commit, send or read a
clock.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from models.duty import go_off_duty, on_duty
from models.event import By, EventKind, record
from models.limits import Limit, is_over
from models.message import TextKind
from models.people import Servicer
from models.queue_numbers import NumberedQueue
from models.queue_states import QueueState
from models.ticket import Ticket, is_present_elsewhere
from models.ticket_states import DAY_ENDED, WAITING, NotPossible, among

TIME_TO_UNDO = timedelta(seconds=5)
# A stuck key or a stranger at the counter's phone must not text a full waiting room all day.
MESSAGES_OF_QUEUE = Limit("messages of a queue", 10, timedelta(hours=1))
MESSAGES_OF_BUSINESS = Limit("messages of a business", 30, timedelta(hours=1))


class Queue(NumberedQueue):
    __tablename__ = "queues"

    @classmethod
    def named(cls, session: Session, keyword: str) -> "Queue | None":
        return session.scalar(_named(), {"keyword": keyword.upper()})

    @classmethod
    def of_business(cls, session: Session, business_id: int) -> "list[Queue]":
        """All that are in use, by keyword."""
        return list(session.scalars(_IN_USE, {"business_id": business_id}))

    @classmethod
    def lock(cls, session: Session, queue_id: int) -> "Queue":
        """The queue, to be changed: nobody else changes it or its tickets until the commit.

        On SQLite the transaction already is the only writer, and FOR UPDATE says nothing.
        """
        return session.scalars(_LOCKED, {"id": queue_id}, execution_options=_AFRESH).one()

    def locked(self, session: Session) -> "Queue":
        """As `lock`, for one that this transaction has just read: on SQLite nobody can have changed it."""
        return self if session.get_bind().dialect.name == "sqlite" else Queue.lock(session, self.id)

    # Verbs ------------------------------------------------------------------------------------------

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
        """A message to everyone waiting, so many in an hour. Gives how many texts it became.

        Raises NotPossible("too_many_messages"), with the minutes until there may be another.
        """
        for limit, whose in ((MESSAGES_OF_QUEUE, self.id), (MESSAGES_OF_BUSINESS, self.business_id)):
            if is_over(session, limit, whose, now):
                raise NotPossible("too_many_messages", number=limit.minutes_left(now))
        event_id = record(
            session, EventKind.ANNOUNCED, queue_id=self.id, by=by, now=now, facts={"note": note}
        )
        waiting = self.waiting(session)
        return sum(t.send(session, TextKind.ANNOUNCEMENT, event_id, now, note=note) for t in waiting)

    # How it is done ---------------------------------------------------------------------------------

    def _first_free(self, session: Session, limit: int = 20) -> list[int]:
        """The first in line whose customer is not called or served anywhere else."""
        return list(session.scalars(_FREE, {"queue_id": self.id, "limit": limit}))

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


# Made once: to make a statement costs as much as to run it.
_IN_USE = (
    select(Queue)
    .where(Queue.business_id == bindparam("business_id"), Queue.archived_at.is_(None))
    .order_by(Queue.keyword)
)
_LOCKED = select(Queue).where(Queue.id == bindparam("id")).with_for_update(key_share=True)
_AFRESH = {"populate_existing": True}
_FREE = (
    select(Ticket.id)
    .where(Ticket.queue_id == bindparam("queue_id"), among(Ticket.state, WAITING), ~is_present_elsewhere())
    .order_by(Ticket.position)
    .limit(bindparam("limit"))
)


@cache  # at the first use: only then are the tables known that a queue leads to
def _named() -> "Select[Queue]":
    named = select(Queue).where(Queue.keyword == bindparam("keyword"))
    return named.options(joinedload(Queue.business, innerjoin=True))
