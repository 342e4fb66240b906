"""What an address names: a queue of the key's, a ticket of that queue, a servicer of the business.

Whatever belongs to anybody else does not exist: 404.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import LARGEST_ID
from web.api.bearer import program
from web.api.bodies import number_field, text_field
from web.http.day_turn import turn_day_of
from web.http.old_addresses import own_queue_at
from web.http.problems import Problem

LONGEST_ADDRESS = 40
TICKET_ID = re.compile(r"t([0-9]{1,18})", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def queue_of_key(session: Session, keyword: str, *, turns: bool = True) -> Queue:
    """404 unless the key is good for it. `turns`: its day, if that is over; of no use before a press."""
    mine = program()
    is_one = len(keyword) <= LONGEST_ADDRESS and keyword.isprintable()
    queue = own_queue_at(session, mine.business_id, keyword) if is_one else None
    if queue is None or mine.queue_id not in (None, queue.id):
        raise Problem(404, "no_such_queue", "This key is good for no queue with that keyword.")
    if turns:
        turn_day_of(session, queue, datetime.now(UTC))
    return queue


def ticket_named(session: Session, queue: Queue, named: str) -> Ticket:
    """By its id, or by its number: of today, or of an earlier day while it waits or is served."""
    found = None
    if (by_id := TICKET_ID.fullmatch(named)) is not None:
        found = session.get(Ticket, int(by_id[1]))
    elif NUMBER.fullmatch(named):
        of_number = select(Ticket).where(Ticket.queue_id == queue.id, Ticket.number == int(named))
        is_meant = or_(Ticket.day == queue.numbered_day, among(Ticket.state, LIVE))
        found = session.scalar(of_number.where(is_meant).order_by(Ticket.day.desc()).limit(1))
    if found is None or found.queue_id != queue.id:
        raise Problem(404, "no_such_ticket", "There is no such ticket in this queue.")
    return found


def servicer_named(session: Session, fields: Mapping[str, Any]) -> Servicer | None:
    """The colleague whom the field names, by email or id. None if it is missing."""
    named = fields.get("servicer")
    if named is None:
        return None
    if isinstance(named, int):
        number = number_field(fields, "servicer") or 0
        found = session.get(Servicer, number) if 0 < number <= LARGEST_ID else None
    else:
        found = Servicer.by_email(session, text_field(fields, "servicer"))
    if found is None or found.business_id != program().business_id or found.left_at is not None:
        raise Problem(404, "no_such_servicer", "Nobody who works here has that email or id.")
    return found
