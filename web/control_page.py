"""What the servicer's page shows, read at one moment and put in words. Reads only; knows no request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.changes import newest_change
from models.closing import Forecast, forecast_of
from models.desks import Desk
from models.duty import Duty, on_duty, usual_desk
from models.press import last_press
from models.queue_states import QueueState
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import TicketState
from models.waits import Wait, waits_of
from web.clock_words import Moment, moment, span
from web.control_line import SHOWN_AT_MOST, Waiting, waiting_line
from web.control_words import words_of_press
from web.text_trouble import Texting, texting_down, texting_of_call


@dataclass(frozen=True)
class Present:
    """Whom this servicer has called or serves."""

    id: int
    number: int
    name: str | None
    party: int
    joined: Moment
    waited: str
    called: Moment
    started: Moment | None
    so_far: str  # since the call, or since they began to be served
    texting: Texting | None  # only until they have come
    is_here: bool
    is_missing: bool  # called long ago


@dataclass(frozen=True)
class Other:
    """Another servicer of the queue, and whom they serve."""

    servicer: str
    desk: str | None
    number: int | None
    serving: bool
    since: Moment | None
    so_far: str


@dataclass(frozen=True)
class DeskChoice:
    """A desk of the queue, whether it is one's own, and which colleague has it too."""

    id: int
    name: str
    is_own: bool
    taken_by: str | None


@dataclass(frozen=True)
class LastPress:
    id: str
    words: str


@dataclass(frozen=True)
class ControlPage:
    keyword: str
    change: int  # the newest that it shows
    name: str
    state: QueueState
    pause_reason: str | None
    present: Present | None
    waiting: tuple[Waiting, ...]
    waiting_count: int
    wait: Wait
    others: tuple[Other, ...]
    desks: tuple[DeskChoice, ...]
    last_press: LastPress | None
    is_on_duty: bool
    done_calls_next: bool
    needs_backup: bool
    closing: Forecast | None
    texting_down: tuple[str, ...]
    has_elsewhere: bool  # the business has another queue

    @property
    def title(self) -> str:
        """What the tab of the page says: it is read while another page is in view."""
        if self.present:
            return f"{self.present.number} · {self.name}"
        return _("%(count)s waiting · %(queue)s", count=self.waiting_count, queue=self.name)

    @property
    def is_open(self) -> bool:
        return self.state == QueueState.OPEN

    @property
    def can_call(self) -> bool:
        """Somebody put back after closing may still be called; a paused line stands still."""
        return self.is_open or (self.state == QueueState.CLOSED and self.waiting_count > 0)

    @property
    def own_desk(self) -> str | None:
        return next((desk.name for desk in self.desks if desk.is_own), None)

    @property
    def not_shown(self) -> int:
        return self.waiting_count - len(self.waiting)


def control_page(
    session: Session, queue: Queue, servicer_id: int, *, done_calls_next: bool, now: datetime
) -> ControlPage:
    zone = queue.business.zone
    # What many rows lead to is read whole before them, so that no row asks for its own: desks, our numbers.
    desks, down = queue.desks, tuple(texting_down(session, queue.business))
    present = queue.present(session)
    mine = next((ticket for ticket in present if ticket.servicer_id == servicer_id), None)
    duties = {duty.servicer_id: duty for duty in on_duty(session, queue.id)}
    line = tuple(waiting_line(session, queue, zone, now))
    count = len(line) if len(line) < SHOWN_AT_MOST else queue.waiting_count(session)
    waits = waits_of(session, queue)
    wait = waits.after(count)
    return ControlPage(
        keyword=queue.keyword,
        change=newest_change(session, queue),
        name=queue.name,
        state=queue.state,
        pause_reason=queue.pause_reason,
        present=_present(session, mine, zone, now) if mine else None,
        waiting=line,
        waiting_count=count,
        wait=wait,
        others=tuple(_others(session, present, duties, servicer_id, zone, now)),
        desks=tuple(_desks(session, queue, desks, duties, servicer_id)),
        last_press=_last_press(session, queue, servicer_id, now),
        is_on_duty=servicer_id in duties,
        done_calls_next=done_calls_next and not queue.is_paused,
        needs_backup=queue.needs_backup(count, wait),
        closing=forecast_of(session, queue, count, waits, now),
        texting_down=down,
        has_elsewhere=_has_elsewhere(session, queue),
    )


def _has_elsewhere(session: Session, queue: Queue) -> bool:
    others = exists().where(
        Queue.business_id == queue.business_id, Queue.id != queue.id, Queue.archived_at.is_(None)
    )
    return bool(session.scalar(select(others)))


def _present(session: Session, ticket: Ticket, zone: ZoneInfo, now: datetime) -> Present:
    assert ticket.called_at is not None
    is_called = ticket.state == TicketState.CALLED
    return Present(
        id=ticket.id,
        number=ticket.number,
        name=ticket.name,
        party=ticket.party,
        joined=moment(ticket.joined_at, zone),
        waited=span(ticket.called_at - ticket.joined_at),
        called=moment(ticket.called_at, zone),
        started=moment(ticket.started_at, zone) if ticket.started_at else None,
        so_far=span(now - (ticket.started_at or ticket.called_at)),
        texting=texting_of_call(session, ticket, now) if is_called else None,
        is_here=is_called and ticket.arrived_at is not None,
        is_missing=is_called and ticket.arrived_at is None and ticket.not_here_at is not None,
    )


def _others(
    session: Session,
    present: list[Ticket],
    duties: dict[int, Duty],
    servicer_id: int,
    zone: ZoneInfo,
    now: datetime,
) -> Iterable[Other]:
    serving = {ticket.servicer_id: ticket for ticket in present if ticket.servicer_id is not None}
    for other_id in sorted((serving.keys() | duties.keys()) - {servicer_id}):
        ticket, duty = serving.get(other_id), duties.get(other_id)
        servicer = ticket.servicer if ticket else duty.servicer if duty else None
        desk = ticket.desk if ticket else session.get(Desk, duty.desk_id) if duty and duty.desk_id else None
        since = (ticket.started_at or ticket.called_at) if ticket else None
        yield Other(
            servicer=servicer.name if servicer else "",
            desk=desk.name if desk else None,
            number=ticket.number if ticket else None,
            serving=ticket is not None and ticket.state == TicketState.SERVING,
            since=moment(since, zone) if since else None,
            so_far=span(now - since) if since else "",
        )


def _desks(
    session: Session, queue: Queue, desks: list[Desk], duties: dict[int, Duty], servicer_id: int
) -> Iterable[DeskChoice]:
    duty = duties.get(servicer_id)
    own = duty.desk_id if duty else usual_desk(session, queue.id, servicer_id)
    taken_by = {other.desk_id: other.servicer.name for other in duties.values() if other is not duty}
    for desk in desks:
        yield DeskChoice(desk.id, desk.name, desk.id == own, taken_by.get(desk.id))


def _last_press(session: Session, queue: Queue, servicer_id: int, now: datetime) -> LastPress | None:
    press = last_press(session, queue.id, servicer_id, now)
    return LastPress(press.id, words_of_press(session, press.id)) if press else None
