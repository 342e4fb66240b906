"""What anybody may see of a queue: the facts of its public page, its board and its poster.

Reads only, knows no request, and names nobody: numbers and desks, never a customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.changes import newest_change
from models.closing import missed_closing
from models.event import Event, EventKind
from models.hours import Opening, next_opening
from models.queue_states import QueueState
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import TicketState
from models.waiting import STALLED_AFTER, WaitState
from models.waits import PAUSED, Wait

NEXT_SHOWN = 5


@dataclass(frozen=True)
class Serving:
    """A number that was called or is being served, and where."""

    number: int
    desk: str | None
    call: int  # grows with every call, and call again
    is_called: bool  # and not yet being served


@dataclass(frozen=True)
class TextTo:
    """How to join by text: what to send where."""

    keyword: str
    phone: str  # E.164

    @property
    def shown(self) -> str:
        """The number as people read it: +1 555-010-0000."""
        return readable_phone(self.phone)

    @property
    def link(self) -> str:
        """Opens a ready text; the odd `?&` is what both iOS and Android understand."""
        return f"sms:{self.phone}?&body={quote(self.keyword)}"


@dataclass(frozen=True)
class PublicQueue:
    keyword: str
    change: int  # the newest that it shows
    name: str
    business: str
    state: QueueState
    pause_reason: str | None
    serving: tuple[Serving, ...]
    next_numbers: tuple[int, ...]
    waiting_count: int
    wait: Wait  # of somebody who joins now
    pace: str  # how the line moves: moving, paused, unstaffed or stalled
    text_to: TextTo | None
    is_full: bool
    opening: Opening | None  # of a closed queue that opens by the clock
    closes_before: datetime | None  # whoever joins now may not be called by then

    @property
    def is_open(self) -> bool:
        return self.state == QueueState.OPEN

    @property
    def is_paused(self) -> bool:
        return self.state == QueueState.PAUSED

    @property
    def is_closed(self) -> bool:
        return self.state == QueueState.CLOSED

    @property
    def takes_numbers(self) -> bool:
        return not self.is_closed and not self.is_full


def public_queue(session: Session, queue: Queue, now: datetime) -> PublicQueue:
    count = queue.waiting_count(session)
    present = queue.present(session)
    wait = queue.wait_after(session, count, now)
    calls = last_calls(session, [ticket.id for ticket in present])
    numbers = queue.business.numbers
    return PublicQueue(
        keyword=queue.keyword,
        change=newest_change(session, queue),
        name=queue.name,
        business=queue.business.name,
        state=queue.state,
        pause_reason=queue.pause_reason,
        serving=tuple(_serving(ticket, calls.get(ticket.id, 0)) for ticket in present),
        next_numbers=tuple(ticket.number for ticket in queue.waiting(session, limit=NEXT_SHOWN)),
        waiting_count=count,
        wait=wait,
        pace=pace_of(wait, present, now),
        text_to=TextTo(queue.keyword, numbers[0].phone) if numbers else None,
        is_full=queue.is_full(session),
        opening=next_opening(session, queue, now) if queue.state == QueueState.CLOSED else None,
        closes_before=missed_closing(session, queue, wait, now),
    )


def pace_of(wait: Wait, present: Sequence[Ticket], now: datetime) -> str:
    """How the line moves, in words that stay true while somebody is still being served.

    The wait's state is up to some seconds old: the first call of a day is not answered with "not moved".
    """
    if wait.state == PAUSED:
        return "paused"
    if wait.state not in (WaitState.UNSTAFFED, WaitState.STALLED):
        return "moving"
    if wait.state == WaitState.UNSTAFFED and not present:
        return "unstaffed"
    lately = now - timedelta(minutes=STALLED_AFTER)
    return "moving" if any(t.called_at and t.called_at > lately for t in present) else "stalled"


def readable_phone(phone: str) -> str:
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def last_calls(session: Session, ticket_ids: Sequence[int]) -> dict[int, int]:
    """By ticket, a number that grows each time it is called, or called again."""
    if not ticket_ids:
        return {}
    calls = Event.kind.in_((EventKind.CALLED, EventKind.CALLED_AGAIN))
    newest = select(Event.ticket_id, func.max(Event.id)).where(Event.ticket_id.in_(ticket_ids), calls)
    return {
        ticket_id: call for ticket_id, call in session.execute(newest.group_by(Event.ticket_id)) if ticket_id
    }


def _serving(ticket: Ticket, call: int) -> Serving:
    desk = ticket.desk.name if ticket.desk else None
    return Serving(ticket.number, desk, call, ticket.state == TicketState.CALLED)
