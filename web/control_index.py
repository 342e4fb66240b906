"""The queues that a servicer may serve, at a glance. Reads only; knows no request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.duty import Duty
from models.queue_states import QueueState
from models.queues import Queue
from models.waits import Wait


@dataclass(frozen=True)
class QueueCard:
    keyword: str
    name: str
    state: QueueState
    waiting_count: int
    wait: Wait
    serving: int | None  # whom this servicer serves there
    on_duty: int
    needs_backup: bool


def queue_card(session: Session, queue: Queue, servicer_id: int, now: datetime) -> QueueCard:
    count = queue.waiting_count(session)
    wait = queue.wait_after(session, count, now)
    mine = queue.present_of(session, servicer_id)
    there = (Duty.queue_id == queue.id, Duty.ended_at.is_(None))
    return QueueCard(
        keyword=queue.keyword,
        name=queue.name,
        state=queue.state,
        waiting_count=count,
        wait=wait,
        serving=mine.number if mine else None,
        on_duty=session.scalar(select(func.count()).where(*there)) or 0,
        needs_backup=queue.needs_backup(count, wait),
    )
