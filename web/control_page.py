"""What the servicer's page shows, read at one moment and put in words. Reads only; knows no request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from models.changes import newest_change
from models.duty import Duty, on_duty, usual_desk
from models.people import Customer, OptOut
from models.press import last_press
from models.queues import Desk, Queue, QueueState
from models.ticket import PRESENT, Ticket, TicketState
from models.ticket_states import among
from models.waiting import WaitState
from models.waits import Wait
from web.control_words import words_of_press
from web.text_trouble import texting_down, trouble_of_call, trouble_of_waiting

SHOWN_AT_MOST = 300


@dataclass(frozen=True)
class Moment:
    """A moment as people read it at the counter, and as machines do."""

    clock: str
    iso: str


@dataclass(frozen=True)
class Waiting:
    """A row of the line."""

    id: int
    number: int
    name: str | None
    party: int
    joined: Moment
    waited: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Present:
    """Whom this servicer has called or serves."""

    id: int
    number: int
    name: str | None
    party: int
    called: Moment
    started: Moment | None
    waited: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Other:
    """Another servicer of the queue, and whom they serve."""

    servicer: str
    desk: str | None
    number: int | None
    serving: bool
    since: Moment | None


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
    texting_down: tuple[str, ...]
    has_elsewhere: bool  # the business has another queue

    @property
    def is_open(self) -> bool:
        return self.state == QueueState.OPEN

    @property
    def is_staffed(self) -> bool:
        return self.wait.state != WaitState.UNSTAFFED

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
    present = queue.present(session)
    mine = next((ticket for ticket in present if ticket.servicer_id == servicer_id), None)
    duties = {duty.servicer_id: duty for duty in on_duty(session, queue.id)}
    count = queue.waiting_count(session)
    return ControlPage(
        keyword=queue.keyword,
        change=newest_change(session, queue),
        name=queue.name,
        state=queue.state,
        present=_present(session, mine, zone, now) if mine else None,
        waiting=tuple(
            _waiting(ticket, text_trouble, held_by, zone, now)
            for ticket, text_trouble, held_by in _line(session, queue)
        ),
        waiting_count=count,
        wait=queue.wait_after(session, count, now),
        others=tuple(_others(session, present, duties, servicer_id, zone)),
        desks=tuple(_desks(session, queue, duties, servicer_id)),
        last_press=_last_press(session, queue, servicer_id, now),
        is_on_duty=servicer_id in duties,
        done_calls_next=done_calls_next and not queue.is_paused,
        needs_backup=queue.backup_above is not None and count > queue.backup_above,
        texting_down=tuple(texting_down(session, queue.business)),
        has_elsewhere=_has_elsewhere(session, queue),
    )


def _has_elsewhere(session: Session, queue: Queue) -> bool:
    others = exists().where(
        Queue.business_id == queue.business_id, Queue.id != queue.id, Queue.archived_at.is_(None)
    )
    return bool(session.scalar(select(others)))


def span(length: timedelta) -> str:
    """How long, as one would say it; also over a day."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "under 1 min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{minutes} min"


def moment(at: datetime, zone: ZoneInfo) -> Moment:
    local = at.astimezone(zone)
    return Moment(local.strftime("%H:%M"), local.isoformat(timespec="seconds"))


def _present(session: Session, ticket: Ticket, zone: ZoneInfo, now: datetime) -> Present:
    assert ticket.called_at is not None
    return Present(
        id=ticket.id,
        number=ticket.number,
        name=ticket.name,
        party=ticket.party,
        called=moment(ticket.called_at, zone),
        started=moment(ticket.started_at, zone) if ticket.started_at else None,
        waited=span(ticket.called_at - ticket.joined_at),
        marks=tuple(_marks_of_present(session, ticket, now)),
    )


def _marks_of_present(session: Session, ticket: Ticket, now: datetime) -> Iterable[str]:
    if ticket.state == TicketState.CALLED:
        if mark := trouble_of_call(session, ticket, now):
            yield mark
        if ticket.arrived_at:
            yield "here"
        elif ticket.not_here_at:
            yield "not here?"


def _line(session: Session, queue: Queue) -> list[tuple[Ticket, str | None, str | None]]:
    """The line, what is wrong with texting each (can_be_texted, in one question for all), and in which
    other queue they are called or served: until that is done they are not called here."""
    opted_out = (OptOut.phone_hash == Customer.phone_hash) & (OptOut.our_number_id == Ticket.our_number_id)
    reachable = Ticket.our_number_id.is_not(None) & Customer.phone_ciphertext.is_not(None)
    reachable = reachable & Customer.unreachable_at.is_(None) & OptOut.phone_hash.is_(None)
    there, elsewhere = aliased(Ticket), aliased(Queue)
    held_by = (
        select(elsewhere.name)
        .join(there, there.queue_id == elsewhere.id)
        .where(there.customer_id == Ticket.customer_id, among(there.state, PRESENT))
        .scalar_subquery()
    )
    line = (
        select(Ticket, reachable, Customer.text_failed_at.is_not(None), held_by)
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(OptOut, opted_out)
        .where(Ticket.queue_id == queue.id, Ticket.state == TicketState.WAITING)
    )
    rows = session.execute(line.order_by(Ticket.position).limit(SHOWN_AT_MOST))
    return [
        (ticket, trouble_of_waiting(can_be_texted, has_failed), held_by)
        for ticket, can_be_texted, has_failed, held_by in rows
    ]


def _waiting(
    ticket: Ticket, text_trouble: str | None, held_by: str | None, zone: ZoneInfo, now: datetime
) -> Waiting:
    marks = [text_trouble] if text_trouble else []
    if held_by is not None:
        marks.append(f"at {held_by} now")
    if ticket.arrived_at:
        marks.append("here")
    return Waiting(
        id=ticket.id,
        number=ticket.number,
        name=ticket.name,
        party=ticket.party,
        joined=moment(ticket.joined_at, zone),
        waited=span(now - ticket.joined_at),
        marks=tuple(marks),
    )


def _others(
    session: Session, present: list[Ticket], duties: dict[int, Duty], servicer_id: int, zone: ZoneInfo
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
        )


def _desks(session: Session, queue: Queue, duties: dict[int, Duty], servicer_id: int) -> Iterable[DeskChoice]:
    duty = duties.get(servicer_id)
    own = duty.desk_id if duty else usual_desk(session, queue.id, servicer_id)
    taken_by = {other.desk_id: other.servicer.name for other in duties.values() if other is not duty}
    for desk in queue.desks:
        yield DeskChoice(desk.id, desk.name, desk.id == own, taken_by.get(desk.id))


def _last_press(session: Session, queue: Queue, servicer_id: int, now: datetime) -> LastPress | None:
    press = last_press(session, queue.id, servicer_id, now)
    return LastPress(press.id, words_of_press(session, press.id)) if press else None
