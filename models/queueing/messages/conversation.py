"""What a customer says in their own words about their ticket, heard at the counter."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import LIVE
from models.queueing.tables.tickets import Ticket
from models.storage.rate_limits import Limit, is_over
from models.texts.remarks import Remark, is_known

# What comes beyond is counted, and reaches nobody.
SAID_ON_TICKET = Limit("said on a ticket", 20, timedelta(hours=1))


def say(session: Session, ticket: Ticket, words: str, *, key: str, by: By, now: datetime) -> bool:
    """The customer says this to the counter, once per `key`. False if they have said too much this hour.

    The ticket must be locked. Raises NotPossible once it is over.
    """
    ticket.require(LIVE)
    if is_known(session, key):
        return True
    if is_over(session, SAID_ON_TICKET, ticket.id, now):
        return False
    remark = _add(session, ticket, words, key, by, now)
    changes: dict[str, Any] = {
        "last_remark_id": remark.id,
        "unanswered_remarks": ticket.unanswered_remarks + 1,
    }
    remark.event_id = ticket.change(session, EventKind.SAID, by, now, **changes)
    return True


def _add(session: Session, ticket: Ticket, words: str, key: str, by: By, now: datetime) -> Remark:
    remark = Remark(
        key=key,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        servicer_id=by.servicer_id,
        words=words,
        at=ticket.not_before(now),
    )
    session.add(remark)
    session.flush()
    return remark
