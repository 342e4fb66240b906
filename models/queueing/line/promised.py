"""What somebody was told last of their wait, and whether it is still so. The rules; who acts on them is
`messages/changed_promises`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models.queueing.line.waits import Wait
from models.queueing.tables.tickets import Ticket

MOST_CHANGES = 2  # texts to one ticket that its wait has changed
# A line that stands may move again any minute: they are told shortly before their time is over.
LONGEST_NOTICE, SHORTEST_NOTICE, NOTICE_SHARE = timedelta(minutes=5), timedelta(minutes=1), 4
HURRY = timedelta(minutes=30)  # who has more than this before their turn need not hurry


class Change(StrEnum):
    LATER = "later"
    SOONER = "sooner"


class Promise(NamedTuple):
    """They would be called between these moments; None: told that the line doesn't move, so no promise."""

    told_at: datetime | None
    after: datetime | None
    until: datetime | None
    told_again: int  # how many texts told them that their wait has changed

    @classmethod
    def of(cls, ticket: Ticket | Row[Any]) -> "Promise":
        return cls(ticket.told_at, ticket.told_after, ticket.told_until, ticket.told_again)

    def changed(
        self, wait: Wait, tolerance_minutes: int, now: datetime, *, may_hurry: bool = False
    ) -> Change | None:
        """How the wait as it is now has left the promise by more than the tolerance; None: it has not, or its
        time is over. `may_hurry`: they don't know yet that they are nearly up, and are not there.

        Whoever was told that the line stands is told when it moves.
        """
        if self.told_at is None or not tolerance_minutes:
            return None
        if self.after is None or self.until is None:
            return Change.SOONER if self.told_again and wait.is_moving else None
        if now >= self.until:
            return None
        tolerance, called_at = timedelta(minutes=tolerance_minutes), now + timedelta(minutes=wait.expected)
        if called_at > self.until + tolerance:
            return Change.LATER
        if not wait.is_moving:
            notice = max(SHORTEST_NOTICE, min(LONGEST_NOTICE, (self.until - self.told_at) / NOTICE_SHARE))
            return Change.LATER if now >= self.until - notice else None
        hurries = may_hurry and called_at - now <= HURRY
        return Change.SOONER if hurries and called_at < self.after - tolerance else None


def may_hurry(ticket: Ticket | Row[Any]) -> bool:
    """Whether an earlier call may surprise them: not there, and not told shortly before it.

    A later text that it takes longer cancels an earlier one that they are nearly up.
    """
    alerted_at, told_at = ticket.alerted_at, ticket.told_at
    if alerted_at is not None and ticket.told_again and told_at is not None and alerted_at < told_at:
        alerted_at = None
    return alerted_at is None and ticket.arrived_at is None and ticket.lead_minutes is None


def told(wait: Wait, now: datetime) -> dict[str, Any]:
    """The columns of a ticket that keep what is told now."""
    if not wait.is_moving:
        return {"told_at": now, "told_after": None, "told_until": None}
    after, until = (now + timedelta(minutes=end) for end in (wait.low, wait.high))
    return {"told_at": now, "told_after": after, "told_until": until}


def keep_told(session: Session, ticket: Ticket, wait: Wait, now: datetime) -> None:
    """They are told this wait now, by an answer or another text than the one about a changed promise."""
    columns = told(wait, now)
    session.execute(_KEEP, {"ticket": ticket.id} | columns)
    for name, value in columns.items():
        set_committed_value(ticket, name, value)


_TABLE = Ticket.__table__
_KEEP = (
    update(_TABLE)  # type: ignore[arg-type]
    .where(_TABLE.c.id == bindparam("ticket"))
    .values({name: bindparam(name) for name in ("told_at", "told_after", "told_until")})
)
