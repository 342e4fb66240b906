"""Presses about one ticket, most on its page: call, coming, hold, remove, put first, transfer, others."""

from flask_babel import gettext as _

from bot.sanitizing import sanitized
from models.queueing import calling, ending, moving, taking_over
from models.queueing.line.queries import count_ahead
from models.queueing.notes import write_note
from models.queueing.opening import open_queue
from models.queueing.returning import bring_back as bring_back_ticket, closed_line
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.ticket_details import come_soon, may_come_soon
from models.queueing.transfer import transfer as transfer_ticket
from web.control.press_context import PressContext
from web.control.words import people


def call_this(context: PressContext) -> str | None:
    ticket = context.ticket_they_may_change()
    calling.call_this(
        context.session, ticket, context.servicer, desk_id=context.desk_id, by=context.by, now=context.now
    )
    return None


def coming(context: PressContext) -> str | None:
    """The servicer knows that they are on their way: reminder and no-show wait, as if they had said so."""
    ticket = context.ticket_or_present()
    ticket.require((TicketState.CALLED,))
    if not may_come_soon(ticket, ticket.queue, context.now):
        raise NotPossible("already_here" if ticket.arrived_at else "waited_enough", of=ticket)
    come_soon(context.session, ticket, None, by=context.by, now=context.now)
    return None


def hold(context: PressContext) -> str | None:
    ticket = context.ticket_or_present()
    moving.set_aside(context.session, ticket, by=context.by, now=context.now)
    return None


def remove(context: PressContext) -> str | None:
    ticket = context.ticket_or_present()
    ending.remove(context.session, ticket, by=context.by, now=context.now)
    if not context.asked.ticket_id:
        return None
    return _("%(number)s was removed from the line.", number=ticket.label)


def put_first(context: PressContext) -> str | None:
    ticket = context.ticket_they_may_change()
    if count_ahead(context.session, ticket) == 0 and ticket.set_aside_at is None:
        raise NotPossible("already_first", of=ticket)
    moving.put_first(context.session, ticket, by=context.by, now=context.now)
    return _("%(number)s is now first in line.", number=ticket.label)


def transfer(context: PressContext) -> str | None:
    ticket = context.ticket_they_may_change()
    if context.to is None:
        raise NotPossible("same_queue", of=ticket)
    moved = transfer_ticket(context.session, ticket, context.to, by=context.by, now=context.now)
    return _(
        "%(number)s is now number %(there)s for %(queue)s.",
        number=ticket.label,
        there=moved.label,
        queue=context.to.name,
    )


def bring_back(context: PressContext) -> str | None:
    """The ticket of the page, or everybody whom the last closing sent away."""
    if not context.asked.ticket_id:
        return _bring_back_the_line(context)
    ticket = context.ticket_they_may_change()
    ahead = bring_back_ticket(context.session, ticket, by=context.by, now=context.now)
    return _("%(number)s is back in line, with %(ahead)s ahead.", number=ticket.label, ahead=ahead)


def _bring_back_the_line(context: PressContext) -> str | None:
    """A closed queue is opened again, so that whoever is back can be called."""
    session, queue = context.session, context.queue
    tickets = closed_line(session, queue, context.now)
    if not tickets:
        raise NotPossible("nobody_to_bring_back")
    if queue.state == QueueState.CLOSED:
        open_queue(session, queue, by=context.by, now=context.now)
    for ticket in tickets:
        bring_back_ticket(session, ticket, by=context.by, now=context.now)
    return _("The queue is open, with %(people)s back in line.", people=people(len(tickets)))


def take_over(context: PressContext) -> str | None:
    """A colleague's customer becomes the servicer's own, who must have nobody else."""
    ticket = context.ticket_as_shown()
    taking_over.take_over(
        context.session, ticket, context.servicer, desk_id=context.desk_id, by=context.by, now=context.now
    )
    return None


def note(context: PressContext) -> str | None:
    """From any page that showed the ticket, whoever has it by now: the note is about the person."""
    ticket, typed = context.ticket_of_page(), context.asked.note
    if ticket is None:
        raise NotPossible("not_here")
    words = sanitized(typed)
    if typed.strip() and not words:
        raise NotPossible("note_unreadable", of=ticket)
    write_note(context.session, ticket, words, shown=context.asked.noted, by=context.by, now=context.now)
    if words:
        return _("Your note on %(number)s is saved.", number=ticket.label)
    return _("%(number)s has no note now.", number=ticket.label)
