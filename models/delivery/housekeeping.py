"""The outbox as a whole: when its next text is due, and repairs that run every few seconds.

Repaired are texts of clocks that died, texts that are too old, and what a wrong clock has left.

Sends nothing; `claiming.py` gives out what is due.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from models.delivery.claiming import IS_SENDING, IS_UNSETTLED, IS_WAITING, TEXTS
from models.delivery.claims import NotSent
from models.delivery.unreported import IS_UNREPORTED
from models.people.business import OurNumber
from models.texts.text_states import TextState

SKEW = timedelta(minutes=1)  # synchronized hosts differ by less
LONGEST_HOLD = timedelta(days=1)
LONGEST_REST = timedelta(minutes=15)
_NEXT_DUE = select(func.min(TEXTS.c.send_after)).where(IS_WAITING)


def next_text_due(session: Session) -> datetime | None:
    """When the next waiting text may be sent; None if none waits."""
    due_at: datetime | None = session.scalar(_NEXT_DUE)
    return due_at


def is_worth_looking(session: Session, now: datetime) -> bool:
    """False if there is certainly nothing here to repair, as when nobody is there."""
    texts = (IS_WAITING, IS_UNSETTLED, and_(IS_UNREPORTED, _is_put_off(now)))
    numbers = or_(_rests_too_long(now), _is_held_too_long(now))
    found = (*(select(TEXTS.c.id).where(each) for each in texts), select(OurNumber.id).where(numbers))
    return bool(session.scalar(select(or_(*(each.exists() for each in found)))))


def clocks_sending(session: Session) -> list[str]:
    """The clocks that have claimed a text and not recorded its outcome yet."""
    clocks = select(TEXTS.c.claimed_by).where(IS_UNSETTLED, IS_SENDING).distinct()
    return [clock for clock in session.scalars(clocks) if clock is not None]


def expire_leases(
    session: Session, now: datetime, *, settle_after: datetime, gone: Collection[str] = ()
) -> list[NotSent]:
    """Mark texts as unknown whose clock died during the call: their lease ran out, or it is in `gone`."""
    reason = "the clock that was sending it stopped"
    # The carrier's list has other words for a template: only a report can tell.
    settle_by_list = case((TEXTS.c.template_sid.is_(None), settle_after), else_=None)
    lapsed = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(IS_UNSETTLED, IS_SENDING, or_(TEXTS.c.lease_until < now, TEXTS.c.claimed_by.in_(gone)))
        .values(state=TextState.UNKNOWN, lease_until=None, settle_after=settle_by_list, error=reason)
        .returning(TEXTS.c.id, TEXTS.c.kind, TEXTS.c.ticket_id, TEXTS.c.queue_id, TEXTS.c.request_id)
    )
    return [
        NotSent(row.id, row.kind, row.ticket_id, row.queue_id, TextState.UNKNOWN, reason, row.request_id)
        for row in lapsed
    ]


def expire_stale(session: Session, now: datetime) -> int:
    """Expire texts that waited for too long; returns how many."""
    stale = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(IS_WAITING, or_(TEXTS.c.expires_at <= now, TEXTS.c.obsolete_at.is_not(None)))
        .values(state=TextState.EXPIRED, error="its time was over")
    )
    return int(stale.rowcount)  # type: ignore[attr-defined]


def end_rests(session: Session, now: datetime) -> None:
    """The clock was put back: every pause until a later moment was set by the time before."""
    session.execute(update(OurNumber).where(OurNumber.next_text_after > now).values(next_text_after=now))


def bring_forward(session: Session, now: datetime) -> int:
    """Make texts due now that a clock ahead of this one has postponed; returns how many.

    A host whose time is an hour wrong must not hold texts for that hour. No pause of a number is as long as
    LONGEST_REST.
    """
    session.execute(update(OurNumber).where(_rests_too_long(now)).values(next_text_after=now))
    session.execute(update(OurNumber).where(_is_held_too_long(now)).values(probe_after=now))
    done = session.execute(
        update(TEXTS)  # type: ignore[arg-type]
        .where(IS_WAITING, TEXTS.c.created_at > now + SKEW, TEXTS.c.send_after > now)
        .values(send_after=now)
    )
    for without_a_report in (IS_UNSETTLED, IS_UNREPORTED):
        session.execute(
            update(TEXTS)  # type: ignore[arg-type]
            .where(without_a_report, _is_put_off(now))
            .values(settle_after=now)
        )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _rests_too_long(now: datetime) -> ColumnElement[bool]:
    return OurNumber.next_text_after > now + LONGEST_REST


def _is_held_too_long(now: datetime) -> ColumnElement[bool]:
    return OurNumber.probe_after > now + LONGEST_HOLD


def _is_put_off(now: datetime) -> ColumnElement[bool]:
    return and_(TEXTS.c.claimed_at > now + SKEW, TEXTS.c.settle_after > now + LONGEST_REST)
