"""The summary of a business's day or week: what it says, when it is due, and whom it goes to.

It is decided once per business and day (or week), and handed out as one mail (and a text, where somebody
wants one) per person; sending them is others' business.
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
from models.people import BY_MAIL, BY_TEXT, Role, Servicer
from models.period import Period
from models.queues import Queue
from models.span import Span, span_of
from models.statistics import Count, Distribution, Tally
from models.summary_mail import put_in_mail
from models.unusual import Usual, unusual, usual_of

A_WEEK = timedelta(weeks=1)
WEEKS_BACK = 4
# Caught up later than this, a text would wake people up; a mail does not.
TEXT_WITHIN = timedelta(hours=1)
TEXT_KIND = {Period.DAY: TextKind.DAILY_SUMMARY, Period.WEEK: TextKind.WEEKLY_SUMMARY}


@dataclass(frozen=True)
class Summary:
    period: Period
    day: date
    """Of a week: its Monday."""
    span: Span
    usual: Usual
    """Of the same weekday in the weeks before; of a week, of as many days of those weeks as it had."""
    before: Span
    """The same a week before."""
    queues: tuple[tuple[str, str, Tally], ...]
    """Keyword, name and figures of each queue that somebody came to."""
    open_days: frozenset[date]
    """On which somebody came, or the business was open all the same."""

    @property
    def is_worth_telling(self) -> bool:
        """Not where the business was closed and nobody came."""
        return bool(self.open_days)

    def line_facts(self) -> dict[str, Any]:
        """What the one line tells; durations in whole minutes, None where nothing is known."""
        texts = self.span.texts()
        return (
            _facts(self.span.whole)
            | {
                "period": str(self.period),
                "usual_wait": _minutes(self.usual.wait),
                "busiest_hour": self.span.busiest_hour(),
                "texts_sent": texts.sent,
                "texts_failed": texts.failed,
            }
            | (self._week_facts() if self.period == Period.WEEK else {"weekday": self.day.weekday()})
        )

    def _week_facts(self) -> dict[str, Any]:
        last, before = self.period.days(self.day)[-1], self.before.whole
        return {
            "from_day": self.day.day,
            "from_month": self.day.month,
            "to_day": last.day,
            "to_month": last.month,
            "busiest_weekday": self._busiest_weekday(),
            "served_before": before[Count.SERVED] if before[Count.JOINED] else None,
            "wait_before": _minutes(before.wait.median),
        }

    def _busiest_weekday(self) -> int | None:
        by_weekday = self.span.by_weekday()
        joined = {
            weekday: tally[Count.JOINED] for weekday, tally in by_weekday.items() if tally[Count.JOINED]
        }
        return min(joined, key=lambda weekday: (-joined[weekday], weekday), default=None)

    def mail_facts(self) -> dict[str, Any]:
        is_week = self.period == Period.WEEK
        return (
            self.line_facts()
            | _figures(self.span)
            | {
                "day": self.day.isoformat(),
                "unusual": unusual(self.span.whole, self.usual, self.span.texts()),
                "columns": self._columns_by_day() if is_week else self._columns_by_hour(),
                "days": self._days() if is_week else [],
                "before": _figures(self.before) if is_week and self.before.whole[Count.JOINED] else None,
                "queues": [
                    {"keyword": keyword, "name": name} | _facts(tally) for keyword, name, tally in self.queues
                ],
            }
        )

    def _columns_by_hour(self) -> list[dict[str, Any]]:
        """What the picture shows: hour by hour how many came, how long they waited, and were promised."""
        by_hour = self.span.by_hour()
        hours = range(min(by_hour), max(by_hour) + 1) if by_hour else ()
        return [{"hour": hour} | _column(by_hour.get(hour) or Tally()) for hour in hours]

    def _columns_by_day(self) -> list[dict[str, Any]]:
        """The same day by day, and how long they waited on that weekday of the week before."""
        here, before = self.span.by_weekday(), self.before.by_weekday()
        shown = {day.weekday() for day in self.open_days} | before.keys()
        return [
            {"weekday": weekday}
            | _column(here.get(weekday) or Tally())
            | {"before": _column(before.get(weekday) or Tally())["wait"]}
            for weekday in range(min(shown, default=0), max(shown, default=-1) + 1)
        ]

    def _days(self) -> list[dict[str, Any]]:
        found = self.span.by_weekday()
        return [
            {"day": day.isoformat()} | _facts(found.get(day.weekday()) or Tally())
            for day in sorted(self.open_days)
        ]


def summary_of(
    session: Session, business: Business, day: date, now: datetime, period: Period = Period.DAY
) -> Summary:
    """The business's day, or the week that this day is in, as it is known now."""
    days = period.days(period.first_of(day))
    first, last = days[0], days[-1]
    was_in_use = or_(Queue.archived_at.is_(None), Queue.archived_at >= business.start_of(first))
    mine = select(Queue).where(Queue.business_id == business.id, was_in_use)
    queues = session.scalars(mine.order_by(Queue.id)).all()
    span = span_of(session, queues, first, last, now)
    earlier = [
        span_of(session, queues, first - weeks * A_WEEK, last - weeks * A_WEEK, now)
        for weeks in range(1, WEEKS_BACK + 1)
    ]
    by_queue = span.by_queue()
    return Summary(
        period=period,
        day=first,
        span=span,
        usual=_usual(period, span, earlier),
        before=earlier[0],
        queues=tuple(
            (queue.keyword, queue.name, by_queue[queue.id]) for queue in queues if queue.id in by_queue
        ),
        open_days=_open_days(session, business, days, span),
    )


def _usual(period: Period, span: Span, earlier: Sequence[Span]) -> Usual:
    """A week is measured by as many usual days as it had itself: others had holidays, or were the first."""
    if period == Period.DAY:
        return usual_of([each.whole for each in earlier])
    lively = len([tally for tally in span.by_weekday().values() if tally[Count.JOINED]])
    return usual_of([tally for each in earlier for tally in each.by_weekday().values()]).times(lively)


def day_to_sum_up(business: Business, now: datetime, period: Period = Period.DAY) -> date | None:
    """The last day (or Monday of the last week) whose summary is due and undecided; None if there is none.

    Of a longer outage only the last one is caught up.
    """
    day = business.last_summary(period, now)
    decided = business.summarized_day if period == Period.DAY else business.summarized_week
    is_decided = decided is not None and decided >= day
    return None if is_decided or business.summary_at(day, period) <= business.created_at else day


def decide(session: Session, business_id: int, summary: Summary, now: datetime) -> bool:
    """Hand out this summary, unless that was decided before: by any clock, whenever."""
    locked = select(Business).where(Business.id == business_id).with_for_update(key_share=True)
    business = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if day_to_sum_up(business, now, summary.period) != summary.day:
        return False
    if summary.period == Period.DAY:
        business.summarized_day = summary.day
    else:
        business.summarized_week = summary.day
    if not summary.is_worth_telling:
        return False
    hand_out(session, business, summary, now)
    return True


def hand_out(session: Session, business: Business, summary: Summary, now: datetime) -> list[Servicer]:
    """One mail to each manager who has not said no, one text to each who wants that; never a second.

    Gives whom it is for.
    """
    by_mail, by_text = BY_MAIL[summary.period], BY_TEXT[summary.period]
    managers = select(Servicer).where(Servicer.business_id == business.id, Servicer.role == Role.MANAGER)
    wanted = managers.where(or_(getattr(Servicer, by_mail), getattr(Servicer, by_text)))
    people = list(session.scalars(wanted.order_by(Servicer.id)))
    facts = summary.mail_facts() | {"business": business.name}
    is_in_time = now <= business.summary_at(summary.day, summary.period) + TEXT_WITHIN
    for person in people:
        if getattr(person, by_mail):
            put_in_mail(session, person, summary.day, facts, period=summary.period, now=now)
        if getattr(person, by_text) and is_in_time:
            _put_in_outbox(session, business, summary, person, now)
    return people


def _put_in_outbox(
    session: Session, business: Business, summary: Summary, person: Servicer, now: datetime
) -> None:
    number = business.numbers[0] if business.numbers else None
    if number is None or not person.can_be_texted(session, number.id):
        return
    of = f"week:{summary.day}" if summary.period == Period.WEEK else str(summary.day)
    put_in_outbox(
        session,
        TEXT_KIND[summary.period],
        key=f"summary:{business.id}:{of}:{person.id}",
        our_number_id=number.id,
        servicer_id=person.id,
        language=business.language,
        facts=summary.line_facts(),
        now=now,
    )


def _open_days(session: Session, business: Business, days: Sequence[date], span: Span) -> frozenset[date]:
    """Those on which somebody came or was turned away, was on duty, or that its hours say."""
    found = span.by_weekday()
    lively = {weekday for weekday, tally in found.items() if tally[Count.JOINED] or tally.turned_away}
    return frozenset(day for day in days if day.weekday() in lively or _was_open(session, business, day))


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
    then = mine.where(Queue.created_at < business.end_of(day))
    timetables = (timetable_of(session, queue) for queue in session.scalars(then))
    return any(timetable.opens_on(day) for timetable in timetables if timetable)


def _figures(span: Span) -> dict[str, Any]:
    """Those that a mail has in its table."""
    whole, texts = span.whole, span.texts()
    return _facts(whole) | {
        "kept_percent": None if whole.kept_share is None else int(whole.kept_share * 100 + 0.5),
        "wait": _durations(whole.wait),
        "service": _durations(whole.service),
        "total": _durations(whole.total),
        "texts_sent": texts.sent,
        "texts_failed": texts.failed,
    }


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
