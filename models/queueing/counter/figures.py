"""The figures of a queue that the servicer's page shows, in one statement."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, exists, select, true
from sqlalchemy.orm import Session, aliased

from models.people.business import OurNumber
from models.queueing.duties import day_start, has_ended_duty
from models.queueing.hours.opening_hours import OpeningHours
from models.queueing.line.page_changes import NEWEST_CHANGE
from models.queueing.line.queries import LINE_COUNTS
from models.queueing.line.wait_table import QueueWaits
from models.queueing.line.waits import Waits, waits_as_stored
from models.queueing.tables.queues import Desk, Queue
from models.storage.database import fetch_rows
from models.storage.rate_limits import COUNTED
from models.texts.daily_allowance import Allowance, sent_today


class Figures(NamedTuple):
    """The present counts, and which tables hold something more about this queue."""

    change: int  # as of `newest_change`
    waiting: int
    on_hold: int
    waits: Waits
    allowance: Allowance
    has_elsewhere: bool  # the business has another queue in use
    has_desks: bool
    has_hours: bool
    is_held: bool  # one of our numbers sends nothing just now
    was_on_duty_today: bool  # a duty of this servicer ended today; who has not begun yet is on no break


def figures_of(session: Session, queue: Queue, servicer_id: int, now: datetime) -> Figures:
    """`servicer_id`: whose page it is."""
    asked = {"queue_id": queue.id, "servicer_id": servicer_id, "since": day_start(queue, now)}
    (row,) = fetch_rows(session, _figures(), asked | sent_today(queue.business, now))
    return Figures(
        change=row.change,
        waiting=row.waiting,
        on_hold=row.on_hold,
        waits=waits_as_stored(queue, row if row.curve is not None else None),
        allowance=Allowance(row.sent or 0, queue.business.texts_per_day),
        has_elsewhere=row.has_elsewhere,
        has_desks=row.has_desks,
        has_hours=row.has_hours,
        is_held=row.is_held,
        was_on_duty_today=row.was_on_duty_today,
    )


@cache  # built at the first use, and once: building a statement costs as much as running it
def _figures() -> Select[Any]:
    counts, waits, other = LINE_COUNTS.subquery(), QueueWaits.__table__.c, aliased(Queue)
    elsewhere = (other.business_id == Queue.business_id, other.id != Queue.id, other.archived_at.is_(None))
    ended_duty = has_ended_duty(Queue.id, bindparam("servicer_id"), bindparam("since"))
    held = (OurNumber.business_id == Queue.business_id, OurNumber.held_at.is_not(None))
    return (
        select(
            NEWEST_CHANGE.label("change"),
            counts.c.waiting,
            counts.c.on_hold,
            waits.state,
            waits.curve,
            waits.at_least,
            COUNTED.scalar_subquery().label("sent"),
            exists().where(*elsewhere).label("has_elsewhere"),
            exists().where(Desk.queue_id == Queue.id, Desk.retired_at.is_(None)).label("has_desks"),
            exists().where(OpeningHours.queue_id == Queue.id).label("has_hours"),
            exists().where(*held, OurNumber.retired_at.is_(None)).label("is_held"),
            ended_duty.label("was_on_duty_today"),
        )
        .select_from(Queue)
        .join(counts, true())
        .outerjoin(QueueWaits, waits.queue_id == Queue.id)
        .where(Queue.id == bindparam("queue_id"))
    )
