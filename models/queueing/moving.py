"""Moving within the line: put back after a call, on hold, LATER (let others go first), put first."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.line.positions import count_before, position_behind
from models.queueing.line.promised import keep_told
from models.queueing.line.queries import count_ahead, in_line_count
from models.queueing.line.waits import is_nearly_up, wait_after
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import WAITING, NotPossible, TicketState
from models.queueing.tables.tickets import NO_DEADLINES, Ticket
from models.texts.open_questions import close_question_about
from models.texts.outbox import drop_unsent
from models.texts.text_kinds import TURN_TEXTS, TextKind

# Columns of somebody who was called and waits again; whether they are here is asked anew.
_NOT_CALLED: dict[str, None] = {
    "called_at": None,
    "started_at": None,
    "servicer_id": None,
    "desk_id": None,
    "arrived_at": None,
    "leaving_at": None,
    **NO_DEADLINES,
}


def put_back(session: Session, ticket: Ticket, *, by: By, now: datetime) -> int:
    """Back into the line, behind the next few; told so by text. Gives how many are ahead now.

    Whether they are here is asked anew when they are called again.
    """
    queue, was_serving = ticket.queue, ticket.state == TicketState.SERVING
    position = position_behind(session, queue, queue.put_back_behind)
    event_id = ticket.move(
        session,
        "put_back",
        by,
        now,
        facts={"ahead": count_before(session, queue.id, position)},
        position=position,
        placed_by_hand=True,
        **_NOT_CALLED,
    )
    drop_unsent(session, ticket.id, TURN_TEXTS, now)
    ahead = count_ahead(session, ticket)
    wait = wait_after(session, queue, ahead)
    keep_told(session, ticket, wait, now)
    place = {"ahead": ahead} | wait.facts()
    ticket.send(session, TextKind.PUT_BACK, event_id, now, was_serving=was_serving, **place)
    return ahead


def set_aside(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """On hold: called and not there yet, they keep the first place; told so by text, once.

    Others are called meanwhile. Nothing is due for them until they are called again.
    """
    event_id = ticket.move(
        session,
        "set_aside",
        by,
        now,
        position=position_behind(session, ticket.queue, 0),
        placed_by_hand=True,
        set_aside_at=ticket.not_before(now),
        alerted_at=ticket.alerted_at or now,  # they have been called: nothing is nearer
        **_NOT_CALLED,
    )
    drop_unsent(session, ticket.id, TURN_TEXTS, now)
    ticket.send(session, TextKind.ON_HOLD, event_id, now)


def others_for_later(
    session: Session, ticket: Ticket, wanted: int | None, *, ahead: int | None = None
) -> int:
    """How many LATER may let go first now: what is wanted, within the cap and the line behind.

    `ahead`, where it is known: the people ahead of the ticket.
    Raises NotPossible("later_cap") when the cap is used up, ("nobody_behind") when this is the last.
    """
    ticket.require(WAITING)
    queue = ticket.queue
    left = queue.later_cap - ticket.others_let_first
    if left <= 0:
        raise NotPossible("later_cap", of=ticket)
    ahead = count_ahead(session, ticket) if ahead is None else ahead
    behind = in_line_count(session, queue) - ahead - (ticket.set_aside_at is None)
    if behind <= 0:
        raise NotPossible("nobody_behind", of=ticket)
    return max(1, min(wanted or queue.later_by, left, behind))


def let_others_go_first(session: Session, ticket: Ticket, others: int, *, by: By, now: datetime) -> int:
    """So many others go first. Gives how many are ahead now.

    Whoever was told that they are nearly up, and no longer is, will be told again; who was here may go.
    """
    ticket.require(WAITING)
    ahead = count_ahead(session, ticket) + others
    is_near = is_nearly_up(session, ticket.queue, ahead, ticket.lead_minutes)
    _move_behind(
        session,
        ticket,
        ahead,
        by,
        now,
        others_let_first=ticket.others_let_first + others,
        alerted_at=ticket.alerted_at if is_near else None,
        arrived_at=None,
    )
    ahead = count_ahead(session, ticket)
    keep_told(session, ticket, wait_after(session, ticket.queue, ahead), now)
    return ahead


def put_first(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """A servicer puts anyone first in line; whoever was on hold comes next."""
    ticket.require(WAITING)
    _move_behind(session, ticket, 0, by, now)


def _move_behind(session: Session, ticket: Ticket, ahead: int, by: By, now: datetime, **changes: Any) -> None:
    """Move within the line, so that `ahead` others are before it."""
    position = position_behind(session, ticket.queue, ahead, without=ticket.id)
    close_question_about(session, ticket.customer_id, ticket.id)  # it named the place as it was
    changes |= {"position": position, "placed_by_hand": True}
    facts: dict[str, Any] = {"ahead": ahead}
    if ticket.set_aside_at:
        changes["set_aside_at"], facts["was_on_hold"] = None, True
    ticket.change(session, EventKind.MOVED, by, now, facts=facts, **changes)
