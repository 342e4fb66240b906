"""The daily summary of a business: what it says, when it is due, and whom it goes to.

It is decided once per business and day, and handed out as one mail (and a text, where somebody wants one)
per person; sending them is others' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.business import Business
from models.duty import Duty
from models.hours import timetable_of
from models.message import TextKind, put_in_outbox
from models.people import Role, Servicer
from models.queues import Queue
from models.span import Span, span_of
from models.statistics import Count, Distribution, Tally
from models.summary_mail import put_in_mail
from models.unusual import Usual, unusual, usual_of

A_WEEK = timedelta(weeks=1)
WEEKS_BACK = 4
# Caught up later than this, a text would wake people up; a mail does not.
TEXT_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Summary:
    day: date
    span: Span
    usual: Usual
    """Of the same weekday in the weeks before."""
    queues: tuple[tuple[str, str, Tally], ...]
    """Keyword, name and figures of each queue that somebody came to."""

    def line_facts(self) -> dict[str, Any]:
        """What the one line tells; durations in whole minutes, None where nothing is known."""
        texts = self.span.texts()
        return _facts(self.span.whole) | {
            "weekday": self.day.weekday(),
            "usual_wait": _minutes(self.usual.wait),
            "busiest_hour": self.span.busiest_hour(),
            "texts_sent": texts.sent,
            "texts_failed": texts.failed,
        }

    def mail_facts(self) -> dict[str, Any]:
        whole = self.span.whole
        return self.line_facts() | {
            "day": self.day.isoformat(),
            "unusual": unusual(whole, self.usual, self.span.texts().failed),
            "kept_percent": None if whole.kept_share is None else int(whole.kept_share * 100 + 0.5),
            "columns": self._columns(),
            "wait": _durations(whole.wait),
            "service": _durations(whole.service),
            "total": _durations(whole.total),
            "queues": [
                {"keyword": keyword, "name": name} | _facts(tally) for keyword, name, tally in self.queues
            ],
        }

    def _columns(self) -> list[dict[str, Any]]:
        """What the picture shows: hour by hour how many came, how long they waited, and were promised."""
        by_hour = self.span.by_hour()
        hours = range(min(by_hour), max(by_hour) + 1) if by_hour else ()
        return [{"hour": hour} | _column(by_hour.get(hour) or Tally()) for hour in hours]


def summary_of(session: Session, business: Business, day: date, now: datetime) -> Summary:
    """The business's day as it is known now."""
    was_in_use = or_(Queue.archived_at.is_(None), Queue.archived_at >= business.start_of(day))
    mine = select(Queue).where(Queue.business_id == business.id, was_in_use)
    queues = session.scalars(mine.order_by(Queue.id)).all()
    span = span_of(session, queues, day, day, now)
    by_queue = span.by_queue()
    return Summary(
        day=day,
        span=span,
        usual=_usual(session, queues, day, now),
        queues=tuple(
            (queue.keyword, queue.name, by_queue[queue.id]) for queue in queues if queue.id in by_queue
        ),
    )


def day_to_sum_up(business: Business, now: datetime) -> date | None:
    """The last day whose summary is due and has not been decided; None if there is none.

    Of a longer outage only the last day is caught up.
    """
    day = business.day_of(now)
    while business.summary_at(day) > now:
        day -= timedelta(days=1)
    is_decided = business.summarized_day is not None and business.summarized_day >= day
    return None if is_decided or business.summary_at(day) <= business.created_at else day


def is_worth_telling(session: Session, business: Business, summary: Summary) -> bool:
    """Not on a day on which the business was closed and nobody came."""
    whole = summary.span.whole
    if whole[Count.JOINED] or whole.turned_away:
        return True
    return _was_open(session, business, summary.day)


def decide(session: Session, business_id: int, summary: Summary, now: datetime) -> bool:
    """Hand out the summary of this day, unless that was decided before: by any clock, whenever."""
    locked = select(Business).where(Business.id == business_id).with_for_update(key_share=True)
    business = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if day_to_sum_up(business, now) != summary.day:
        return False
    business.summarized_day = summary.day
    if not is_worth_telling(session, business, summary):
        return False
    hand_out(session, business, summary, now)
    return True


def hand_out(session: Session, business: Business, summary: Summary, now: datetime) -> list[Servicer]:
    """One mail to each manager who has not said no, one text to each who wants that; never a second.

    Gives whom it is for.
    """
    managers = select(Servicer).where(Servicer.business_id == business.id, Servicer.role == Role.MANAGER)
    wanted = managers.where(or_(Servicer.gets_summary, Servicer.wants_summary_texts))
    people = list(session.scalars(wanted.order_by(Servicer.id)))
    facts = summary.mail_facts() | {"business": business.name}
    for person in people:
        if person.gets_summary:
            put_in_mail(session, business.id, summary.day, person.id, facts, now)
        if now <= business.summary_at(summary.day) + TEXT_WITHIN:
            _put_in_outbox(session, business, summary, person, now)
    return people


def _put_in_outbox(
    session: Session, business: Business, summary: Summary, person: Servicer, now: datetime
) -> None:
    number = business.numbers[0] if business.numbers else None
    if number is None or not person.wants_summary_texts or not person.can_be_texted(session, number.id):
        return
    put_in_outbox(
        session,
        TextKind.DAILY_SUMMARY,
        key=f"summary:{business.id}:{summary.day}:{person.id}",
        our_number_id=number.id,
        servicer_id=person.id,
        language=business.language,
        facts=summary.line_facts(),
        now=now,
    )


def _usual(session: Session, queues: Sequence[Queue], day: date, now: datetime) -> Usual:
    """Of this weekday in the last weeks."""
    same = (day - weeks * A_WEEK for weeks in range(1, WEEKS_BACK + 1))
    return usual_of([span_of(session, queues, one, one, now).whole for one in same])


def _was_open(session: Session, business: Business, day: date) -> bool:
    """By its hours, or because somebody was on duty."""
    worked = exists().where(
        Duty.queue_id == Queue.id,
        Duty.began_at < business.end_of(day),
        Duty.last_press_at >= business.start_of(day),
    )
    mine = select(Queue).where(Queue.business_id == business.id)
    if session.scalar(select(mine.where(worked).exists())):
        return True
    timetables = (timetable_of(session, queue) for queue in session.scalars(mine))
    return any(timetable.opens_on(day) for timetable in timetables if timetable)


def _facts(tally: Tally) -> dict[str, Any]:
    return {
        "joined": tally[Count.JOINED],
        "served": tally[Count.SERVED],
        "live": tally[Count.LIVE],
        "gave_up": tally[Count.GAVE_UP],
        "unserved": tally[Count.UNSERVED],
        "no_show": tally[Count.NO_SHOW],
        "removed": tally[Count.REMOVED],
        "turned_away": tally.turned_away,
        "median_wait": _minutes(tally.wait.median),
    }


def _column(tally: Tally) -> dict[str, Any]:
    promised = tally.promised_range
    return {
        "joined": tally[Count.JOINED],
        "wait": None if tally.wait.median is None else round(tally.wait.median / 60, 1),
        "low": promised and round(promised[0], 1),
        "high": promised and round(promised[1], 1),
    }


def _durations(durations: Distribution) -> dict[str, int | None]:
    return {
        "count": durations.n,
        "median": _minutes(durations.median),
        "p90": _minutes(durations.p90),
        "longest": _minutes(durations.max),
    }


def _minutes(seconds: float | None) -> int | None:
    """Whole minutes; 0 is told as less than one."""
    return None if seconds is None else int(seconds / 60 + 0.5)
