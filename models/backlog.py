"""The outbox at a glance: what waits at each of our numbers, since when, and what is unknown. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnClause, func, literal_column, select
from sqlalchemy.orm import Session

from models.business import OurNumber
from models.message import OutboundMessage, TextState

# Written out as the partial indexes have them. A text of unknown outcome to somebody who was forgotten
# stays so: nobody can be asked for it.
UNSENT: tuple[ColumnClause[bool], ...] = (
    literal_column("state = 'waiting'"),
    literal_column("state IN ('sending', 'unknown') AND (state = 'sending' OR settle_after IS NOT NULL)"),
)


@dataclass
class Backlog:
    """Of one of our numbers."""

    number: str
    held_since: datetime | None
    held_reason: str | None
    waiting: int = 0
    sending: int = 0
    unknown: int = 0
    """The carrier will be asked what became of them."""
    oldest_at: datetime | None = None
    """When the first of all these was written."""


def backlogs(session: Session) -> list[Backlog]:
    """For each of our numbers, also where nothing waits."""
    found = {
        number.id: Backlog(number.phone, number.held_at, number.held_reason)
        for number in session.scalars(select(OurNumber).order_by(OurNumber.id))
    }
    texts = OutboundMessage.__table__
    for unsent in UNSENT:
        counts = select(texts.c.our_number_id, texts.c.state, func.count(), func.min(texts.c.created_at))
        grouped = counts.where(unsent).group_by(texts.c.our_number_id, texts.c.state)
        for number_id, state, count, oldest_at in session.execute(grouped):
            _add(found[number_id], state, count, oldest_at)
    return list(found.values())


def _add(backlog: Backlog, state: TextState, count: int, oldest_at: datetime) -> None:
    match state:
        case TextState.WAITING:
            backlog.waiting = count
        case TextState.SENDING:
            backlog.sending = count
        case _:
            backlog.unknown = count
    backlog.oldest_at = min(backlog.oldest_at or oldest_at, oldest_at)
