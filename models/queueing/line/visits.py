"""Which visit of a customer a ticket is: one more than they were served at this business, in any queue.

Counted in the statement that gives the number, from the index of a customer's tickets. Who has no phone is
somebody new each time, and so is whoever was forgotten.
"""

from typing import Any

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import Session, aliased

from models.queueing.tables.ticket_states import LIVE, TicketState, among
from models.queueing.tables.tickets import Ticket


def which_visit(customer_id: Any) -> ScalarSelect[int]:
    """Of a ticket that this customer takes now."""
    before = aliased(Ticket)
    served = (before.customer_id == customer_id, among(before.state, (TicketState.SERVED,)))
    return select(func.count() + 1).select_from(before).where(*served).scalar_subquery()


def count_visit_anew(session: Session, customer_id: int) -> None:
    """Their live tickets turned out to be of this customer, who was perhaps here before."""
    theirs = update(Ticket).where(Ticket.customer_id == customer_id, among(Ticket.state, LIVE))
    visit = which_visit(customer_id)
    session.execute(theirs.values(visit=visit).execution_options(synchronize_session=False))
