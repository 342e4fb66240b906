"""Who serves at a queue and whom they serve, in one statement; and the same of one servicer."""

from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Executable, Integer, and_, bindparam, case, or_, select
from sqlalchemy.orm import Session, aliased

from models.people.servicers import Servicer
from models.queueing.duties import Duty
from models.queueing.reminders import call_text_id
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import PRESENT, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark
from models.texts.text_states import TextState


class AtWork(NamedTuple):
    """Somebody on duty, or with a customer. Columns, as making objects takes longer than reading them."""

    servicer_id: int
    servicer: str
    duty_began_at: datetime | None  # None: not on duty
    duty_desk_id: int | None
    desk: str | None  # where their customer was called to, or else where they are on duty
    ticket_id: int | None  # all that follows is of that ticket
    number: int | None
    customer_id: int | None
    our_number_id: int | None
    name: str | None
    party: int | None
    state: TicketState | None
    joined_at: datetime | None
    called_at: datetime | None
    started_at: datetime | None
    arrived_at: datetime | None
    coming_until: datetime | None
    not_here_at: datetime | None
    leaving_at: datetime | None
    note: str | None
    answer: str | None
    visit: int | None
    unanswered_remarks: int | None
    remark_id: int | None
    remark: str | None
    remark_by: int | None

    @property
    def is_on_duty(self) -> bool:
        return self.duty_began_at is not None


class CallText(NamedTuple):
    """What shows whether the text about a call (`reminders.call_text`) has arrived."""

    state: TextState
    created_at: datetime
    read_at: datetime | None
    error_code: int | None
    key: str
    our_number_id: int


class Staff(NamedTuple):
    at_work: list[AtWork]  # by the servicers' ids
    me: AtWork | None  # the servicer whose page it is
    call_text: CallText | None  # to the customer whom they have called or serve

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
    found = fetch_rows(session, _staff(), asked)
    at_work = [AtWork._make(row[: len(AtWork._fields)]) for row in found]
    texts = [CallText._make(row[len(AtWork._fields) :]) for row in found if row[-1] is not None]
    return Staff(
        at_work=at_work,
        me=next((one for one in at_work if one.servicer_id == servicer_id), None),
        call_text=next(iter(texts), None),
    )


_HERE = bindparam("queue_id", type_=Integer)
_ON_DUTY = and_(Duty.servicer_id == Servicer.id, Duty.queue_id == _HERE, Duty.ended_at.is_(None))
_IS_MINE = Servicer.id == bindparam("servicer_id")


def _with_them(ticket: type[Ticket]) -> ColumnElement[bool]:
    return and_(ticket.servicer_id == Servicer.id, ticket.queue_id == _HERE, among(ticket.state, PRESENT))


_AT_COUNTER = (
    select(Servicer, Duty, Ticket)
    .outerjoin(Duty, _ON_DUTY)
    .outerjoin(Ticket, _with_them(Ticket))
    .where(_IS_MINE)
)


@cache  # built at the first use, as it takes half a megabyte
def _staff() -> Executable:
    served, text = aliased(Ticket), aliased(OutboundMessage)
    return (
        select(
            Servicer.id,
            Servicer.name,
            Duty.began_at,
            Duty.desk_id,
            Desk.name,
            served.id,
            served.number,
            served.customer_id,
            served.our_number_id,
            served.name,
            served.party,
            served.state,
            served.joined_at,
            served.called_at,
            served.started_at,
            served.arrived_at,
            served.coming_until,
            served.not_here_at,
            served.leaving_at,
            served.note,
            served.answer,
            served.visit,
            served.unanswered_remarks,
            Remark.id,
            Remark.words,
            Remark.servicer_id,
            text.state,
            text.created_at,
            text.read_at,
            text.error_code,
            text.key,
            text.our_number_id,
        )
        .select_from(Servicer)
        .outerjoin(Duty, _ON_DUTY)
        .outerjoin(served, _with_them(served))
        .outerjoin(Desk, Desk.id == case((served.id.is_not(None), served.desk_id), else_=Duty.desk_id))
        .outerjoin(Remark, Remark.id == served.last_remark_id)
        .outerjoin(text, and_(_IS_MINE, text.id == call_text_id(served)))
        .where(Servicer.business_id == bindparam("business_id"))
        .where(or_(Duty.id.is_not(None), served.id.is_not(None)))
        .order_by(Servicer.id)
    )
