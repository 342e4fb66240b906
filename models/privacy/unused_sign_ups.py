"""Sign-ups that came to nothing end by themselves: an e-mail nobody confirmed, and no use of the business.

Strangers who type other people's addresses leave no accounts behind. Whoever has been here lately, has given
one number to a customer, or was given a number of ours by the operator, stays.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, Table, delete, exists, select
from sqlalchemy.orm import Session

from models.people.browser_sessions import BrowserSession
from models.people.business import Business, OurNumber
from models.people.mailed_links import Link
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket

UNUSED_FOR = timedelta(days=30)
AT_A_TIME = 5


def end_unused_sign_ups(session: Session, tables: Sequence[Table], now: datetime) -> list[int]:
    """Delete the businesses of such sign-ups, with all that hangs on them. Gives their ids.

    `tables` are those of the whole database, in the order in which their rows are made.
    """
    unused = _unused(now).order_by(Business.id).limit(AT_A_TIME)
    found = session.scalars(unused.with_for_update(of=Business)).all()
    for business_id in found:
        _delete(session, tables, business_id)
    return list(found)


def _unused(now: datetime) -> Select[int]:
    since = now - UNUSED_FOR
    staff = Servicer.business_id == Business.id
    queues = select(Queue.id).where(Queue.business_id == Business.id)
    return select(Business.id).where(
        Business.created_at < since,
        exists().where(staff),
        ~exists().where(staff, Servicer.email_proved_at.is_not(None)),
        ~exists().where(staff, Servicer.id == BrowserSession.servicer_id, BrowserSession.seen_at >= since),
        ~exists().where(Link.business_id == Business.id, Link.created_at >= since),
        ~exists().where(OurNumber.business_id == Business.id),
        ~exists().where(Ticket.queue_id.in_(queues)),
    )


def _delete(session: Session, tables: Sequence[Table], business_id: int) -> None:
    """A row that hangs on several of them hangs on the first: others of its columns have no index."""
    owners = {
        "businesses": select(Business.id).where(Business.id == business_id),
        "queues": select(Queue.id).where(Queue.business_id == business_id),
        "servicers": select(Servicer.id).where(Servicer.business_id == business_id),
    }
    for table in reversed(tables):
        keys = {key.column.table.name: key.parent for key in table.foreign_keys}
        owner = next((name for name in owners if name in keys), None)
        if owner is not None:
            session.execute(delete(table).where(keys[owner].in_(owners[owner])))
    session.execute(delete(Business).where(Business.id == business_id))
