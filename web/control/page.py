"""The data of the servicer's page, formatted for display. Reads only; uses no request."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.delivery.circuit_breaker import held_numbers
from models.queueing.counter.figures import figures_of
from models.queueing.counter.staff import AtWork, staff_of
from models.queueing.door_codes import DoorCode, shown_code
from models.queueing.duties import usual_desk
from models.queueing.hours.closing_time import Forecast, forecast_of
from models.queueing.line.waits import Wait, needs_backup
from models.queueing.presses.taken_away import taken_away
from models.queueing.presses.undoable import Done, PressRow, last_done
from models.queueing.returning import closed_line_count
from models.queueing.tables.queue_states import TAKES_NUMBERS, QueueState
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import TicketState
from web.control.at_counter import Other, Present, other_of, present_of
from web.control.line import Waiting, line_length, waiting_line
from web.control.text_trouble import texting_down, texting_of_call
from web.control.words import LastPress, press_shown, words_of_taken_away


class DeskChoice(NamedTuple):
    """A desk of the queue, whether it is the servicer's own, and which colleague uses it as well."""

    id: int
    name: str
    is_own: bool
    taken_by: str | None


class ControlPage(NamedTuple):
    keyword: str
    address: str  # of its public pages
    change: int  # the newest change included
    name: str
    state: QueueState
    pause_reason: str | None
    is_archived: bool
    present: Present | None
    taken_away: str  # who did what to the customer whom this servicer had; "" if nobody did
    waiting: tuple[Waiting, ...]
    line_length: int  # how many of those can be shown
    waiting_count: int
    on_hold: int  # of those who wait; nobody behind counts them as ahead
    wait: Wait
    others: tuple[Other, ...]
    desks: tuple[DeskChoice, ...]
    last_press: LastPress | None
    is_on_duty: bool
    is_on_a_break: bool  # has been on duty today, and is not now
    done_calls_next: bool
    needs_backup: bool
    closing: Forecast | None
    texting_down: tuple[str, ...]
    has_elsewhere: bool  # the business has another queue
    code: DoorCode | None  # that whoever joins needs
    sent_away: int  # by the closing, and can be brought back; 0 unless it is closed

    @property
    def title(self) -> str:
        """The title of the browser tab, which is read while another tab is open."""
        if self.present:
            return f"{self.present.number} · {self.name}"
        return _("%(count)s waiting · %(queue)s", count=self.in_line, queue=self.name)

    @property
    def said_to_me(self) -> int | None:
        """The newest remark of whom this servicer has called or serves, until it is answered."""
        bubble = self.present.bubble if self.present else None
        return bubble.remark_id if bubble and bubble.is_by_customer else None

    @property
    def in_line(self) -> int:
        """As the board and the queue's page count them."""
        return self.waiting_count - self.on_hold

    @property
    def is_open(self) -> bool:
        return self.state == QueueState.OPEN

    @property
    def can_call(self) -> bool:
        """Nobody is called while the queue is paused; after closing, those put back may still be called."""
        keeps_calling = self.state in (QueueState.OPEN, QueueState.LAST_CALL)
        return keeps_calling or (self.state == QueueState.CLOSED and self.waiting_count > 0)

    @property
    def takes_numbers(self) -> bool:
        return self.state in TAKES_NUMBERS

    @property
    def own_desk(self) -> str | None:
        return next((desk.name for desk in self.desks if desk.is_own), None)

    @property
    def not_shown(self) -> int:
        return self.waiting_count - self.line_length

    @property
    def is_in_short(self) -> bool:
        return len(self.waiting) < self.line_length


def control_page(
    session: Session,
    queue: Queue,
    servicer_id: int,
    *,
    done_calls_next: bool,
    in_short: bool,
    now: datetime,
) -> ControlPage:
    """`in_short`: only the rows of the line that are shown at first."""
    figures = figures_of(session, queue, servicer_id, now)
    # Desks and our numbers are loaded first, so that rows that refer to them make no queries of their own.
    desks = queue.desks if figures.has_desks else []
    held = held_numbers(queue.business) if figures.is_held else []
    staff = staff_of(session, queue, servicer_id)
    me = staff.me
    mine = me if me and me.ticket_id is not None else None
    is_on_duty = me is not None and me.is_on_duty
    called = mine if mine and mine.state == TicketState.CALLED else None
    texting = texting_of_call(session, called, staff.call_text, held, now) if called else None
    in_line = figures.waiting - figures.on_hold
    wait = figures.waits.after(in_line)
    last = last_done(session, queue.id, servicer_id, now)
    return ControlPage(
        keyword=queue.keyword,
        address=queue.address,
        change=figures.change,
        name=queue.name,
        state=queue.state,
        pause_reason=queue.pause_reason,
        is_archived=queue.archived_at is not None,
        present=present_of(queue, mine, texting, now) if mine else None,
        taken_away=_taken_away(session, queue, servicer_id, now) if _is_unpressed(mine, last) else "",
        waiting=tuple(waiting_line(session, queue, now, in_short=in_short)),
        line_length=line_length(figures.waiting),
        waiting_count=figures.waiting,
        on_hold=figures.on_hold,
        wait=wait,
        others=tuple(other_of(queue, one, now) for one in staff.at_work if one is not me),
        desks=tuple(_desks(session, queue, desks, staff.at_work, servicer_id)),
        last_press=press_shown(session, queue, *last, staff.served, now) if last else None,
        is_on_duty=is_on_duty,
        is_on_a_break=not is_on_duty and figures.was_on_duty_today,
        done_calls_next=done_calls_next and queue.calls_after_done,
        needs_backup=needs_backup(queue, in_line, wait),
        closing=forecast_of(session, queue, in_line, figures.waits, now) if figures.has_hours else None,
        texting_down=tuple(texting_down(held, figures.allowance)),
        has_elsewhere=figures.has_elsewhere,
        code=shown_code(queue, now),
        sent_away=_sent_away(session, queue, now),
    )


def _sent_away(session: Session, queue: Queue, now: datetime) -> int:
    is_closed = queue.state == QueueState.CLOSED and queue.archived_at is None
    return closed_line_count(session, queue, now) if is_closed else 0


def _desks(
    session: Session, queue: Queue, desks: list[Desk], at_work: list[AtWork], servicer_id: int
) -> Iterable[DeskChoice]:
    if not desks:
        return
    on_duty = {one.servicer_id: one for one in at_work if one.is_on_duty}
    me = on_duty.get(servicer_id)
    own = me.duty_desk_id if me else usual_desk(session, queue.id, servicer_id)
    taken_by = {one.duty_desk_id: one.servicer for one in on_duty.values() if one is not me}
    for desk in desks:
        yield DeskChoice(desk.id, desk.name, desk.id == own, taken_by.get(desk.id))


def _is_unpressed(mine: AtWork | None, last: tuple[PressRow, list[Done]] | None) -> bool:
    """Nobody is there, or somebody called without a press, as the one before gave up their place."""
    if mine is None or mine.called_at is None:
        return True
    is_called = mine.state == TicketState.CALLED
    return is_called and last is not None and mine.called_at > last[0].pressed_at


def _taken_away(session: Session, queue: Queue, servicer_id: int, now: datetime) -> str:
    taken = taken_away(session, queue, servicer_id, now)
    return words_of_taken_away(session, taken) if taken else ""
