"""A promise that won't be kept is taken back before its time is over: one text with the reason and the new
range. At most twice for a ticket, and not for those who are called, on hold or in another queue.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.people.actors import Actor, By
from models.queueing.duties import on_duty
from models.queueing.line.promised import MOST_CHANGES, Change, Promise, may_hurry, told
from models.queueing.line.queries import count_ahead, is_held
from models.queueing.line.unsent_changes import take_back_unsent, undo_dropped, unsent_changes
from models.queueing.line.waits import Wait, wait_after
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.kept_values import values_before
from models.queueing.tables.ticket_states import WAITING, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.texts.text_kinds import TextKind

# It waits so long in the outbox, where it is dropped if the promise holds again.
SETTLES = timedelta(minutes=1)
MOVES_AGAIN = "moves"
PUT_AHEAD = (EventKind.PUT_BACK, EventKind.BROUGHT_BACK, EventKind.TRANSFERRED)


def tell_changed_promise(session: Session, ticket: Ticket, *, by: By, now: datetime) -> Change | None:
    """Tell them, if what they were told last is no longer so. The ticket must be locked.

    Of two changes only the newer is told, where the text about the first has not left.
    """
    if ticket.state != TicketState.WAITING or ticket.set_aside_at is not None or is_held(session, ticket):
        return None
    ahead = count_ahead(session, ticket)
    wait = wait_after(session, ticket.queue, ahead)
    changed = _changed(session, ticket, Promise.of(ticket), wait, now)
    if changed is not None and ticket.told_again and take_back_unsent(session, ticket, now=now):
        changed = _changed(session, ticket, Promise.of(ticket), wait, now)
    if changed is None or ticket.told_again >= MOST_CHANGES:
        return None
    change, why = changed
    place = {"ahead": ahead} | wait.facts()
    told_now = {"change": change, "why": why, "ahead": ahead, "low": wait.low, "high": wait.high}
    columns = told(wait, now) | {"told_again": ticket.told_again + 1}
    delay = min(SETTLES, (ticket.told_until - now) / 2) if ticket.told_until else SETTLES
    event_id = ticket.change(session, EventKind.PROMISE_CHANGED, by, now, told_now, **columns)
    sooner = change == Change.SOONER
    ticket.send(
        session, TextKind.PROMISE_CHANGED, event_id, now, delay=delay, sooner=sooner, why=why, **place
    )
    return change


def is_untrue(session: Session, ticket: Ticket, event: Event, now: datetime) -> bool:
    """Whether this change must not be told any more: the promise before it holds again or is over, something
    else was told since, its text would not say so now (later or sooner, why, the range), or they are on hold
    or in another queue. Reads only.
    """
    said = event.facts or {}
    if ticket.told_at is None or ticket.told_at > event.at:
        return True
    if ticket.set_aside_at is not None or is_held(session, ticket):
        return True
    wait = wait_after(session, ticket.queue, count_ahead(session, ticket))
    if _changed(session, ticket, _promise_before(event), wait, now) != (said["change"], said["why"]):
        return True
    tolerance = ticket.queue.tolerance_minutes
    is_near = said["low"] - tolerance <= wait.expected <= said["high"] + tolerance
    return wait.is_moving and not is_near


def as_it_is_now(
    session: Session, ticket: Ticket, event: Event, wait: Wait, now: datetime
) -> tuple[Change, str | None] | None:
    """A change that they know of, with the reason as it is now; None while what they were told before holds
    again. Reads only.
    """
    change, promise = Change((event.facts or {})["change"]), _promise_before(event)
    if promise.told_at is None or promise.until is None:
        return None
    changed = promise.changed(wait, ticket.queue.tolerance_minutes, now, may_hurry=may_hurry(ticket))
    if changed != change and now < promise.until:
        return None
    return change, _why_later(session, ticket, wait, promise.told_at) if change == Change.LATER else None


def take_back_untrue(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Take back the changes whose texts were dropped, or are untrue by now. The ticket must be locked."""
    undo_dropped(session, ticket, now)
    unsent = unsent_changes(session, ticket)
    if any(is_untrue(session, ticket, event, now) for event in unsent):
        take_back_unsent(session, ticket, now=now)


def _promise_before(event: Event) -> Promise:
    before = values_before(event.before or {})
    return Promise(before["told_at"], before["told_after"], before["told_until"], before["told_again"])


def _changed(
    session: Session, ticket: Ticket, promise: Promise, wait: Wait, now: datetime
) -> tuple[Change, str | None] | None:
    """How the wait has left the promise, and why if it is longer, or MOVES_AGAIN."""
    change = promise.changed(wait, ticket.queue.tolerance_minutes, now, may_hurry=may_hurry(ticket))
    if change is None or promise.told_at is None:
        return None
    if change == Change.SOONER:
        return change, MOVES_AGAIN if promise.until is None else None
    return change, _why_later(session, ticket, wait, promise.told_at)


def _why_later(session: Session, ticket: Ticket, wait: Wait, told_at: datetime) -> str:
    if not wait.is_moving:
        return wait.state
    if (fewer := _servicers_gone(session, ticket, told_at)) is not None:
        return fewer
    return "ahead" if _is_anybody_put_ahead(session, ticket, told_at) else "slower"


def _servicers_gone(session: Session, ticket: Ticket, told_at: datetime) -> str | None:
    """Whether somebody who served when the promise was made does not now: by a break, or otherwise."""
    ended = select(Event.servicer_id, Event.actor).where(
        Event.queue_id == ticket.queue_id,
        Event.ticket_id.is_(None),
        Event.at >= told_at,
        Event.kind == EventKind.DUTY_ENDED,
    )
    working = {duty.servicer_id for duty in on_duty(session, ticket.queue_id)}
    gone = [actor for servicer_id, actor in session.execute(ended) if servicer_id not in working]
    if not gone:
        return None
    return "break" if Actor.SERVICER in gone else "fewer"


def _is_anybody_put_ahead(session: Session, ticket: Ticket, told_at: datetime) -> bool:
    moved = (Event.kind == EventKind.MOVED) & (Event.actor != Actor.CUSTOMER)
    since = exists().where(
        Event.ticket_id == Ticket.id, Event.kind.in_(PUT_AHEAD) | moved, Event.at >= told_at
    )
    ahead = (Ticket.queue_id == ticket.queue_id, among(Ticket.state, WAITING))
    before = (Ticket.position < ticket.position, Ticket.set_aside_at.is_(None))
    return bool(session.scalar(select(func.count()).where(*ahead, *before, since)))
