"""What a manager sets for a queue: its rules, its desks, and whether it is still in use.

Nothing that ever happened is deleted: a desk is retired and a queue archived, and both can come back. The
queue must be locked; operations never commit or read a clock.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import Channel
from models.queueing.duties import Duty, choose_desk
from models.queueing.line.queries import present_tickets
from models.queueing.opening import close_for_good
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import NotPossible

MOST_WAITING = 9999
MOST_DESKS = 200  # of a queue, retired ones included: they come back by their names
LONGEST_MINUTES = 240
LONGEST_COMING = 60
MOST_AHEAD = 99
# A no-show is not flagged before the customer has been reminded and could have come.
LIMITS = {
    "alert_ahead": (0, MOST_AHEAD),
    "tolerance_minutes": (0, LONGEST_MINUTES),
    "later_by": (1, MOST_AHEAD),
    "later_cap": (0, MOST_AHEAD),
    "put_back_behind": (0, MOST_AHEAD),
    "capacity": (1, MOST_WAITING),
    "backup_above": (0, MOST_WAITING),
    "backup_minutes": (1, LONGEST_MINUTES),
    "reminder_minutes": (1, LONGEST_MINUTES),
    "no_show_minutes": (1, LONGEST_MINUTES),
    "coming_minutes": (0, LONGEST_COMING),
    "minutes_per_customer": (0.1, 1440),
}


def change_queue(queue: Queue, **values: Any) -> bool:
    """Another name, keyword or rule. True if anything is different now; every page of it is told."""
    changed = {name: value for name, value in values.items() if getattr(queue, name) != value}
    for name, value in changed.items():
        setattr(queue, name, value)
    if changed:
        queue.revision += 1
    return bool(changed)


def channels_offered(queue: Queue) -> list[Channel]:
    """The channels on which its business has a number."""
    there = {number.channel for number in queue.business.numbers}
    return [channel for channel in Channel if channel in there]


def add_desk(session: Session, queue: Queue, name: str) -> bool:
    """A desk of this name; one that was retired is used again. False if it is there already.

    Raises NotPossible("too_many_desks").
    """
    there = session.scalar(select(Desk).where(Desk.queue_id == queue.id, Desk.name == name))
    if there is not None and there.retired_at is None:
        return False
    if there is None:
        count = session.scalar(select(func.count()).where(Desk.queue_id == queue.id)) or 0
        if count >= MOST_DESKS:
            raise NotPossible("too_many_desks")
        session.add(Desk(queue_id=queue.id, name=name))
    else:
        there.retired_at = None
    queue.revision += 1
    return True


def rename_desk(session: Session, queue: Queue, desk: Desk, name: str) -> None:
    """Customers who were called there read the new name. Raises NotPossible("desk_name_taken")."""
    taken = select(Desk.id).where(Desk.queue_id == queue.id, Desk.name == name, Desk.id != desk.id)
    if session.scalar(taken) is not None:
        raise NotPossible("desk_name_taken")
    desk.name = name
    queue.revision += 1


def retire_desk(session: Session, queue: Queue, desk: Desk, *, by: By, now: datetime) -> None:
    """Nobody is called to it any more; whoever serves there is at no desk until they choose one."""
    there = select(Duty).where(Duty.desk_id == desk.id, Duty.ended_at.is_(None))
    for duty in session.scalars(there).all():
        choose_desk(session, duty, None, by=By.servicer(duty.servicer_id), now=now)
    desk.retired_at = now
    queue.revision += 1


def archive(session: Session, queue: Queue, *, by: By, now: datetime) -> int:
    """Out of use: closed, in no list, and no text takes a number in it; its history stays. Gives how many
    who waited were told that it has closed.

    Raises NotPossible("still_serving", number) while somebody is called or served.
    """
    present = present_tickets(session, queue)
    if present:
        raise NotPossible("still_serving", of=present[0])
    gone = close_for_good(session, queue, by=by, now=now)
    queue.archived_at = now
    queue.revision += 1
    return gone


def unarchive(queue: Queue, *, now: datetime) -> None:
    """In use again, and closed until somebody or its hours open it."""
    queue.archived_at = None
    queue.keep_hours_until(now)
    queue.revision += 1
