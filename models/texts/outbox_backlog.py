"""The outbox's backlog: what waits at each of our numbers, since when, and what is unknown. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnClause, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.people.business import OurNumber
from models.texts.daily_allowance import allowance
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState

# Longer than the longest call to the carrier, whose outcome a later text may have to wait for.
STUCK_AFTER = timedelta(seconds=60)
# Written exactly as in the partial indexes. The outcome of a text to somebody who was forgotten stays
# unknown, as nobody can be asked for it: such texts are left out.
UNSENT: tuple[ColumnClause[bool], ...] = (
    literal_column("state = 'waiting'"),
    literal_column("state IN ('sending', 'unknown') AND (state = 'sending' OR settle_after IS NOT NULL)"),
)


@dataclass
class Backlog:
    """The backlog of one of our numbers."""

    number: str
    """As the carrier spells it."""
    held_since: datetime | None
    held_reason: str | None
    waiting: int = 0
    sending: int = 0
    unknown: int = 0
    """The carrier will be asked for their outcome."""
    oldest_at: datetime | None = None
    """When the oldest of all these was queued."""


def stuck_numbers(session: Session, now: datetime) -> Iterator[str]:
    """A sentence for each of our numbers with texts due, from which none has been sent for a minute.

    A long backlog that is being sent is no problem; held numbers are reported by `carrier_troubles`.
    """
    then = now - STUCK_AFTER
    texts = OutboundMessage.__table__
    overdue = (
        UNSENT[0],
        texts.c.send_after <= then,
        or_(texts.c.expires_at.is_(None), texts.c.expires_at > now),
    )
    oldest = select(func.min(texts.c.send_after)).where(texts.c.our_number_id == OurNumber.id, *overdue)
    is_resting = and_(OurNumber.next_text_after.is_not(None), OurNumber.next_text_after > then)
    numbers = select(OurNumber, oldest.scalar_subquery()).where(OurNumber.held_at.is_(None), ~is_resting)
    for number, since in session.execute(numbers.order_by(OurNumber.id)):
        if since is None:
            continue
        left = allowance(session, number.business, now)
        why = f": the {left.most} texts of the day are used up" if left.is_used_up else ""
        yield f"nothing has left from {number.address} since {since:%Y-%m-%d %H:%M:%S} UTC{why}"


def backlogs(session: Session) -> list[Backlog]:
    """For each of our numbers, also if nothing waits."""
    found = {
        number.id: Backlog(str(number.address), number.held_at, number.held_reason)
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
