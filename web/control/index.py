"""The data of the overview of queues that a servicer may serve. Reads only; uses no request."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.queueing.duties import Duty
from models.queueing.line.queries import in_line_count, present_tickets
from models.queueing.line.waits import Wait, needs_backup, wait_after
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue

MOST_IN_HAND = 6  # shown of each queue


class InHand(NamedTuple):
    """Whom a colleague has called or serves there."""

    ticket_id: int
    number: int | str
    servicer: str


class QueueCard(NamedTuple):
    keyword: str
    name: str
    state: QueueState
    waiting_count: int
    wait: Wait
    serving: int | str | None  # the number that this servicer serves there
    in_hand: tuple[InHand, ...]
    on_duty: int
    needs_backup: bool


def queue_card(session: Session, queue: Queue, servicer_id: int) -> QueueCard:
    count = in_line_count(session, queue)
    wait = wait_after(session, queue, count)
    present = present_tickets(session, queue)
    mine = next((ticket for ticket in present if ticket.servicer_id == servicer_id), None)
    others = [ticket for ticket in present if ticket is not mine][:MOST_IN_HAND]
    there = (Duty.queue_id == queue.id, Duty.ended_at.is_(None))
    return QueueCard(
        keyword=queue.keyword,
        name=queue.name,
        state=queue.state,
        waiting_count=count,
        wait=wait,
        serving=queue.numbered(mine.number) if mine else None,
        in_hand=tuple(
            InHand(ticket.id, queue.numbered(ticket.number), ticket.servicer.name)
            for ticket in others
            if ticket.servicer
        ),
        on_duty=session.scalar(select(func.count()).where(*there)) or 0,
        needs_backup=needs_backup(queue, count, wait),
    )
