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
from models.daily import DayFigures, figures_of
from models.duty import Duty
from models.hours import timetable_of
from models.message import TextKind, put_in_outbox
from models.people import Role, Servicer
from models.queues import Queue
from models.statistics import Distribution
from models.summary_mail import put_in_mail

A_WEEK = timedelta(weeks=1)
WEEKS_BACK = 4
# Caught up later than this, a text would wake people up; a mail does not.
TEXT_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Summary:
    day: date
    figures: DayFigures
    usual_wait: float | None
    """Median seconds of the same weekday before; None if nobody was called on it in the last weeks."""
    queues: tuple[tuple[str, str, DayFigures], ...]
    """Keyword, name and figures of each queue that somebody came to."""

    def line_facts(self) -> dict[str, Any]:
        """What the one line tells; durations in whole minutes, None where nothing is known."""
        return _facts(self.figures) | {
            "weekday": self.day.weekday(),
            "usual_wait": _minutes(self.usual_wait),
            "busiest_hour": self.figures.busiest_hour,
        }

    def mail_facts(self) -> dict[str, Any]:
        numbers = self.figures.statistics
        return self.line_facts() | {
            "day": self.day.isoformat(),
            "wait": _durations(numbers.wait),
            "service": _durations(numbers.service),
            "total": _durations(numbers.total),
            "queues": [
                {"keyword": keyword, "name": name} | _facts(figures) for keyword, name, figures in self.queues
            ],
        }


def summary_of(session: Session, business: Business, day: date) -> Summary:
    """The business's day as it is known now."""
    was_in_use = or_(Queue.archived_at.is_(None), Queue.archived_at >= business.start_of(day))
    mine = select(Queue).where(Queue.business_id == business.id, was_in_use)
    queues = session.scalars(mine.order_by(Queue.id)).all()
    by_queue = [
        (queue.keyword, queue.name, figures_of(session, business, [queue.id], day)) for queue in queues
    ]
    queue_ids = [queue.id for queue in queues]
    return Summary(
        day=day,
        figures=figures_of(session, business, queue_ids, day),
        usual_wait=_usual_wait(session, business, queue_ids, day),
        queues=tuple(each for each in by_queue if not each[2].nobody_came or each[2].turned_away),
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
    if not summary.figures.nobody_came or summary.figures.turned_away:
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


def _usual_wait(session: Session, business: Business, queue_ids: Sequence[int], day: date) -> float | None:
    for weeks in range(1, WEEKS_BACK + 1):
        before = figures_of(session, business, queue_ids, day - weeks * A_WEEK)
        if before.statistics.wait.median is not None:
            return before.statistics.wait.median
    return None


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


def _facts(figures: DayFigures) -> dict[str, Any]:
    numbers = figures.statistics
    return {
        "joined": numbers.joined,
        "served": numbers.served,
        "live": figures.live,
        "gave_up": figures.gave_up,
        "unserved": figures.unserved,
        "no_show": numbers.no_show,
        "removed": numbers.removed,
        "turned_away": figures.turned_away,
        "median_wait": _minutes(numbers.wait.median),
        "texts_sent": figures.texts_sent,
        "texts_failed": figures.texts_failed,
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
