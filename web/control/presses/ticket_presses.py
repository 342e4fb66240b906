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
from web.control.counter import Counter
from web.control.words import people


def call_this(counter: Counter) -> str | None:
    ticket, duty = counter.named(), counter.duty
    desk_id = duty.desk_id if duty else None
    calling.call_this(
        counter.session, ticket, counter.servicer, desk_id=desk_id, by=counter.by, now=counter.now
    )
    return None


def coming(counter: Counter) -> str | None:
    """The servicer knows that they are on their way: reminder and no-show wait, as if they had said so."""
    ticket = counter.meant()
    ticket.require((TicketState.CALLED,))
    if not may_come_soon(ticket, counter.now):
        raise NotPossible("already_here" if ticket.arrived_at else "waited_enough", of=ticket)
    come_soon(counter.session, ticket, None, by=counter.by, now=counter.now)
    return None


def hold(counter: Counter) -> str | None:
    ticket = counter.meant()
    moving.set_aside(counter.session, ticket, by=counter.by, now=counter.now)
    return None


def remove(counter: Counter) -> str | None:
    ticket = counter.meant()
    ending.remove(counter.session, ticket, by=counter.by, now=counter.now)
    if not counter.asked.ticket_id:
        return None
    return _("%(number)s was removed from the line.", number=ticket.label)


def put_first(counter: Counter) -> str | None:
    ticket = counter.named()
    if count_ahead(counter.session, ticket) == 0 and ticket.set_aside_at is None:
        raise NotPossible("already_first", of=ticket)
    moving.put_first(counter.session, ticket, by=counter.by, now=counter.now)
    return _("%(number)s is now first in line.", number=ticket.label)


def transfer(counter: Counter) -> str | None:
    ticket = counter.named()
    if counter.to is None:
        raise NotPossible("same_queue", of=ticket)
    moved = transfer_ticket(counter.session, ticket, counter.to, by=counter.by, now=counter.now)
    return _(
        "%(number)s is now number %(there)s for %(queue)s.",
        number=ticket.label,
        there=moved.label,
        queue=counter.to.name,
    )


def bring_back(counter: Counter) -> str | None:
    """The ticket of the page, or everybody whom the last closing sent away."""
    if not counter.asked.ticket_id:
        return _bring_back_the_line(counter)
    ticket = counter.named()
    ahead = bring_back_ticket(counter.session, ticket, by=counter.by, now=counter.now)
    return _("%(number)s is back in line, with %(ahead)s ahead.", number=ticket.label, ahead=ahead)


def _bring_back_the_line(counter: Counter) -> str | None:
    """A closed queue is opened again, so that whoever is back can be called."""
    session, queue = counter.session, counter.queue
    tickets = closed_line(session, queue, counter.now)
    if not tickets:
        raise NotPossible("nobody_to_bring_back")
    if queue.state == QueueState.CLOSED:
        open_queue(session, queue, by=counter.by, now=counter.now)
    for ticket in tickets:
        bring_back_ticket(session, ticket, by=counter.by, now=counter.now)
    return _("The queue is open, with %(people)s back in line.", people=people(len(tickets)))


def take_over(counter: Counter) -> str | None:
    """A colleague's customer becomes the servicer's own, who must have nobody else."""
    ticket, duty = counter.shown(), counter.duty
    desk_id = duty.desk_id if duty else None
    taking_over.take_over(
        counter.session, ticket, counter.servicer, desk_id=desk_id, by=counter.by, now=counter.now
    )
    return None


def note(counter: Counter) -> str | None:
    """From any page that showed the ticket, whoever has it by now: the note is about the person."""
    ticket, typed = counter.of_page(), counter.asked.note
    if ticket is None:
        raise NotPossible("not_here")
    words = sanitized(typed)
    if typed.strip() and not words:
        raise NotPossible("note_unreadable", of=ticket)
    write_note(counter.session, ticket, words, shown=counter.asked.noted, by=counter.by, now=counter.now)
    if words:
        return _("Your note on %(number)s is saved.", number=ticket.label)
    return _("%(number)s has no note now.", number=ticket.label)
