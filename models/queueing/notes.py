"""Words that stand on the ticket alone and are erased with the name: what servicers note about a customer for
each other, and what customers answer to the queue's question.

No event has them: nobody would look for them there to erase them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.tickets import Ticket

LONGEST_NOTE = 200
LONGEST_ANSWER = 200


def can_be_noted(ticket: Ticket) -> bool:
    """Also once it has ended, until its customer is forgotten; one that was transferred goes on elsewhere."""
    return ticket.moved_to_id is None and ticket.customer.forgotten_at is None


def write_note(session: Session, ticket: Ticket, words: str, *, shown: str, by: By, now: datetime) -> None:
    """In place of what was noted before; no words take the note away. The ticket must be locked.

    `shown` is the note that the servicer saw: a colleague's is never replaced unread. Raises NotPossible
    ("note_closed" | "note_too_long" | "note_changed").
    """
    if not can_be_noted(ticket):
        raise NotPossible("note_closed", of=ticket)
    if len(words) > LONGEST_NOTE:
        raise NotPossible("note_too_long", number=len(words))
    noted = ticket.note or ""
    if words == noted:
        return
    if shown != noted:
        raise NotPossible("note_changed", of=ticket)
    ticket.note = words or None
    _record(session, ticket, EventKind.NOTED, by, now)


def answer_question(session: Session, ticket: Ticket, words: str, *, by: By, now: datetime) -> None:
    """What they say to the queue's question, in place of what they said before. The ticket must be locked."""
    if words == ticket.answer:
        return
    ticket.answer = words[:LONGEST_ANSWER]
    _record(session, ticket, EventKind.ANSWERED, by, now)


def _record(session: Session, ticket: Ticket, kind: EventKind, by: By, now: datetime) -> None:
    """Not by the ticket's `change`, as its event keeps the value before."""
    ticket.queue.revision += 1
    at = ticket.not_before(now)
    record(session, kind, queue_id=ticket.queue_id, ticket_id=ticket.id, by=by, now=at)
