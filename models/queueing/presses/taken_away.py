"""How a servicer's customer went without a press of theirs: taken over, ended by somebody else, or left."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from models.queueing.presses.presses import Press
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import PRESENT
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows

TOLD_FOR = timedelta(hours=4)  # after the servicer's last press, unless they press again
LAST_PRESSES = 5  # not every press has events
LOOKED_THROUGH = 20  # of what colleagues took over, put back or put on hold since


class TakenAway(NamedTuple):
    event: Event
    ticket: Ticket


def taken_away(session: Session, queue: Queue, servicer_id: int, now: datetime) -> TakenAway | None:
    """What happened since their last press to the customer whom this servicer had; None if nothing did.

    To be asked for a servicer who has nobody.
    """
    presses = fetch_rows(session, _LAST_PRESSES, {"queue_id": queue.id, "servicer_id": servicer_id})
    if not presses or presses[0].pressed_at < now - TOLD_FOR:
        return None
    # Events are looked through from the last of their own, by id, as there is an index of that.
    own = select(func.max(Event.id)).where(Event.press_id.in_([press.id for press in presses]))
    since = (Event.id > own.scalar_subquery(), Event.at >= presses[0].pressed_at)
    found = (
        select(Event, Ticket)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.queue_id == queue.id, *since, _may_be_from(servicer_id))
        .order_by(Event.id.desc())
        .limit(LOOKED_THROUGH)
    )
    since_then = (TakenAway(*row) for row in session.execute(found))
    return next(
        (each for each in since_then if _was_with(servicer_id, each.event) and not _is_back(each)), None
    )


def _may_be_from(servicer_id: int) -> ColumnElement[bool]:
    """An ended ticket still says whose it was; one that goes on says whose it is by now."""
    by_another = or_(Event.servicer_id.is_(None), Event.servicer_id != servicer_id)
    ended = and_(Event.kind.in_(_ENDS), Ticket.servicer_id == servicer_id)
    return and_(by_another, or_(ended, Event.kind.in_(_GOES_ON)))


def _was_with(servicer_id: int, event: Event) -> bool:
    facts = event.facts or {}
    if event.kind == EventKind.TAKEN_OVER:
        return bool(facts.get("from") == servicer_id)
    if event.servicer_id is None:
        return event.kind in _ENDS and (event.before or {}).get("state") in PRESENT
    return bool(facts.get("for") == servicer_id)


def _is_back(taken: TakenAway) -> bool:
    """Brought back since, or still coming: the line shows them."""
    return taken.event.kind in _ENDS and taken.ticket.is_live


_LAST_PRESSES = (
    select(Press.id, Press.pressed_at)
    .where(Press.queue_id == bindparam("queue_id"), Press.servicer_id == bindparam("servicer_id"))
    .order_by(Press.pressed_at.desc())
    .limit(LAST_PRESSES)
)
_ENDS = (EventKind.SERVED, EventKind.NO_SHOW, EventKind.REMOVED, EventKind.LEFT)
_GOES_ON = (EventKind.TAKEN_OVER, EventKind.PUT_BACK, EventKind.SET_ASIDE)
