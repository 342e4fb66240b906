"""A ticket: one customer's place in one queue, from joining to the end.

`MOVES` is the whole life of a ticket; each verb below is one row of it. Verbs change the row, append
their event and put the texts they cause into the outbox; they never commit, send or read a clock.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from models.business import OurNumber
from models.database import Base, BigId, stored_enum
from models.event import Actor, By, Event, EventKind, record
from models.line import count_ahead, position_behind
from models.message import (
    ABOUT_WAITING,
    IN_TROUBLE,
    TURN_TEXTS,
    OutboundMessage,
    TextKind,
    TextState,
    drop_unsent,
    put_in_outbox,
)
from models.people import Customer, Servicer
from models.ticket_states import LIVE, MOVES, PRESENT, WAITING, NotPossible, Source, TicketState, among

if TYPE_CHECKING:
    from models.queues import Desk, Queue


RATING_ASKED_AFTER = timedelta(minutes=2)


class Ticket(Base):
    __tablename__ = "tickets"
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

    queue: Mapped["Queue"] = relationship()
    customer: Mapped[Customer] = relationship()
    servicer: Mapped[Servicer | None] = relationship()
    desk: Mapped["Desk | None"] = relationship()
    our_number: Mapped[OurNumber | None] = relationship()

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
        whose = (joinedload(cls.queue, innerjoin=True), joinedload(cls.customer, innerjoin=True))
        return session.scalar(select(cls).where(cls.token == token).options(*whose))

    # Verbs ------------------------------------------------------------------------------------------

    def call(
        self, session: Session, servicer: Servicer, *, desk_id: int | None, by: By, now: datetime
    ) -> None:
        """It's their turn: goes to the servicer's desk, is texted, and the reminder's clock starts."""
        queue = self.queue
        moment = self._not_before(now)
        event_id = self._move(
            session,
            "call",
            by,
            now,
            facts={"desk_id": desk_id} if desk_id is not None else None,
            called_at=moment,
            servicer_id=servicer.id,
            desk_id=desk_id,
            remind_after=moment + timedelta(minutes=queue.reminder_minutes),
            no_show_after=moment + timedelta(minutes=queue.no_show_minutes),
        )
        drop_unsent(session, self.id, ABOUT_WAITING, now)
        self.send(session, TextKind.YOUR_TURN, event_id, now)

    def call_again(self, session: Session, *, by: By, now: datetime) -> None:
        """Texts a called customer once more; the reminder's clock starts anew."""
        if self.state != TicketState.CALLED:
            raise NotPossible("not_called", number=self.number)
        moment = self._not_before(now)
        event_id = self.change(
            session,
            EventKind.CALLED_AGAIN,
            by,
            now,
            remind_after=moment + timedelta(minutes=self.queue.reminder_minutes),
            no_show_after=moment + timedelta(minutes=self.queue.no_show_minutes),
            not_here_at=None,
        )
        self.send(session, TextKind.REMINDER, event_id, now)

    def change_desk(self, session: Session, desk_id: int | None, *, by: By, now: datetime) -> None:
        """The servicer serves elsewhere now; who was called and has not come is told where."""
        self._require(PRESENT)
        facts = {"desk_id": desk_id}
        event_id = self.change(session, EventKind.DESK_CHOSEN, by, now, facts=facts, desk_id=desk_id)
        if self.state == TicketState.CALLED:
            unsent = drop_unsent(session, self.id, TURN_TEXTS, now)
            kind = TextKind.YOUR_TURN if TextKind.YOUR_TURN in unsent else TextKind.REMINDER
            self.send(session, kind, event_id, now)

    def start(self, session: Session, *, by: By, now: datetime) -> None:
        """They are here and being served."""
        moment = self._not_before(now)
        self._move(session, "start", by, now, started_at=moment, **_CLOCKS_STOPPED)
        drop_unsent(session, self.id, (TextKind.REMINDER,), now)

    def finish(self, session: Session, *, by: By, now: datetime, forgotten: bool = False) -> None:
        """Served. Without Start pressed, the call counts as the beginning of the service.

        `forgotten`: nobody pressed Done, so nothing is known of how long it took. Where the queue asks for
        ratings, a text asks for one a little later.
        """
        event_id = self._end(session, "finish", by, now, facts={"forgotten": True} if forgotten else None)
        if self.queue.asks_for_rating and not forgotten:
            self.send(session, TextKind.RATING, event_id, now, delay=RATING_ASKED_AFTER)

    def mark_no_show(self, session: Session, *, by: By, now: datetime) -> None:
        """Called and did not come; told so by text."""
        event_id = self._end(session, "mark_no_show", by, now)
        self.send(session, TextKind.NO_SHOW, event_id, now)

    def put_back(self, session: Session, *, by: By, now: datetime) -> int:
        """Back into the line, behind the next few; told so by text. Gives how many are ahead now.

        Whether they are here is asked anew when they are called again.
        """
        ahead, was_serving = self.queue.put_back_behind, self.state == TicketState.SERVING
        position = position_behind(session, self.queue, ahead)
        event_id = self._move(
            session,
            "put_back",
            by,
            now,
            facts={"ahead": count_ahead(session, self.queue_id, position)},
            position=position,
            called_at=None,
            started_at=None,
            servicer_id=None,
            desk_id=None,
            arrived_at=None,
            **_CLOCKS_STOPPED,
        )
        drop_unsent(session, self.id, TURN_TEXTS, now)
        ahead = self.ahead(session)
        place = {"ahead": ahead, **self._wait(session, ahead, now)}
        self.send(session, TextKind.PUT_BACK, event_id, now, was_serving=was_serving, **place)
        return ahead

    def leave(self, session: Session, *, by: By, now: datetime, reason: str | None = None) -> int:
        """The customer gives up the place (or the day ended for them). Gives the event's id."""
        place = self.ahead(session) + 1 if self.state == TicketState.WAITING else 0
        facts = {"place": place} | _because(reason)
        return self._end(session, "leave", by, now, facts=facts, reason=reason)

    def remove(self, session: Session, *, by: By, now: datetime, reason: str | None = None) -> int:
        """Taken out by a servicer. Gives the event's id."""
        return self._end(session, "remove", by, now, facts=_because(reason), reason=reason)

    def rename(self, session: Session, name: str | None, party: int, *, by: By, now: datetime) -> None:
        """They took the number again and said who they are, or how many; saying nothing changes nothing."""
        new_name, new_party = name or self.name, party if party > 1 else self.party
        if (new_name, new_party) != (self.name, self.party):
            self.change(session, EventKind.NAMED, by, now, name=new_name, party=new_party)

    def arrive(self, session: Session, *, by: By, now: datetime) -> None:
        """They say that they are here."""
        self._require(LIVE)
        self.change(session, EventKind.ARRIVED, by, now, arrived_at=self._not_before(now))

    def others_for_later(self, session: Session, wanted: int | None) -> int:
        """How many LATER may let go first now: what is wanted, within the cap and the line behind.

        Raises NotPossible("later_cap") when the cap is used up, ("nobody_behind") when this is the last.
        """
        self._require((TicketState.WAITING,))
        queue = self.queue
        left = queue.later_cap - self.others_let_first
        if left <= 0:
            raise NotPossible("later_cap", number=self.number)
        behind = queue.waiting_count(session) - self.ahead(session) - 1
        if behind <= 0:
            raise NotPossible("nobody_behind", number=self.number)
        return max(1, min(wanted or queue.later_by, left, behind))

    def offer_later(self, others: int, *, now: datetime) -> None:
        """Told what LATER would do; for five minutes a second LATER does it."""
        self.later_others, self.later_until = others, now + LATER_HOLDS

    def let_others_go_first(self, session: Session, others: int, *, by: By, now: datetime) -> int:
        """So many others go first. Gives how many are ahead now.

        Who was told that they are nearly up, and no longer is, will be told again; who was here may go.
        """
        self._require((TicketState.WAITING,))
        ahead = self.ahead(session) + others
        is_near = self.queue.is_nearly_up(session, ahead, self.lead_minutes, now)
        self._go_behind(
            session,
            ahead,
            by,
            now,
            others_let_first=self.others_let_first + others,
            alerted_at=self.alerted_at if is_near else None,
            arrived_at=None,
        )
        return self.ahead(session)

    def put_first(self, session: Session, *, by: By, now: datetime) -> None:
        """A servicer puts anyone first in line."""
        self._require((TicketState.WAITING,))
        self._go_behind(session, 0, by, now)

    def set_lead(self, session: Session, lead_minutes: int, *, by: By, now: datetime) -> None:
        """They want to be told so many minutes before their turn; who is that near already is told at once.

        By the answer, that is, so that no text says it again.
        """
        self._require((TicketState.WAITING,))
        is_near = self.queue.is_nearly_up(session, self.ahead(session), lead_minutes, now)
        self.change(
            session,
            EventKind.LEAD_SET,
            by,
            now,
            lead_minutes=lead_minutes,
            alerted_at=now if is_near else None,
        )

    def rate(self, session: Session, rating: int, *, by: By, now: datetime) -> None:
        """One to five, after being served; the last word counts."""
        self._require((TicketState.SERVED,))
        self.change(session, EventKind.RATED, by, now, facts={"rating": rating}, rating=rating)

    def alert(self, session: Session, *, by: By, now: datetime) -> bool:
        """Nearly up, told once per ticket, and not while they are called or served in another queue.

        False if they are not told now.
        """
        if self.state != TicketState.WAITING or self.alerted_at is not None or self.is_held(session):
            return False
        event_id = self.change(session, EventKind.ALERTED, by, now, alerted_at=now)
        ahead = self.ahead(session)
        self.send(session, TextKind.NEARLY_UP, event_id, now, ahead=ahead, **self._wait(session, ahead, now))
        return True

    def remind(self, session: Session, *, by: By, now: datetime) -> None:
        """Called and not come yet: one reminder. One that goes out late gives as much time as one in time."""
        if self.state == TicketState.CALLED:
            grace = timedelta(minutes=max(0, self.queue.no_show_minutes - self.queue.reminder_minutes))
            no_show_after = max(self.no_show_after, now + grace) if self.no_show_after else None
            event_id = self.change(
                session, EventKind.REMINDED, by, now, remind_after=None, no_show_after=no_show_after
            )
            self.send(session, TextKind.REMINDER, event_id, now)

    def flag_not_here(self, session: Session, *, by: By, now: datetime) -> None:
        """Called too long ago: the control page asks "not here?"."""
        if self.state == TicketState.CALLED:
            self.change(session, EventKind.NOT_HERE, by, now, no_show_after=None, not_here_at=now)

    # Questions --------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def language(self) -> str:
        return self.customer.language or self.queue.business.language

    def is_held(self, session: Session) -> bool:
        """Whether their place is only kept: another queue calls or serves them now."""
        held = select(Ticket.id).where(
            Ticket.id == self.id, among(Ticket.state, WAITING), is_present_elsewhere()
        )
        return session.scalar(held) is not None

    def ahead(self, session: Session) -> int:
        """How many are before this waiting ticket; 0 means next."""
        return count_ahead(session, self.queue_id, self.position)

    def turn_text(self, session: Session) -> OutboundMessage | None:
        """The text that told of the present call, if there is one."""
        if self.called_at is None:
            return None
        # By the order of events, not by the clock: the hosts that called and took the joining may differ.
        last_call = select(func.max(Event.id)).where(
            Event.ticket_id == self.id, Event.kind == EventKind.CALLED
        )
        mine = select(OutboundMessage).where(
            OutboundMessage.ticket_id == self.id,
            OutboundMessage.kind == TextKind.YOUR_TURN,
            OutboundMessage.event_id >= last_call.scalar_subquery(),
        )
        return session.scalar(mine.order_by(OutboundMessage.id.desc()).limit(1))

    def was_told(self, session: Session) -> bool:
        """Whether the turn text is on its way or arrived; never true for one that failed or is unknown."""
        turn = self.turn_text(session)
        if turn is None:
            return self.customer.phone_ciphertext is None
        return turn.state not in IN_TROUBLE and turn.state not in (TextState.WAITING, TextState.SENDING)

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
        table = Ticket.__table__
        done = session.execute(
            update(table).where(table.c.id == self.id, table.c.state == self.state).values(changes)  # type: ignore[arg-type]
        )
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

    def restored(self, before: dict[str, Any]) -> dict[str, Any]:
        """Column values of an event's `before`, as Python has them."""
        return {name: _value(name, value) for name, value in before.items()}

    def _move(self, session: Session, verb: str, by: By, now: datetime, **changes: Any) -> int:
        move = MOVES.get((verb, self.state))
        if move is None:
            raise NotPossible(self.state, number=self.number)
        return self.change(session, move.event, by, now, state=move.to, **changes)

    def _end(self, session: Session, verb: str, by: By, now: datetime, **changes: Any) -> int:
        event_id = self._move(
            session, verb, by, now, ended_at=self._not_before(now), **_CLOCKS_STOPPED, **changes
        )
        drop_unsent(session, self.id, WHILE_LIVE, now)
        return event_id

    def _wait(self, session: Session, ahead: int, now: datetime) -> dict[str, Any]:
        return self.queue.wait_after(session, ahead, now).facts()

    def _go_behind(self, session: Session, ahead: int, by: By, now: datetime, **changes: Any) -> None:
        """Move within the line, so that `ahead` others are before it."""
        position = position_behind(session, self.queue, ahead, without=self.id)
        facts = {"ahead": ahead}
        self.change(
            session,
            EventKind.MOVED,
            by,
            now,
            facts=facts,
            position=position,
            later_others=None,
            later_until=None,
            **changes,
        )

    def _require(self, states: Iterable[TicketState]) -> None:
        if self.state not in states:
            raise NotPossible(self.state, number=self.number)

    def _not_before(self, now: datetime) -> datetime:
        """`now`, but never before what already happened: two hosts' clocks differ by a little."""
        return max(m for m in (now, self.joined_at, self.called_at, self.started_at) if m is not None)


def is_present_elsewhere() -> ColumnElement[bool]:
    """Of a waiting ticket: its customer is called or served in another queue."""
    other = aliased(Ticket)
    mine = select(other.id).where(other.customer_id == Ticket.customer_id, among(other.state, PRESENT))
    return mine.correlate(Ticket).exists()


# Untrue, or of no use any more, once it ended.
WHILE_LIVE = (
    TextKind.JOINED,
    TextKind.TRANSFERRED,
    TextKind.ANNOUNCEMENT,
    *TURN_TEXTS,
    *ABOUT_WAITING,
)
LATER_HOLDS = timedelta(minutes=5)

_CLOCKS_STOPPED: dict[str, None] = {"remind_after": None, "no_show_after": None, "not_here_at": None}


def _because(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _value(column: str, stored: Any) -> Any:
    if stored is None:
        return None
    if column.endswith(("_at", "_after", "_until")):
        return datetime.fromisoformat(stored)
    return TicketState(stored) if column == "state" else stored


__all__ = ["LIVE", "MOVES", "PRESENT", "Actor", "Event", "NotPossible", "Source", "Ticket", "TicketState"]
