"""Nearly-up texts: for the first few in line, and for people who asked for one some minutes ahead.

Checks a queue's line only after something happened there, or while one of the first is being served in
another queue, after which they are told. Sends one per ticket, however often it runs.
"""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.row_by_row import RowByRow
from models.people.actors import By
from models.queueing import reminders
from models.queueing.line.queries import count_ahead, is_present_elsewhere
from models.queueing.line.waits import is_nearly_up, waits_of
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading


class NearlyUp:
    def __init__(self) -> None:
        self._rows = RowByRow("nearly up")
        self._seen: dict[int, int] = {}  # the revision of each queue when its line was last looked at

    def run(self, now: datetime) -> None:
        """Tell everybody who is nearly up now. Paused queues are skipped, as they don't move."""
        with reading() as session:
            queues = session.execute(
                select(Queue.id, Queue.revision, Queue.alert_ahead).where(Queue.state != QueueState.PAUSED)
            ).all()
            changed = [queue for queue in queues if self._seen.get(queue.id) != queue.revision]
            lines = {queue.id: _first_in_line(session, queue.id, queue.alert_ahead) for queue in changed}
            first = [ticket.id for line in lines.values() for ticket in line if not ticket.is_held]
            soon = _with_lead_due(session)
        if self._rows.commit_each(dict.fromkeys(first + soon), partial(_tell, now=now), now):
            done = (queue for queue in changed if not any(ticket.is_held for ticket in lines[queue.id]))
            self._seen |= {queue.id: queue.revision for queue in done}


def _tell(session: Session, ticket_id: int, now: datetime) -> None:
    ticket = Ticket.lock(session, ticket_id)
    if ticket is not None and ticket.state == TicketState.WAITING and _is_near_still(session, ticket):
        reminders.alert(session, ticket, by=By.clock(), now=now)


def _is_near_still(session: Session, ticket: Ticket) -> bool:
    """Checked again under the lock, as the line may have moved since it was read."""
    return is_nearly_up(session, ticket.queue, count_ahead(session, ticket), ticket.lead_minutes)


class _Untold(NamedTuple):
    id: int
    is_held: bool


def _first_in_line(session: Session, queue_id: int, alert_ahead: int) -> list[_Untold]:
    line = select(Ticket.id, Ticket.alerted_at, is_present_elsewhere()).where(
        Ticket.queue_id == queue_id, among(Ticket.state, WAITING), Ticket.set_aside_at.is_(None)
    )
    first = session.execute(line.order_by(Ticket.position, Ticket.id).limit(alert_ahead))
    return [_Untold(ticket_id, is_held) for ticket_id, alerted_at, is_held in first if alerted_at is None]


def _with_lead_due(session: Session) -> list[int]:
    waits_to_be_told = (among(Ticket.state, WAITING), Ticket.lead_minutes.is_not(None))
    untold = (*waits_to_be_told, Ticket.alerted_at.is_(None))
    queues = session.scalars(
        select(Queue).where(
            Queue.id.in_(select(Ticket.queue_id).where(*untold)), Queue.state != QueueState.PAUSED
        )
    )
    return [ticket_id for queue in queues for ticket_id in _in_queue(session, queue)]


def _in_queue(session: Session, queue: Queue) -> list[int]:
    """One pass along the line, instead of a count and a look at the waits for each ticket."""
    line = select(Ticket.id, Ticket.lead_minutes, Ticket.alerted_at, is_present_elsewhere().label("is_held"))
    mine = line.where(Ticket.queue_id == queue.id, among(Ticket.state, WAITING))
    mine = mine.where(Ticket.set_aside_at.is_(None)).order_by(Ticket.position, Ticket.id)
    waits = waits_of(session, queue)
    return [
        ticket.id
        for ahead, ticket in enumerate(session.execute(mine))
        if ticket.alerted_at is None
        and not ticket.is_held
        and ticket.lead_minutes is not None
        and waits.is_lead_due(ahead, ticket.lead_minutes)
    ]
