"""The circuit breaker of each of our numbers. It pauses while the carrier is away, and is held while our
account needs repair or the carrier's daily limit is reached; then only an occasional probe leaves, so that
sending resumes by itself. Stored on the number's row, for all clocks.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.people.business import Business, OurNumber
from models.texts.error_codes import RejectionKind
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState

HOLDS = (RejectionKind.OUR_CONFIGURATION, RejectionKind.DAILY_CAP)
# These hold a number only after so many different phones in a row (suspicion.py); the calls to others go on.
SUSPICIONS = {RejectionKind.PERHAPS_OURS: 3, RejectionKind.NETWORK_CAP: 5}
# After so many failed calls in a row the carrier is away; it is not the fault of one text.
FAILURES_OF_AN_OUTAGE = 3
LONGEST_REST = timedelta(seconds=10)
FIRST_PROBE = timedelta(seconds=5)
LONGEST_BETWEEN_PROBES = timedelta(minutes=5)
BETWEEN_PROBES_OF_A_CAP = timedelta(hours=1)
CAPS_END_AT_MIDNIGHT_IN = "America/Los_Angeles"


def lock_number(session: Session, our_number_id: int) -> OurNumber:
    """Lock with FOR NO KEY UPDATE: inserting into the outbox holds a key share lock on the number."""
    found = select(OurNumber).where(OurNumber.id == our_number_id).with_for_update(key_share=True)
    return session.scalars(found, execution_options={"populate_existing": True}).one()


def may_send_after(number: OurNumber) -> datetime | None:
    """When the next text may leave: after the pause for the last one and, if held, when a probe is due."""
    moments = [number.next_text_after, number.probe_after if number.held_at else None]
    return max((moment for moment in moments if moment is not None), default=None)


def only_calls_leave(number: OurNumber, now: datetime) -> bool:
    """Held for an error that may not concern others: whoever is called is told, and that is a probe too."""
    waits = number.probe_after is not None and number.probe_after > now
    return number.held_at is not None and number.held_kind in SUSPICIONS and waits


def record_failure(session: Session, our_number_id: int, now: datetime) -> datetime | None:
    """Record a call that sent nothing. During an outage the number pauses; returns until when."""
    number = lock_number(session, our_number_id)
    number.failures += 1
    if number.held_at is not None:
        number.probe_after = now + _between_probes(number)
    if number.failures < FAILURES_OF_AN_OUTAGE:
        return None
    rest = min(LONGEST_REST, timedelta(seconds=2.0 ** min(number.failures - FAILURES_OF_AN_OUTAGE, 10)))
    number.next_text_after = max(number.next_text_after or now, now + rest)
    return number.next_text_after


def record_success(
    session: Session, our_number_id: int, now: datetime, *, claimed_at: datetime, was_delivered: bool = False
) -> bool:
    """Record a text that got through. True if that ends a hold; postponed texts then leave by priority.

    A hold that a delivery report began is not ended by an acceptance: the failed text was accepted as well.
    """
    seen = session.get_one(OurNumber, our_number_id)
    is_quiet = seen.failures == 0 and seen.unanswered == 0 and seen.suspected_code is None
    if is_quiet and seen.held_at is None:
        return False
    number = lock_number(session, our_number_id)
    if was_delivered or not number.suspected_by_report:
        number.suspected_code = number.suspected_phones = None
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
        _send_postponed_now(session, our_number_id, now)
    return is_over


def record_no_answer(session: Session, our_number_id: int) -> None:
    """Record a call whose outcome is unknown."""
    number = OurNumber.id == our_number_id
    session.execute(update(OurNumber).where(number).values(unanswered=OurNumber.unanswered + 1))


def record_answer(session: Session, our_number_id: int) -> None:
    """Record that the carrier answers, be it with a refusal or a list."""
    number = (OurNumber.id == our_number_id, OurNumber.unanswered > 0)
    session.execute(update(OurNumber).where(*number).values(unanswered=0))


def carrier_troubles(session: Session) -> Iterator[str]:
    """A sentence for each of our numbers that is held or whose calls to the carrier fail."""
    for number in session.scalars(select(OurNumber).order_by(OurNumber.id)):
        trouble = _trouble_of(number)
        if trouble is not None:
            yield trouble


def troubled_businesses(session: Session) -> set[int]:
    """The businesses with such a number in use."""
    in_use = session.scalars(select(OurNumber).where(OurNumber.retired_at.is_(None)))
    return {number.business_id for number in in_use if _trouble_of(number) is not None}


def _trouble_of(number: OurNumber) -> str | None:
    if number.held_at is not None:
        what = "only calls leave" if number.held_kind in SUSPICIONS else "nothing leaves"
        return f"{what} from {number.address}: {number.held_reason}"
    if number.failures >= FAILURES_OF_AN_OUTAGE:
        return f"takes no texts from {number.address}: {number.failures} calls in a row sent nothing"
    if number.unanswered >= FAILURES_OF_AN_OUTAGE:
        return f"does not answer for {number.address}: {number.unanswered} calls in a row"
    return None


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
    """Let only probes leave from this number. Returns when the next may."""
    number = lock_number(session, our_number_id)
    if number.held_at is None:
        number.held_at, number.probes, number.held_by_report = now, 0, by_report
    elif claimed_at >= number.held_at:  # a probe, not a call that was in progress when the hold began
        number.probes += 1
        number.held_by_report = by_report
    number.held_kind, number.held_reason = kind, reason[:200]
    number.probe_after = now + _between_probes(number)
    if kind == RejectionKind.DAILY_CAP:
        number.probe_after = min(_next_midnight(now), now + BETWEEN_PROBES_OF_A_CAP)
    return number.probe_after


def hold_reason(kind: RejectionKind, code: int | None) -> str:
    """Why no text leaves, in words for the people at the counter."""
    number = f" (error {code})" if code else ""
    if kind == RejectionKind.DAILY_CAP:
        return f"the daily limit of texts is reached{number}"
    if kind == RejectionKind.NETWORK_CAP:
        return f"the daily limit of a network is reached for several phones in a row{number}"
    if kind == RejectionKind.PERHAPS_OURS:
        return f"the carrier refuses several phones in a row{number}"
    return f"the carrier refuses our account or number{number}"


def probe_again(session: Session, our_number_id: int, after: datetime) -> None:
    """The probe said nothing about our account: another may leave sooner than its lease would end."""
    held = (OurNumber.id == our_number_id, OurNumber.held_at.is_not(None), OurNumber.probe_after > after)
    session.execute(update(OurNumber).where(*held).values(probe_after=after))


def held_numbers(business: Business) -> list[OurNumber]:
    """The business's numbers whose texts are held, with what is wrong in `held_reason`."""
    return [number for number in business.numbers if number.held_at is not None]


def _send_postponed_now(session: Session, our_number_id: int, now: datetime) -> None:
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
    zone = ZoneInfo(CAPS_END_AT_MIDNIGHT_IN)
    there = now.astimezone(zone)
    return datetime.combine(there.date() + timedelta(days=1), time(0), zone)
