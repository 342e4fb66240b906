"""Customers in somebody's hands, when that person goes or the queue is archived: what may become of each.

Reads only. What was chosen is done by `settle` in models/queueing/taking_over.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.setup.staff import staff_of
from models.queueing.tables.ticket_states import PRESENT, NotPossible, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.queueing.taking_over import Settlement, settlements_for


class InHand(NamedTuple):
    """One customer, and what can be chosen for them: the value that the form sends, and its words."""

    ticket_id: int
    number: int | str  # as people see it
    name: str | None
    queue: str
    servicer: str
    is_called: bool
    choices: tuple[tuple[str, str], ...]


def to_hand_over(session: Session, tickets: Sequence[Ticket], business_id: int) -> list[InHand]:
    """When their servicer goes: every colleague who serves nobody in that queue can have them."""
    staff = staff_of(session, business_id)
    busy = _busy(session, business_id)
    return [
        _in_hand(ticket, keeps_line=True, colleagues=_free(staff, busy, ticket.queue_id))
        for ticket in tickets
    ]


def to_end(tickets: Sequence[Ticket]) -> list[InHand]:
    """When their queue is archived: nobody can have them there."""
    return [_in_hand(ticket, keeps_line=False) for ticket in tickets]


def chosen(form: Mapping[str, str]) -> dict[int, str]:
    """What the form says for each ticket, by its id."""
    fields = {re.fullmatch(r"ticket-([0-9]{1,10})", name): value for name, value in form.items()}
    return {int(found[1]): value for found, value in fields.items() if found}


def refusal_words(refusal: NotPossible) -> str:
    """Why nothing was done about them."""
    words = _REFUSED.get(refusal.reason, _REFUSED["changed_meanwhile"])
    return str(words) % {"number": refusal.label}


_REFUSED = {
    "undecided": _l("Nothing was changed: first choose what happens to number %(number)s."),
    "still_serving": _l("Nothing was changed: that colleague is now serving number %(number)s."),
    "changed_meanwhile": _l("Nothing was changed: something else has happened since."),
}


def _busy(session: Session, business_id: int) -> set[tuple[int, int | None]]:
    """Who serves somebody where: queue and servicer."""
    theirs = select(Ticket.queue_id, Ticket.servicer_id).join(Servicer, Servicer.id == Ticket.servicer_id)
    now = theirs.where(Servicer.business_id == business_id, among(Ticket.state, PRESENT))
    return {(queue_id, servicer_id) for queue_id, servicer_id in session.execute(now)}


def _free(staff: Iterable[Servicer], busy: set[tuple[int, int | None]], queue_id: int) -> list[Servicer]:
    return [person for person in staff if (queue_id, person.id) not in busy]


def _in_hand(ticket: Ticket, *, keeps_line: bool, colleagues: Iterable[Servicer] = ()) -> InHand:
    handed = [(str(person.id), _("Hand over to %(name)s", name=person.name)) for person in colleagues]
    ends = [(each.value, str(_WORDS[each])) for each in settlements_for(ticket, keeps_line=keeps_line)]
    return InHand(
        ticket_id=ticket.id,
        number=ticket.label,
        name=ticket.name,
        queue=ticket.queue.name,
        servicer=ticket.servicer.name if ticket.servicer else "",
        is_called=ticket.state == TicketState.CALLED,
        choices=tuple(handed + ends),
    )


_WORDS = {
    Settlement.DONE: _l("They were served"),
    Settlement.NO_SHOW: _l("They didn't come"),
    Settlement.PUT_BACK: _l("Put them back in line"),
    Settlement.REMOVE: _l("Remove them"),
}
