"""The tickets that the servicers of a queue have called or serve, formatted for their pages. Reads only."""

from datetime import datetime
from typing import NamedTuple

from models.queueing.counter.staff import AtWork
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.queueing.ticket_details import may_come_soon
from web.control.bubble import Bubble, answer_of, bubble, note_of, visit_of
from web.control.text_trouble import Texting
from web.control.ticket import coming_by
from web.http.clock_words import Moment, moment, span


class Present(NamedTuple):
    """The ticket that this servicer has called or serves."""

    id: int
    number: int | str  # as people see it: 12, or A12
    name: str | None
    party: int
    joined: Moment
    waited: str
    called: Moment
    started: Moment | None
    so_far: str  # time since the call, or since the service started
    texting: Texting | None  # only until the service starts
    is_here: bool
    is_missing: bool  # called long ago, and has not come
    coming: Moment | None  # they are there by then
    may_come_soon: bool  # and are waited for, if the servicer says so
    is_leaving: bool  # said so while being served
    bubble: Bubble | None
    note: str | None
    answer: str | None
    visit: str


class Other(NamedTuple):
    """Another servicer of the queue, and the ticket they serve."""

    servicer_id: int
    servicer: str
    desk: str | None
    ticket_id: int | None
    number: int | str | None
    state: str  # of that ticket
    is_leaving: bool
    coming: Moment | None
    bubble: Bubble | None
    note: str
    answer: str
    since: Moment | None
    so_far: str

    @property
    def serving(self) -> bool:
        return self.state == TicketState.SERVING


def present_of(queue: Queue, ticket: AtWork, texting: Texting | None, now: datetime) -> Present:
    assert ticket.ticket_id
    assert ticket.number
    assert ticket.joined_at
    assert ticket.called_at
    zone, is_called = queue.business.zone, ticket.state == TicketState.CALLED
    return Present(
        id=ticket.ticket_id,
        number=queue.numbered(ticket.number),
        name=ticket.name,
        party=ticket.party or 1,
        joined=moment(ticket.joined_at, zone, now),
        waited=span(ticket.called_at - ticket.joined_at),
        called=moment(ticket.called_at, zone),
        started=moment(ticket.started_at, zone) if ticket.started_at else None,
        so_far=span(now - (ticket.started_at or ticket.called_at)),
        texting=texting,
        is_here=is_called and ticket.arrived_at is not None,
        is_missing=is_called and ticket.arrived_at is None and ticket.not_here_at is not None,
        coming=coming_by(ticket, zone),
        may_come_soon=may_come_soon(ticket, queue, now),
        is_leaving=ticket.leaving_at is not None,
        bubble=_bubble(ticket),
        note=ticket.note,
        answer=ticket.answer,
        visit=visit_of(ticket.visit),
    )


def other_of(queue: Queue, one: AtWork, now: datetime) -> Other:
    zone, since = queue.business.zone, one.started_at or one.called_at
    return Other(
        servicer_id=one.servicer_id,
        servicer=one.servicer,
        desk=one.desk,
        ticket_id=one.ticket_id,
        number=queue.numbered(one.number) if one.number is not None else None,
        state=one.state or "",
        is_leaving=one.leaving_at is not None,
        coming=coming_by(one, zone),
        bubble=_bubble(one),
        note=note_of(one.note),
        answer=answer_of(one.answer),
        since=moment(since, zone) if since else None,
        so_far=span(now - since) if since else "",
    )


def _bubble(one: AtWork) -> Bubble | None:
    """What was said last to or by their customer."""
    if one.remark_id is None or not one.remark:  # erased
        return None
    return bubble(one.remark_id, one.remark, one.remark_by is None, one.unanswered_remarks or 0)
