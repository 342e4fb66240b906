"""The public data of a queue, for its page, board and poster.

Reads only, uses no request, and contains numbers and desks but never a customer's name.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

import phonenumbers
from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from models.people.addresses import Address, Channel
from models.people.business import OurNumber
from models.queueing.hours.closing_time import missed_closing
from models.queueing.hours.opening_hours import Opening, next_opening
from models.queueing.line.queries import is_full
from models.queueing.line.told import Called, Next, called_now, next_up, told_of_queue
from models.queueing.line.waits import PAUSED, Wait
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import TAKES_NUMBERS, QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import fetch_rows
from models.waiting.estimator import STALLED_AFTER, WaitState

NEXT_SHOWN = 5
PHONES_KEPT = 100


class Serving(NamedTuple):
    """A number that was called or is being served, and where."""

    number: int
    label: int | str  # the number as people see it: 12, or A12
    desk: str | None
    call: int  # grows with every call and repeated call
    is_called: bool  # called, but not being served yet
    since: datetime | None  # when a ticket of an earlier day joined: another may have its number today


class NextUp(NamedTuple):
    """A number that waits; `since` as of `Serving`."""

    number: int
    label: int | str
    since: datetime | None


class TextTo(NamedTuple):
    """How to join by text: the keyword, and the phone to send it to."""

    keyword: str
    phone: str  # E.164

    @property
    def shown(self) -> str:
        """The number as people read it: +1 555-010-0000."""
        return _our_phone(self.phone)

    @property
    def link(self) -> str:
        """Opens a prepared text. `?&` is the one separator that both iOS and Android accept."""
        return f"sms:{self.phone}?&body={quote(self.keyword)}"

    def with_code(self, code: str | None) -> "TextTo":
        """The same with the door code, which goes behind the keyword."""
        return self._replace(keyword=f"{self.keyword} {code}") if code else self

    @property
    def whatsapp_link(self) -> str:
        """Opens a prepared message in WhatsApp, which takes the phone's digits alone."""
        return f"https://wa.me/{self.phone.removeprefix('+')}?text={quote(self.keyword)}"


class PublicQueue(NamedTuple):
    keyword: str
    address: str  # of its pages
    change: int  # the newest change included
    name: str
    prefix: str  # of its numbers, if they have one
    business: str
    state: QueueState
    is_archived: bool  # out of use
    pause_reason: str | None
    question: str | None  # asked of whoever joins
    door_code: bool  # only with the code that is shown there may anybody join
    spoken_languages: str  # in which its board says calls aloud
    serving: tuple[Serving, ...]
    next_up: tuple[NextUp, ...]
    waiting_count: int
    wait: Wait  # of somebody who joins now
    pace: str  # how the line moves: moving, paused, unstaffed or stalled
    text_to: TextTo | None  # by SMS
    whatsapp_to: TextTo | None
    is_full: bool
    opening: Opening | None  # of a queue with opening hours that takes nobody now
    closes_before: datetime | None  # set if whoever joins now may not be called by then
    now: datetime

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
    def is_last_call(self) -> bool:
        return self.state == QueueState.LAST_CALL

    @property
    def takes_numbers(self) -> bool:
        return self.state in TAKES_NUMBERS and not self.is_full


def public_queue(session: Session, queue: Queue, now: datetime) -> PublicQueue:
    told = told_of_queue(session, queue)
    called, wait = called_now(session, queue), told.wait
    numbers = fetch_rows(session, _NUMBERS, {"business_id": queue.business_id})
    return PublicQueue(
        keyword=queue.keyword,
        address=queue.address,
        change=told.change,
        name=queue.name,
        prefix=queue.prefix,
        business=queue.business.name,
        state=queue.state,
        is_archived=queue.archived_at is not None,
        pause_reason=queue.pause_reason,
        question=queue.question,
        door_code=queue.door_code,
        spoken_languages=queue.spoken_languages,
        serving=tuple(_serving(queue, one) for one in called),
        next_up=tuple(
            NextUp(one.number, queue.numbered(one.number), _since(queue, one))
            for one in next_up(session, queue, NEXT_SHOWN)
        ),
        waiting_count=told.ahead,
        wait=wait,
        pace=pace_of(wait, lambda: [one.called_at for one in called], now),
        text_to=_join_by(queue, numbers, Channel.SMS),
        whatsapp_to=_join_by(queue, numbers, Channel.WHATSAPP),
        is_full=is_full(session, queue),
        opening=next_opening(session, queue, now) if not queue.takes_numbers else None,
        closes_before=missed_closing(session, queue, wait, now),
        now=now,
    )


def _join_by(queue: Queue, numbers: Sequence[Row[Any]], channel: Channel) -> TextTo | None:
    if not queue.may_be_joined_by(channel):
        return None
    ours = (number for number in numbers if number.channel == channel)
    return next((TextTo(queue.keyword, number.phone) for number in ours), None)


_NUMBERS = (
    select(OurNumber.channel, OurNumber.phone)
    .where(OurNumber.business_id == bindparam("business_id"), OurNumber.retired_at.is_(None))
    .order_by(OurNumber.id)
)


def pace_of(wait: Wait, called_at: Callable[[], Sequence[datetime]], now: datetime) -> str:
    """How the line moves: moving, paused, unstaffed or stalled; right also while somebody is being served.

    `called_at`: of those called or served; asked only where it matters. The wait's state may be some seconds
    old, so a recent call overrides "stalled" and "unstaffed".
    """
    if wait.state == PAUSED:
        return "paused"
    if wait.state not in (WaitState.UNSTAFFED, WaitState.STALLED):
        return "moving"
    calls = called_at()
    if wait.state == WaitState.UNSTAFFED and not calls:
        return "unstaffed"
    lately = now - timedelta(minutes=STALLED_AFTER)
    return "moving" if any(at > lately for at in calls) else "stalled"


@lru_cache(PHONES_KEPT)
def _our_phone(phone: str) -> str:
    return readable_phone(phone)


def readable_phone(phone: str) -> str:
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def readable_address(address: Address) -> str:
    """A number of ours with its channel, where that is not SMS."""
    shown = readable_phone(address.phone)
    return shown if address.channel == Channel.SMS else f"{address.channel.title} {shown}"


def last_calls(session: Session, ticket_ids: Sequence[int]) -> dict[int, int]:
    """Per ticket, a number that grows each time it is called or called again."""
    if not ticket_ids:
        return {}
    calls = Event.kind.in_((EventKind.CALLED, EventKind.CALLED_AGAIN))
    newest = select(Event.ticket_id, func.max(Event.id)).where(Event.ticket_id.in_(ticket_ids), calls)
    return {
        ticket_id: call for ticket_id, call in session.execute(newest.group_by(Event.ticket_id)) if ticket_id
    }


def _serving(queue: Queue, one: Called) -> Serving:
    label, is_called = queue.numbered(one.number), one.state == TicketState.CALLED
    return Serving(one.number, label, one.desk, one.call or 0, is_called, _since(queue, one))


def _since(queue: Queue, one: Called | Next) -> datetime | None:
    return one.joined_at if queue.is_earlier_day(one.day) else None
