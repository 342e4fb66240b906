"""What a press may need to know: the form that was sent, and the counter as it is now. Reads only."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Role, Servicer
from models.queueing.duties import Duty
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, NotPossible
from models.queueing.tables.tickets import Ticket
from web.control.walk_in import WalkIn


class PressRequest(NamedTuple):
    """The fields of a button's form."""

    button: Button
    press_id: str
    present: str = ""  # the servicer's own ticket as the page showed it; "" for nobody
    undoes: str = ""  # the press that Undo is to revert
    ticket_id: int | None = None  # the ticket whose own page held the button,
    state: str = ""  # the state that the page showed,
    whose: str = ""  # and the servicer who had it then
    to_id: int | None = None  # the queue to transfer to
    desk_id: int | None = None
    note: str = ""
    noted: str = ""  # about the ticket, as the page showed it
    reason: str = ""  # of a pause, as customers read it
    walk_in: WalkIn | None = None
    is_sure: bool = False  # the question before it was asked and answered


class PressContext(NamedTuple):
    """The context of a press: everything that a button may need."""

    session: Session
    queue: Queue
    to: Queue | None
    servicer: Servicer
    duty: Duty | None  # of now; by this press, unless it is no sign of duty
    own: Ticket | None
    asked: PressRequest
    by: By
    now: datetime

    @property
    def desk_id(self) -> int | None:
        """Where the servicer serves now."""
        return self.duty.desk_id if self.duty else None

    def present(self) -> Ticket:
        """The servicer's present ticket. Raises NotPossible if there is none."""
        if self.own is None:
            raise NotPossible("nobody_present")
        return self.own

    def ticket_they_may_change(self) -> Ticket:
        """The ticket of the page, as the page showed it; a colleague's only for a manager."""
        ticket = self.ticket_as_shown()
        is_colleagues = ticket.state in PRESENT and ticket is not self.own
        if is_colleagues and self.servicer.role != Role.MANAGER:
            raise NotPossible("of_a_colleague", of=ticket)
        return ticket

    def ticket_as_shown(self) -> Ticket:
        """The ticket of the page, if it is in the state that was shown, and with the same servicer."""
        ticket = self.ticket_of_page()
        if ticket is None:
            raise NotPossible("not_here")
        if ticket.state != self.asked.state:
            raise NotPossible("moved_on", of=ticket)
        if ticket.state in PRESENT and ticket is not self.own and self.asked.whose != str(ticket.servicer_id):
            raise NotPossible("of_a_colleague", of=ticket)
        return ticket

    def ticket_or_present(self) -> Ticket:
        """The ticket of the page, or else the servicer's present ticket."""
        return self.ticket_they_may_change() if self.asked.ticket_id else self.present()

    def is_for_a_colleague(self) -> bool:
        """Whether a manager does something to somebody else's customer: no sign of being at the counter."""
        ticket = self.ticket_of_page()
        is_colleagues = ticket is not None and ticket.state in PRESENT and ticket is not self.own
        return is_colleagues and self.asked.button != Button.TAKE_OVER

    def ticket_of_page(self) -> Ticket | None:
        """The ticket of the page, whatever has happened to it."""
        ticket = self.session.get(Ticket, self.asked.ticket_id) if self.asked.ticket_id else None
        return ticket if ticket is not None and ticket.queue_id == self.queue.id else None
