"""Who serves at a queue and whom they serve, in one statement; and the same of one servicer."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Integer, and_, bindparam, case, or_, select
from sqlalchemy.orm import Session, aliased

from models.people.servicers import Servicer
from models.queueing.duties import Duty
from models.queueing.reminders import CALL_TEXT_ID
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import PRESENT, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark


class AtWork(NamedTuple):
    """Somebody on duty, or with a customer: columns, as objects take longer to make than to read."""

    servicer_id: int
    servicer: str
    duty_began_at: datetime | None  # None: not on duty
    duty_desk_id: int | None
    desk: str | None  # where their customer was called to, or else where they are on duty
    ticket_id: int | None
    number: int | None
    state: TicketState | None  # of that ticket
    called_at: datetime | None
    started_at: datetime | None
    arrived_at: datetime | None
    coming_until: datetime | None
    leaving_at: datetime | None
    note: str | None
    answer: str | None
    unanswered_remarks: int | None
    remark_id: int | None
    remark: str | None
    remark_by: int | None

    @property
    def is_on_duty(self) -> bool:
        return self.duty_began_at is not None


@dataclass(frozen=True)
class Staff:
    at_work: list[AtWork]  # by the servicers' ids
    present: Ticket | None  # whom the servicer who asks has called or serves
    call_text: OutboundMessage | None  # `reminders.call_text` of them

    @property
    def served(self) -> dict[int, int]:
        """The servicers of those called or being served, by the tickets' ids."""
        return {one.ticket_id: one.servicer_id for one in self.at_work if one.ticket_id is not None}


class AtCounter(NamedTuple):
    """A servicer at a queue."""

    servicer: Servicer
    duty: Duty | None  # of now
    present: Ticket | None  # whom they have called or serve


def at_counter(session: Session, queue: Queue, servicer_id: int) -> AtCounter:
    """Raises NoResultFound if there is no such servicer."""
    asked = {"queue_id": queue.id, "servicer_id": servicer_id}
    return AtCounter(*session.execute(_AT_COUNTER, asked).one())


def staff_of(session: Session, queue: Queue, servicer_id: int) -> Staff:
    asked = {"queue_id": queue.id, "business_id": queue.business_id, "servicer_id": servicer_id}
    rows = session.execute(_STAFF, asked).all()
    return Staff(
        at_work=[AtWork._make(row[:-2]) for row in rows],
        present=next(filter(None, (row.Ticket for row in rows)), None),
        call_text=next(filter(None, (row.OutboundMessage for row in rows)), None),
    )


_HERE = bindparam("queue_id", type_=Integer)
_ON_DUTY = and_(Duty.servicer_id == Servicer.id, Duty.queue_id == _HERE, Duty.ended_at.is_(None))
_WITH_THEM = and_(Ticket.servicer_id == Servicer.id, Ticket.queue_id == _HERE, among(Ticket.state, PRESENT))
_AT_COUNTER = (
    select(Servicer, Duty, Ticket)
    .outerjoin(Duty, _ON_DUTY)
    .outerjoin(Ticket, _WITH_THEM)
    .where(Servicer.id == bindparam("servicer_id"))
)


_WITH = aliased(Ticket)
_IS_WITH_THEM = and_(_WITH.servicer_id == Servicer.id, _WITH.queue_id == _HERE, among(_WITH.state, PRESENT))
_IS_MINE = Servicer.id == bindparam("servicer_id")
_STAFF = (
    select(
        Servicer.id,
        Servicer.name,
        Duty.began_at,
        Duty.desk_id,
        Desk.name,
        _WITH.id,
        _WITH.number,
        _WITH.state,
        _WITH.called_at,
        _WITH.started_at,
        _WITH.arrived_at,
        _WITH.coming_until,
        _WITH.leaving_at,
        _WITH.note,
        _WITH.answer,
        _WITH.unanswered_remarks,
        Remark.id,
        Remark.words,
        Remark.servicer_id,
        Ticket,
        OutboundMessage,
    )
    .select_from(Servicer)
    .outerjoin(Duty, _ON_DUTY)
    .outerjoin(_WITH, _IS_WITH_THEM)
    .outerjoin(Desk, Desk.id == case((_WITH.id.is_not(None), _WITH.desk_id), else_=Duty.desk_id))
    .outerjoin(Remark, Remark.id == _WITH.last_remark_id)
    .outerjoin(Ticket, and_(_IS_MINE, Ticket.id == _WITH.id))
    .outerjoin(OutboundMessage, and_(_IS_MINE, OutboundMessage.id == CALL_TEXT_ID))
    .where(Servicer.business_id == bindparam("business_id"))
    .where(or_(Duty.id.is_not(None), _WITH.id.is_not(None)))
    .order_by(Servicer.id)
)
