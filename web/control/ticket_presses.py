"""Presses about one ticket, from its own page: remove, put first, transfer."""

from flask_babel import gettext as _

from models.queueing import ending, moving
from models.queueing.line.queries import count_ahead
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.transfer import transfer as transfer_ticket
from web.control.counter import Counter


def remove(counter: Counter) -> str | None:
    ticket = counter.meant()
    ending.remove(counter.session, ticket, by=counter.by, now=counter.now)
    if not counter.asked.ticket_id:
        return None
    return _("%(number)s is removed from the line.", number=ticket.number)


def put_first(counter: Counter) -> str | None:
    ticket = counter.named()
    if count_ahead(counter.session, ticket) == 0:
        raise NotPossible("already_first", number=ticket.number)
    moving.put_first(counter.session, ticket, by=counter.by, now=counter.now)
    return _("%(number)s is first in line now.", number=ticket.number)


def transfer(counter: Counter) -> str | None:
    ticket = counter.named()
    if counter.to is None:
        raise NotPossible("same_queue", number=ticket.number)
    moved = transfer_ticket(counter.session, ticket, counter.to, by=counter.by, now=counter.now)
    return _(
        "%(number)s is number %(there)s for %(queue)s now.",
        number=ticket.number,
        there=moved.number,
        queue=counter.to.name,
    )
