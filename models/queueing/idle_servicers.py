"""Servicers who are on duty and serve nobody: they can be told by text that somebody has joined."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import OurNumber
from models.queueing.duties import Duty
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import put_in_outbox
from models.texts.text_kinds import TextKind


def tell_idle_servicers(
    session: Session,
    queue: Queue,
    number: int,
    event_id: int,
    our_number_id: int | None,
    *,
    by: By,
    now: datetime,
) -> None:
    """Somebody has joined an empty queue: a text to each idle servicer who wants it."""
    if queue.state != QueueState.OPEN or our_number_id is None:
        return
    for duty in idle_duties(session, queue.id):
        servicer = duty.servicer
        wants = servicer.wants_join_texts and servicer.is_proved and servicer.id != by.servicer_id
        ours = _sms_number_id(session, queue, our_number_id) if wants else None
        if ours is not None and servicer.can_be_texted(session, ours):
            put_in_outbox(
                session,
                TextKind.SOMEBODY_JOINED,
                key=f"{event_id}:{TextKind.SOMEBODY_JOINED}:{servicer.id}",
                our_number_id=ours,
                servicer_id=servicer.id,
                language=queue.business.language,
                # Without the customer's name: in a text to somebody else it could not be deleted on request.
                facts={"number": queue.numbered(number), "queue": queue.name},
                now=now,
                queue_id=queue.id,
                event_id=event_id,  # and no ticket: it is not the customer who is texted about it
            )


def _sms_number_id(session: Session, queue: Queue, our_number_id: int) -> int | None:
    """The number that the customer texted; by another channel we can't write first."""
    if session.get_one(OurNumber, our_number_id).channel == Channel.SMS:
        return our_number_id
    number = queue.business.sms_number
    return number.id if number is not None else None


def idle_duties(session: Session, queue_id: int) -> list[Duty]:
    """The duties here of those who serve nobody, neither in this queue nor in another."""
    serves = exists().where(Ticket.servicer_id == Duty.servicer_id, among(Ticket.state, PRESENT))
    open_ones = select(Duty).where(Duty.queue_id == queue_id, Duty.ended_at.is_(None), ~serves)
    return list(session.scalars(open_ones.order_by(Duty.id)))
