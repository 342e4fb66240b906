"""A ticket that waits: its place in the line, who goes before it, and when its customer wants to be told.

A base of `Ticket`; knows nothing of what comes after the call.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from models.event import By, EventKind
from models.line import count_ahead, position_behind
from models.ticket_row import TicketRow
from models.ticket_states import NotPossible, TicketState

LATER_HOLDS = timedelta(minutes=5)


class TicketInLine(TicketRow):
    __abstract__ = True

    if TYPE_CHECKING:  # asks for the tickets of other queues, which are made of this

        def is_held(self, session: Session) -> bool: ...

    def ahead(self, session: Session) -> int:
        """How many are before this waiting ticket; 0 means next."""
        return count_ahead(session, self.queue_id, self.position)

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

        By the answer, that is, so that no text says it again; but not while another queue has them.
        """
        self._require((TicketState.WAITING,))
        is_near = not self.is_held(session) and self.queue.is_nearly_up(
            session, self.ahead(session), lead_minutes, now
        )
        self.change(
            session,
            EventKind.LEAD_SET,
            by,
            now,
            lead_minutes=lead_minutes,
            alerted_at=now if is_near else None,
        )

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
