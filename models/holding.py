"""A number of ours that does not get through: it rests while the carrier is away, and is held while our
account has to be mended or its day's limit is reached. Then only a probe leaves now and then, so that it
goes on by itself. Kept on the number's row, for all clocks.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.business import Business, OurNumber
from models.message import OutboundMessage, TextState
from models.rejection import RejectionKind

HOLDS = (RejectionKind.OUR_CONFIGURATION, RejectionKind.DAILY_CAP)
# So many calls in a row that sent nothing are no accident: the carrier is away, not one text unlucky.
FAILURES_OF_AN_OUTAGE = 3
LONGEST_REST = timedelta(seconds=10)
FIRST_PROBE = timedelta(seconds=5)
LONGEST_BETWEEN_PROBES = timedelta(minutes=5)
BETWEEN_PROBES_OF_A_CAP = timedelta(hours=1)
CAPS_END_AT_MIDNIGHT_IN = ZoneInfo("America/Los_Angeles")


def lock_number(session: Session, our_number_id: int) -> OurNumber:
    """NO KEY, since whoever puts a text into the outbox holds a key share of its number."""
    found = select(OurNumber).where(OurNumber.id == our_number_id).with_for_update(key_share=True)
    return session.scalars(found, execution_options={"populate_existing": True}).one()


def may_send_after(number: OurNumber) -> datetime | None:
    """From when the next text may leave: after the pause for the last one, and held: when a probe may."""
    moments = [number.next_text_after, number.probe_after if number.held_at else None]
    return max((moment for moment in moments if moment is not None), default=None)


def note_failure(session: Session, our_number_id: int, now: datetime) -> datetime | None:
    """A call got nothing through. During an outage the number rests; gives until when."""
    number = lock_number(session, our_number_id)
    number.failures += 1
    if number.held_at is not None:
        number.probe_after = now + _between_probes(number)
    if number.failures < FAILURES_OF_AN_OUTAGE:
        return None
    rest = min(LONGEST_REST, timedelta(seconds=2.0 ** min(number.failures - FAILURES_OF_AN_OUTAGE, 10)))
    number.next_text_after = max(number.next_text_after or now, now + rest)
    return number.next_text_after


def note_success(
    session: Session, our_number_id: int, now: datetime, *, claimed_at: datetime, was_delivered: bool = False
) -> bool:
    """A text got through. True if that ends a hold; what was put off then leaves now, as urgent as it is.

    A hold that a delivery report began is not ended by an acceptance, which there had been before too.
    """
    seen = session.get_one(OurNumber, our_number_id)
    if seen.failures == 0 and seen.unanswered == 0 and seen.held_at is None:
        return False
    number = lock_number(session, our_number_id)
    is_over = (
        number.held_at is not None
        and claimed_at >= number.held_at
        and (was_delivered or not number.held_by_report)
    )
    was_away = number.failures >= FAILURES_OF_AN_OUTAGE
    number.failures = number.unanswered = 0
    if is_over:
        number.held_at = number.held_kind = number.held_reason = number.probe_after = None
        number.held_by_report, number.probes = False, 0
    if is_over or was_away:
        _put_off_no_longer(session, our_number_id, now)
    return is_over


def note_no_answer(session: Session, our_number_id: int) -> None:
    """A call got through, and nobody knows what became of it."""
    number = OurNumber.id == our_number_id
    session.execute(update(OurNumber).where(number).values(unanswered=OurNumber.unanswered + 1))


def note_answer(session: Session, our_number_id: int) -> None:
    """The carrier answers, be it with a refusal or a list."""
    number = (OurNumber.id == our_number_id, OurNumber.unanswered > 0)
    session.execute(update(OurNumber).where(*number).values(unanswered=0))


def carrier_troubles(session: Session) -> Iterator[str]:
    """A sentence for each number of ours with which the carrier does not do as it should."""
    for number in session.scalars(select(OurNumber).order_by(OurNumber.id)):
        if number.held_at is not None:
            yield f"nothing leaves from {number.phone}: {number.held_reason}"
        elif number.failures >= FAILURES_OF_AN_OUTAGE:
            yield f"takes no texts from {number.phone}: {number.failures} calls in a row sent nothing"
        elif number.unanswered >= FAILURES_OF_AN_OUTAGE:
            yield f"does not answer for {number.phone}: {number.unanswered} calls in a row"


def hold(
    session: Session,
    our_number_id: int,
    kind: RejectionKind,
    reason: str,
    now: datetime,
    *,
    claimed_at: datetime,
    by_report: bool = False,
) -> datetime:
    """Nothing leaves from this number any more but probes. Gives when the next may."""
    number = lock_number(session, our_number_id)
    if number.held_at is None:
        number.held_at, number.probes, number.held_by_report = now, 0, by_report
    elif claimed_at >= number.held_at:  # a probe, not a call that was under way when the hold began
        number.probes += 1
        number.held_by_report = by_report
    number.held_kind, number.held_reason = kind, reason[:200]
    number.probe_after = now + _between_probes(number)
    if kind == RejectionKind.DAILY_CAP:
        number.probe_after = min(_next_midnight(now), now + BETWEEN_PROBES_OF_A_CAP)
    return number.probe_after


def held_numbers(business: Business) -> list[OurNumber]:
    """The business's numbers whose texts are held, with what is wrong in `held_reason`."""
    return [number for number in business.numbers if number.held_at is not None]


def _put_off_no_longer(session: Session, our_number_id: int, now: datetime) -> None:
    put_off = (
        OutboundMessage.our_number_id == our_number_id,
        OutboundMessage.state == TextState.WAITING,
        OutboundMessage.attempts > 0,
        OutboundMessage.send_after > now,
    )
    session.execute(update(OutboundMessage).where(*put_off).values(send_after=now))


def _between_probes(number: OurNumber) -> timedelta:
    if number.held_kind == RejectionKind.DAILY_CAP:
        return BETWEEN_PROBES_OF_A_CAP
    pause: timedelta = FIRST_PROBE * 2 ** min(number.probes, 10)
    return min(LONGEST_BETWEEN_PROBES, pause)


def _next_midnight(now: datetime) -> datetime:
    there = now.astimezone(CAPS_END_AT_MIDNIGHT_IN)
    return datetime.combine(there.date() + timedelta(days=1), time(0), CAPS_END_AT_MIDNIGHT_IN)
