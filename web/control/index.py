"""The data of the overview of queues that a servicer may serve. Reads only; uses no request."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.queueing.duties import Duty
from models.queueing.line.queries import present_ticket_of, waiting_count
from models.queueing.line.waits import Wait, needs_backup, wait_after
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue


@dataclass(frozen=True)
class QueueCard:
    keyword: str
    name: str
    state: QueueState
    waiting_count: int
    wait: Wait
    serving: int | None  # the number that this servicer serves there
    on_duty: int
    needs_backup: bool


def queue_card(session: Session, queue: Queue, servicer_id: int) -> QueueCard:
    count = waiting_count(session, queue)
    wait = wait_after(session, queue, count)
    mine = present_ticket_of(session, queue, servicer_id)
    there = (Duty.queue_id == queue.id, Duty.ended_at.is_(None))
    return QueueCard(
        keyword=queue.keyword,
        name=queue.name,
        state=queue.state,
        waiting_count=count,
        wait=wait,
        serving=mine.number if mine else None,
        on_duty=session.scalar(select(func.count()).where(*there)) or 0,
        needs_backup=needs_backup(queue, count, wait),
    )
