"""What customers say about their ticket: name, party, how early to be told, that they are coming or here or
have left, a rating.
"""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.line.queries import count_ahead, is_held
from models.queueing.line.waits import is_nearly_up
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, WAITING, TicketState
from models.queueing.tables.tickets import Ticket

USUALLY_COMING = 5  # minutes, for somebody who does not say how many


def rename(
    session: Session, ticket: Ticket, name: str | None, party: int | None, *, by: By, now: datetime
) -> None:
    """They took the number again and said who they are, or how many; saying nothing changes nothing."""
    new_name, new_party = name or ticket.name, party or ticket.party
    if (new_name, new_party) != (ticket.name, ticket.party):
        ticket.change(session, EventKind.NAMED, by, now, name=new_name, party=new_party)


def set_lead(session: Session, ticket: Ticket, lead_minutes: int, *, by: By, now: datetime) -> None:
    """They want to be told so many minutes before their turn.

    Who is that near already is told by the answer to this, so that no text says it again; but not while
    another queue has them.
    """
    ticket.require(WAITING)
    is_near = not is_held(session, ticket) and is_nearly_up(
        session, ticket.queue, count_ahead(session, ticket), lead_minutes
    )
    alerted_at = now if is_near else None
    ticket.change(session, EventKind.LEAD_SET, by, now, lead_minutes=lead_minutes, alerted_at=alerted_at)


def arrive(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """They say that they are here."""
    ticket.require(LIVE)
    ticket.change(session, EventKind.ARRIVED, by, now, arrived_at=ticket.not_before(now))


class CalledTicket(Protocol):
    """A ticket, or the columns of one that were read for a page."""

    @property
    def state(self) -> TicketState | None: ...

    @property
    def called_at(self) -> datetime | None: ...

    @property
    def arrived_at(self) -> datetime | None: ...

    @property
    def coming_until(self) -> datetime | None: ...


def may_come_soon(ticket: CalledTicket, queue: Queue, now: datetime) -> bool:
    """Whether somebody who was called and has not come would be waited for longer than so far."""
    if ticket.state != TicketState.CALLED or ticket.arrived_at is not None:
        return False
    return max(now, ticket.coming_until or now) < _latest_wait_for(ticket, queue)


def come_soon(
    session: Session, ticket: Ticket, minutes: int | None, *, by: By, now: datetime
) -> datetime | None:
    """They were called, and will be there in so many minutes: reminder and no-show wait for that long.

    Without minutes, never shorter than they have said before; never longer than the queue waits for anybody.
    Gives until when they are waited for; None if that is over.
    """
    ticket.require((TicketState.CALLED,))
    wanted = ticket.not_before(now) + timedelta(minutes=minutes or USUALLY_COMING)
    if minutes is None and ticket.coming_until is not None:
        wanted = max(wanted, ticket.coming_until)
    until = min(wanted, _latest_wait_for(ticket, ticket.queue))
    if until <= now:
        return None
    remind_after = max(ticket.remind_after, until) if ticket.remind_after else None
    ticket.change(
        session,
        EventKind.COMING,
        by,
        now,
        facts={"until": until.isoformat(), "no_show_minutes": ticket.queue.no_show_minutes},
        coming_until=until,
        remind_after=remind_after,
        no_show_after=max(ticket.no_show_after or until, until),
        not_here_at=None,
    )
    return until


def _latest_wait_for(ticket: CalledTicket, queue: Queue) -> datetime:
    """How long somebody who was called is waited for, at most."""
    assert ticket.called_at is not None
    return ticket.called_at + timedelta(minutes=queue.coming_minutes)


def say_leaving(session: Session, ticket: Ticket, *, by: By, now: datetime) -> None:
    """They say that they leave while being served: the counter is told, and decides."""
    ticket.require((TicketState.SERVING,))
    if ticket.leaving_at is None:
        ticket.change(session, EventKind.SAID_LEAVING, by, now, leaving_at=ticket.not_before(now))


def rate(session: Session, ticket: Ticket, rating: int, *, by: By, now: datetime) -> None:
    """One to five, after being served; the last rating counts."""
    ticket.require((TicketState.SERVED,))
    ticket.change(session, EventKind.RATED, by, now, facts={"rating": rating}, rating=rating)
