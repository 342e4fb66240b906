"""Who serves at a queue and whom they serve, in one statement."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Executable, Integer, and_, bindparam, or_, select
from sqlalchemy.orm import Session, contains_eager

from models.people.servicers import Servicer
from models.queueing.duties import Duty
from models.queueing.reminders import CALL_TEXT_ID
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import PRESENT, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage


@dataclass(frozen=True)
class Staff:
    present: list[Ticket]  # those called or being served, the longest called first
    duties: dict[int, Duty]  # of those on duty, by the servicer, in the order in which they came
    call_text: OutboundMessage | None  # `reminders.call_text` of whom the servicer has who asks


def staff_of(session: Session, queue: Queue, servicer_id: int) -> Staff:
    asked = {"queue_id": queue.id, "business_id": queue.business_id, "servicer_id": servicer_id}
    rows = session.execute(_staff(), asked).all()
    duties = sorted(filter(None, (row.Duty for row in rows)), key=lambda duty: (duty.began_at, duty.id))
    present = filter(None, (row.Ticket for row in rows))
    return Staff(
        present=sorted(present, key=lambda ticket: (ticket.called_at, ticket.id)),
        duties={duty.servicer_id: duty for duty in duties},
        call_text=next(filter(None, (row.OutboundMessage for row in rows)), None),
    )


@cache  # built at the first use: a joined load needs all related tables to be imported
def _staff() -> Executable:
    here = bindparam("queue_id", type_=Integer)
    on_duty = and_(Duty.servicer_id == Servicer.id, Duty.queue_id == here, Duty.ended_at.is_(None))
    with_them = and_(Ticket.servicer_id == Servicer.id, Ticket.queue_id == here, among(Ticket.state, PRESENT))
    own_call = and_(Servicer.id == bindparam("servicer_id"), OutboundMessage.id == CALL_TEXT_ID)
    return (
        select(Duty, Ticket, OutboundMessage)
        .select_from(Servicer)
        .outerjoin(Duty, on_duty)
        .outerjoin(Ticket, with_them)
        .outerjoin(Desk, Desk.id == Ticket.desk_id)
        .outerjoin(Ticket.customer)
        .outerjoin(Ticket.last_remark)
        .outerjoin(OutboundMessage, own_call)
        .where(Servicer.business_id == bindparam("business_id"))
        .where(or_(Duty.id.is_not(None), Ticket.id.is_not(None)))
        .options(
            contains_eager(Duty.servicer),
            contains_eager(Ticket.servicer),
            contains_eager(Ticket.desk),
            contains_eager(Ticket.customer),
            contains_eager(Ticket.last_remark),
        )
    )
