"""A ticket: one customer's place in one queue, from joining to the end.

`MOVES` is the whole life of a ticket; each verb below is one row of it. Verbs change the row, append
their event and put the texts they cause into the outbox; they never commit, send or read a clock.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased, joinedload

from models.event import By, Event, EventKind
from models.line import count_ahead, position_behind
from models.message import (
    ABOUT_WAITING,
    IN_TROUBLE,
    TURN_TEXTS,
    OutboundMessage,
    TextKind,
    TextState,
    drop_unsent,
)
from models.people import Servicer
from models.ticket_in_line import TicketInLine
from models.ticket_states import LIVE, MOVES, PRESENT, WAITING, NotPossible, TicketState, among

RATING_ASKED_AFTER = timedelta(minutes=2)


class Ticket(TicketInLine):
    __tablename__ = "tickets"

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

    def is_held(self, session: Session) -> bool:
        """Whether their place is only kept: another queue calls or serves them now."""
        held = select(Ticket.id).where(
            Ticket.id == self.id, among(Ticket.state, WAITING), is_present_elsewhere()
        )
        return session.scalar(held) is not None

    def turn_text(self, session: Session) -> OutboundMessage | None:
        """The text that told of the present call, if there is one."""
        if self.called_at is None:
            return None
        return session.scalar(_TURN_TEXT, {"ticket_id": self.id})

    def was_told(self, session: Session) -> bool:
        """Whether the turn text is on its way or arrived; never true for one that failed or is unknown."""
        turn = self.turn_text(session)
        if turn is None:
            return self.customer.phone_ciphertext is None
        return turn.state not in IN_TROUBLE and turn.state not in (TextState.WAITING, TextState.SENDING)

    # How it is done ---------------------------------------------------------------------------------

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


def is_present_elsewhere() -> ColumnElement[bool]:
    """Of a waiting ticket: its customer is called or served in another queue."""
    other = aliased(Ticket)
    mine = select(other.id).where(other.customer_id == Ticket.customer_id, among(other.state, PRESENT))
    return mine.correlate(Ticket).exists()


# By the order of events, not by the clock: the hosts that called and took the joining may differ.
_LAST_CALL = select(func.max(Event.id)).where(
    Event.ticket_id == bindparam("ticket_id"), Event.kind == EventKind.CALLED
)
_TURN_TEXT = (
    select(OutboundMessage)
    .where(
        OutboundMessage.ticket_id == bindparam("ticket_id"),
        OutboundMessage.kind == TextKind.YOUR_TURN,
        OutboundMessage.event_id >= _LAST_CALL.scalar_subquery(),
    )
    .order_by(OutboundMessage.id.desc())
    .limit(1)
)

# Untrue, or of no use any more, once it ended.
WHILE_LIVE = (
    TextKind.JOINED,
    TextKind.TRANSFERRED,
    TextKind.ANNOUNCEMENT,
    *TURN_TEXTS,
    *ABOUT_WAITING,
)

_CLOCKS_STOPPED: dict[str, None] = {"remind_after": None, "no_show_after": None, "not_here_at": None}


def _because(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}
