"""Sign-ups that came to nothing end by themselves: an e-mail nobody confirmed, and no use of the business.

Strangers who type other people's addresses leave no accounts behind. Whoever has been here lately, has given
one number to a customer, or was given a number of ours by the operator, stays.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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


def unused_sign_ups(session: Session, now: datetime, after: int) -> list[int]:
    """The ids of the next such businesses, at most AT_A_TIME, above the id `after`."""
    unused = _unused(now).where(Business.id > after).order_by(Business.id)
    return list(session.scalars(unused.limit(AT_A_TIME)))


def end_unused_sign_up(session: Session, tables: Sequence[Table], business_id: int, now: datetime) -> bool:
    """Delete this business with all that hangs on it, unless it is in use by now. Gives whether it was.

    `tables` are those of the whole database, in the order in which their rows are made.
    """
    unused = _unused(now).where(Business.id == business_id)
    if session.scalar(unused.with_for_update(of=Business)) is None:
        return False
    _delete(session, tables, business_id)
    return True


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
    """Follows the keys that a row must have. Of several the first does: others have no index."""
    owned: dict[str, Select[Any]] = {"businesses": select(Business.id).where(Business.id == business_id)}
    deletions = [delete(Business).where(Business.id == business_id)]
    for table in tables:
        keys = {key.column.table.name: key.parent for key in table.foreign_keys if not key.parent.nullable}
        owner = next((name for name in owned if name in keys), None)
        if owner is not None:
            of_business = keys[owner].in_(owned[owner])
            owned[table.name] = select(*table.primary_key).where(of_business)
            deletions.append(delete(table).where(of_business))
    for deletion in reversed(deletions):
        session.execute(deletion)
