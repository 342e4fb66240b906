"""The summary of a business's day or week: its content, when it is due, and who gets it.

It is decided once per business and day (or week), and queued as one mail per person, and a text if they want
one. Does not send them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.servicers import BY_MAIL, BY_TEXT, Role, Servicer
from models.people.summary_period import Period
from models.queueing.duties import Duty
from models.queueing.hours.opening_hours import timetable_of
from models.queueing.tables.queues import Queue
from models.statistics.distributions import Count, Tally
from models.statistics.forecasts.day_forecasts import Told, forecast_told
from models.statistics.span import Span, span_of
from models.statistics.summary_facts import column, figures, tally_facts, whole_minutes
from models.statistics.summary_mail import queue_summary_mail
from models.statistics.unusual import Usual, unusual, usual_of
from models.statistics.whatif.helpful_hour import HelpfulHour, helpful_hour
from models.texts.outbox import put_in_outbox
from models.texts.text_kinds import TextKind

A_WEEK = timedelta(weeks=1)
WEEKS_BACK = 4
MOST_QUEUES_TOLD = 10  # of whose next day a mail tells
# After an outage, a text later than this would wake people up; a mail does not.
TEXT_WITHIN = timedelta(hours=1)
TEXT_KIND = {Period.DAY: TextKind.DAILY_SUMMARY, Period.WEEK: TextKind.WEEKLY_SUMMARY}


@dataclass(frozen=True)
class Summary:
    period: Period
    day: date
    """For a week: its Monday."""
    span: Span
    usual: Usual
    """The same weekday in the weeks before; for a week, an average day of those weeks times its open days."""
    before: Span
    """The same a week before."""
    queues: tuple[tuple[str, str, Tally], ...]
    """Keyword, name and figures of each queue that somebody joined."""
    open_days: frozenset[date]
    """Days on which somebody came, or the business was open."""
    helpful_hour: HelpfulHour | None = None
    """Of a day: when one servicer more would have mattered."""
    next_days: tuple[Told, ...] = ()
    """Of a day: what is forecast of each queue's next one, where such forecasts have held."""

    @property
    def is_worth_sending(self) -> bool:
        """False if the business was closed and nobody came."""
        return bool(self.open_days)

    def line_facts(self) -> dict[str, Any]:
        """The facts for the one-line text; durations in whole minutes, None if unknown."""
        texts = self.span.texts()
        return (
            tally_facts(self.span.whole)
            | {
                "period": str(self.period),
                "usual_wait": whole_minutes(self.usual.wait),
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
            "wait_before": whole_minutes(before.wait.median),
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
            | figures(self.span)
            | {
                "day": self.day.isoformat(),
                "unusual": unusual(self.span.whole, self.usual, self.span.texts()),
                "helpful_hour": self.helpful_hour.as_facts() if self.helpful_hour else None,
                "columns": self._columns_by_day() if is_week else self._columns_by_hour(),
                "days": self._days() if is_week else [],
                "before": figures(self.before) if is_week and self.before.whole[Count.JOINED] else None,
                "next_days": [told.for_mail() for told in self.next_days],
                "queues": [
                    {"keyword": keyword, "name": name} | tally_facts(tally)
                    for keyword, name, tally in self.queues
                ],
            }
        )

    def _columns_by_hour(self) -> list[dict[str, Any]]:
        """The chart's columns by hour: how many came, how long they waited, and the promised range."""
        by_hour = self.span.by_hour()
        hours = range(min(by_hour), max(by_hour) + 1) if by_hour else ()
        return [{"hour": hour} | column(by_hour.get(hour) or Tally()) for hour in hours]

    def _columns_by_day(self) -> list[dict[str, Any]]:
        """The chart's columns by day, with the wait on that weekday of the week before."""
        here, before = self.span.by_weekday(), self.before.by_weekday()
        shown = {day.weekday() for day in self.open_days} | before.keys()
        return [
            {"weekday": weekday}
            | column(here.get(weekday) or Tally())
            | {"before": column(before.get(weekday) or Tally())["wait"]}
            for weekday in range(min(shown, default=0), max(shown, default=-1) + 1)
        ]

    def _days(self) -> list[dict[str, Any]]:
        found = self.span.by_weekday()
        return [
            {"day": day.isoformat()} | tally_facts(found.get(day.weekday()) or Tally())
            for day in sorted(self.open_days)
        ]


def summary_of(
    session: Session, business: Business, day: date, now: datetime, period: Period = Period.DAY
) -> Summary:
    """The summary of this day, or of the week that contains it, as known now."""
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
    joined = [(queue, by_queue[queue.id]) for queue in queues if queue.id in by_queue]
    return Summary(
        period=period,
        day=first,
        span=span,
        usual=_usual(period, span, earlier),
        before=earlier[0],
        queues=tuple((queue.keyword, queue.name, tally) for queue, tally in joined),
        open_days=_open_days(session, business, days, span),
        helpful_hour=helpful_hour(session, joined, day, now) if period == Period.DAY else None,
        next_days=_next_days(session, queues, first) if period == Period.DAY else (),
    )


def _next_days(session: Session, queues: Sequence[Queue], day: date) -> tuple[Told, ...]:
    found = (forecast_told(session, queue, day) for queue in queues if queue.archived_at is None)
    return tuple(told for told in found if told is not None and told.score.is_good)[:MOST_QUEUES_TOLD]


def _usual(period: Period, span: Span, earlier: Sequence[Span]) -> Usual:
    """A week is compared with its own number of open days: others may have had holidays."""
    if period == Period.DAY:
        return usual_of([each.whole for each in earlier])
    active = len([tally for tally in span.by_weekday().values() if tally[Count.JOINED]])
    return usual_of([tally for each in earlier for tally in each.by_weekday().values()]).times(active)


def due_summary_day(business: Business, now: datetime, period: Period = Period.DAY) -> date | None:
    """The last day (or Monday of the last week) whose summary is due and undecided; None if there is none.

    After a longer outage only the last one is made up for.
    """
    day = business.last_summary(period, now)
    decided = business.summarized_day if period == Period.DAY else business.summarized_week
    # One that lies further ahead was decided by a clock that was.
    is_decided = decided is not None and day <= decided <= day + period.length
    return None if is_decided or business.summary_at(day, period) <= business.created_at else day


def goes_on(session: Session, business: Business, day: date, now: datetime) -> bool:
    """Whether a shift of this day, which ends after the next one has begun, is still to be worked."""
    end = business.end_of(day)
    ends = select(Queue.day_ends_at).where(
        Queue.business_id == business.id, Queue.numbered_day == day, Queue.archived_at.is_(None)
    )
    return any(at is not None and at > max(now, end) for at in session.scalars(ends))


def decide(session: Session, business_id: int, summary: Summary, now: datetime) -> bool:
    """Queue this summary for its recipients, unless that was decided before, by whichever clock."""
    locked = select(Business).where(Business.id == business_id).with_for_update(key_share=True)
    business = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if due_summary_day(business, now, summary.period) != summary.day:
        return False
    if summary.period == Period.DAY:
        business.summarized_day = summary.day
    else:
        business.summarized_week = summary.day
    if not summary.is_worth_sending:
        return False
    hand_out(session, business, summary, now)
    return True


def hand_out(session: Session, business: Business, summary: Summary, now: datetime) -> list[Servicer]:
    """Queue one mail to each manager who has not declined, and one text to each who wants it; never twice.

    Returns the recipients.
    """
    by_mail, by_text = BY_MAIL[summary.period], BY_TEXT[summary.period]
    proved = Servicer.email_proved_at.is_not(None)
    managers = select(Servicer).where(
        Servicer.business_id == business.id, Servicer.role == Role.MANAGER, proved
    )
    wanted = managers.where(or_(getattr(Servicer, by_mail), getattr(Servicer, by_text)))
    people = list(session.scalars(wanted.order_by(Servicer.id)))
    facts = summary.mail_facts() | {"business": business.name}
    is_in_time = now <= business.summary_at(summary.day, summary.period) + TEXT_WITHIN
    for person in people:
        if getattr(person, by_mail):
            queue_summary_mail(session, person, summary.day, facts, period=summary.period, now=now)
        if getattr(person, by_text) and is_in_time:
            _put_in_outbox(session, business, summary, person, now)
    return people


def _put_in_outbox(
    session: Session, business: Business, summary: Summary, person: Servicer, now: datetime
) -> None:
    number = business.sms_number
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
    """Days on which somebody came, was turned away or was on duty, or that the opening hours include."""
    found = span.by_weekday()
    active = {weekday for weekday, tally in found.items() if tally[Count.JOINED] or tally.turned_away}
    return frozenset(day for day in days if day.weekday() in active or _was_open(session, business, day))


def _was_open(session: Session, business: Business, day: date) -> bool:
    """By its opening hours, or because somebody was on duty."""
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
