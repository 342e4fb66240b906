"""The data of a customer's ticket page, which shows one of a few clearly different screens.

Reads only, uses no request, and contains nothing about any other customer.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.queueing.hours.closing_time import missed_closing
from models.queueing.hours.opening_hours import Opening, next_opening
from models.queueing.line.page_changes import newest_change
from models.queueing.line.promised import Change
from models.queueing.line.queries import is_full
from models.queueing.line.told import called_now, told_of_ticket
from models.queueing.line.waits import Wait, Waits
from models.queueing.messages.changed_promises import as_it_is_now
from models.queueing.messages.text_me import code_of, was_bound
from models.queueing.moving import others_for_later
from models.queueing.returning import is_still_welcome, why_not
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queue_states import TAKES_NUMBERS, QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import DAY_ENDED, PRESENT, NotPossible, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import fetch_rows
from web.customer.queue_page import TextTo, last_calls, pace_of
from web.customer.receipt import WaitReceipt, receipt_of_wait
from web.customer.talk import Talk, talk_of

LEADS = (5, 10, 15, 20, 30, 45, 60)  # minutes to choose from; a text may ask for any other


class Screen(StrEnum):
    WAITING = "waiting"
    NEXT = "next"
    TURN = "turn"
    SERVING = "serving"
    DONE = "done"
    LEFT = "left"
    DAY_ENDED = "day-ended"
    NO_SHOW = "no-show"
    REMOVED = "removed"


TAKES_ANOTHER_WITHIN = timedelta(days=1)
FINAL = (Screen.DONE, Screen.LEFT, Screen.DAY_ENDED, Screen.NO_SHOW, Screen.REMOVED)


class Later(NamedTuple):
    """What the button Later would do, shown before it is pressed."""

    others: int
    place: int
    wait: Wait
    position: int  # the current position: makes a second tap, from another position, do nothing


class ChangedPromise(NamedTuple):
    """The wait is no longer what they were told before."""

    is_sooner: bool
    why: str | None  # as in the text about it: break, fewer, ahead, slower; None: the page says it elsewhere


class TicketPage(NamedTuple):
    token: str
    number: int
    label: int | str  # the number as people see it: 12, or A12
    name: str | None
    party: int
    answer: str | None  # to the queue's question
    screen: Screen
    keyword: str
    address: str  # of its queue's pages
    change: int  # the newest change included
    queue: str
    business: str
    queue_state: QueueState
    is_archived: bool
    pause_reason: str | None
    ahead: int  # 0 unless waiting
    wait: Wait | None  # only while waiting, and not on hold
    pace: str
    between: tuple[datetime, datetime] | None  # the expected time of the call; only while the line moves
    lead: int | None  # how many minutes before their turn they want to be told
    changed: ChangedPromise | None  # nothing else was told since
    is_near: bool  # the nearly-up alert was due
    is_on_hold: bool  # called before they were here: others are called meanwhile
    held_by: str | None  # another queue that has called them; this one keeps their place. "": not to be told
    desk: str | None
    called_at: datetime | None
    coming_until: datetime | None  # called, and waited for until then, as they said they were coming
    call: int  # grows with every call and repeated call
    is_texted: bool
    text_me: TextTo | None  # of a live ticket without a phone: the text that binds one
    is_full: bool
    door_code: bool  # another number is taken on the queue's page, which asks for the code
    is_old: bool  # too long ended for its link to take another number
    opening: Opening | None  # of a closed queue with opening hours
    closes_before: datetime | None  # set if they may not be called by then
    later: Later | None
    is_forgotten: bool
    can_come_back: bool  # they left a moment ago
    is_back: bool  # the ticket had ended, and has its old place again
    has_said_leaving: bool  # while being served
    talk: Talk
    receipt: WaitReceipt | None  # why they waited, after the end
    day_turned: bool  # their day ended while the queue went on

    @property
    def is_final(self) -> bool:
        return self.screen in FINAL

    @property
    def can_leave(self) -> bool:
        return self.screen in (Screen.WAITING, Screen.NEXT, Screen.TURN)

    @property
    def can_write(self) -> bool:
        return not self.is_final and not self.is_forgotten

    @property
    def can_say_leaving(self) -> bool:
        return self.screen == Screen.SERVING and not self.has_said_leaving

    @property
    def can_take_another(self) -> bool:
        may = self.is_final and self.queue_state in TAKES_NUMBERS and not self.is_full
        return may and not self.is_old

    @property
    def is_paused(self) -> bool:
        return self.queue_state == QueueState.PAUSED

    @property
    def is_waiting(self) -> bool:
        return self.screen in (Screen.WAITING, Screen.NEXT)

    @property
    def leads(self) -> list[int]:
        """The minutes to choose from, including a value that was set by text."""
        return sorted({*LEADS, *([self.lead] if self.lead else [])})


def _coming_until(ticket: Ticket, now: datetime) -> datetime | None:
    is_awaited = ticket.state == TicketState.CALLED and ticket.arrived_at is None
    return ticket.coming_until if is_awaited and ticket.coming_until and ticket.coming_until > now else None


def is_old(ticket: Ticket, now: datetime) -> bool:
    """Whoever still has its link must not take numbers for its phone for ever."""
    return ticket.ended_at is not None and ticket.ended_at <= now - TAKES_ANOTHER_WITHIN


def ticket_page(session: Session, ticket: Ticket, now: datetime) -> TicketPage:
    queue = ticket.queue
    is_waiting = ticket.state == TicketState.WAITING
    is_on_hold = is_waiting and ticket.set_aside_at is not None and ticket.arrived_at is None
    told = told_of_ticket(session, ticket) if is_waiting else None
    ahead = told.ahead if told else 0
    waits = told.waits if told and not is_on_hold else None
    wait = waits.after(ahead) if waits else None
    pace = pace_of(wait, lambda: [one.called_at for one in called_now(session, queue)], now) if wait else ""
    return TicketPage(
        token=ticket.token,
        number=ticket.number,
        label=ticket.label,
        name=ticket.name,
        party=ticket.party,
        answer=ticket.answer,
        screen=_screen(ticket, ahead),
        keyword=queue.keyword,
        address=queue.address,
        change=told.change if told else newest_change(session, queue),
        queue=queue.name,
        business=queue.business.name,
        queue_state=queue.state,
        is_archived=queue.archived_at is not None,
        pause_reason=queue.pause_reason,
        ahead=ahead,
        wait=wait,
        pace=pace,
        between=between(wait, now) if wait and pace == "moving" else None,
        lead=ticket.lead_minutes,
        changed=_changed(session, ticket, wait, now) if wait and ticket.told_again else None,
        is_near=is_waiting and ticket.alerted_at is not None,
        is_on_hold=is_on_hold,
        held_by=_held_by(session, ticket) if is_waiting else None,
        desk=ticket.desk.name if ticket.desk else None,
        called_at=ticket.called_at,
        coming_until=_coming_until(ticket, now),
        call=last_calls(session, [ticket.id] if ticket.called_at else []).get(ticket.id, 0),
        is_texted=ticket.customer.can_be_texted(session, ticket.our_number_id),
        text_me=text_me_of(ticket, now),
        closes_before=missed_closing(session, queue, wait, now) if wait else None,
        later=_later(session, ticket, ahead, waits) if waits else None,
        is_forgotten=ticket.customer.forgotten_at is not None,
        can_come_back=is_still_welcome(ticket, now) and why_not(session, ticket, now) is None,
        is_back=is_waiting and ticket.brought_back_at is not None,
        is_full=not ticket.is_live and is_full(session, queue),
        door_code=queue.door_code,
        is_old=is_old(ticket, now),
        opening=next_opening(session, queue, now) if not queue.takes_numbers and not ticket.is_live else None,
        has_said_leaving=ticket.leaving_at is not None,
        talk=talk_of(session, ticket, now),
        receipt=receipt_of_wait(session, ticket),
        day_turned=ticket.reason == DAY_ENDED and _went_on(session, ticket),
    )


def text_me_of(ticket: Ticket, now: datetime) -> TextTo | None:
    """The text that makes the sender's phone the ticket's; None where it has one, or no texts go."""
    customer, business = ticket.customer, ticket.queue.business
    if not ticket.is_live or customer.phone_hash is not None or customer.forgotten_at is not None:
        return None
    ours = business.sms_number
    return TextTo(f"{ticket.queue.keyword} {code_of(ticket, now)}", ours.phone) if ours else None


def _later(session: Session, ticket: Ticket, ahead: int, waits: Waits) -> Later | None:
    try:
        others = others_for_later(session, ticket, None, ahead=ahead)
    except NotPossible:
        return None
    return Later(others, ahead + others + 1, waits.after(ahead + others), ticket.position)


def _changed(session: Session, ticket: Ticket, wait: Wait, now: datetime) -> ChangedPromise | None:
    mine = (Event.ticket_id == ticket.id, Event.kind == EventKind.PROMISE_CHANGED)
    last = select(Event).where(*mine, Event.at == ticket.told_at).order_by(Event.id.desc()).limit(1)
    event = session.scalar(last)
    changed = as_it_is_now(session, ticket, event, wait, now) if event and event.facts else None
    return ChangedPromise(changed[0] == Change.SOONER, changed[1]) if changed else None


def _went_on(session: Session, ticket: Ticket) -> bool:
    """Whether the queue was open as their day ended."""
    left = select(Event.facts).where(Event.ticket_id == ticket.id, Event.kind == EventKind.LEFT)
    facts = session.scalar(left.order_by(Event.id.desc()).limit(1))
    return bool(facts and facts.get("goes_on"))


def _held_by(session: Session, ticket: Ticket) -> str | None:
    """Without the name where the phone came by a code: it need not belong to whoever has the page."""
    held = fetch_rows(session, _QUEUE_OF_PRESENT, {"customer_id": ticket.customer_id})
    name = held[0].name if held else None
    return "" if name is not None and was_bound(session, ticket) else name


_QUEUE_OF_PRESENT = (
    select(Queue.name)
    .join(Ticket, Ticket.queue_id == Queue.id)
    .where(Ticket.customer_id == bindparam("customer_id"), among(Ticket.state, PRESENT))
)


def between(wait: Wait, now: datetime) -> tuple[datetime, datetime]:
    """The range as clock times, widened to steps of five minutes if the wait is long; never in the past."""
    step = 1 if wait.high < 10 else 5
    minute = _floor(now, 1)
    first = max(_floor(minute + timedelta(minutes=wait.low), step), minute)
    return first, _floor(minute + timedelta(minutes=wait.high + step - 1), step)


def _floor(at: datetime, minutes: int) -> datetime:
    utc = at.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % minutes, second=0, microsecond=0)


def _screen(ticket: Ticket, ahead: int) -> Screen:
    if ticket.state == TicketState.WAITING:
        return Screen.WAITING if ahead else Screen.NEXT
    if ticket.state == TicketState.LEFT:
        return Screen.DAY_ENDED if ticket.reason == DAY_ENDED else Screen.LEFT
    return _SCREENS[ticket.state]


_SCREENS = {
    TicketState.CALLED: Screen.TURN,
    TicketState.SERVING: Screen.SERVING,
    TicketState.SERVED: Screen.DONE,
    TicketState.NO_SHOW: Screen.NO_SHOW,
    TicketState.REMOVED: Screen.REMOVED,
}
