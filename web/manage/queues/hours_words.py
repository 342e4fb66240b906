"""Formats opening hours in the reader's language, with weekdays of the same hours grouped."""

from datetime import datetime, time
from itertools import groupby
from typing import NamedTuple

from flask_babel import format_time, get_locale, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from models.queueing.hours.opening_hours import days_of
from models.queueing.hours.queue_days import TurnedBy
from models.queueing.hours.timetable import EVERY_DAY, Timetable
from models.queueing.tables.queues import Queue
from web.http.times import time_of_day


class Span(NamedTuple):
    """One group, such as Mon–Fri · 9:00–17:00."""

    days: str
    hours: str
    is_open: bool


def hours_in_words(timetable: Timetable | None) -> list[Span]:
    """The groups in order; empty if the queue is opened and closed by hand."""
    if timetable is None:
        return []
    by_day = [timetable.hours.get(day) for day in EVERY_DAY]
    spans = []
    for hours, days in groupby(EVERY_DAY, key=lambda day: by_day[day]):
        spans.append(Span(_days(list(days)), _hours(hours), hours is not None))
    return spans


def day_in_words(session: Session, queue: Queue, now: datetime) -> str:
    """When the queue's present day ends, and what becomes of the line then."""
    turn = days_of(session, queue).next_turn(now)
    words = str(_DAY_ENDS[turn.by]) % {"clock": time_of_day(turn.at)}
    keeps_line = turn.keeps_line or queue.stays_open_overnight
    line = _("The line is kept.") if keeps_line else _("We tell anyone still waiting that the day is over.")
    return f"{words} {line}"


_DAY_ENDS = {
    TurnedBy.DAY_START: _l("Its day ends at %(clock)s, when your business day begins."),
    TurnedBy.CLOSING: _l("Its day ends at %(clock)s, when it closes, so a shift isn't cut in two."),
    TurnedBy.OPENING: _l("Its day ends at %(clock)s, when it opens again, so a shift isn't cut in two."),
    TurnedBy.ROUND_THE_CLOCK: _l("It's open around the clock. Its day ends at %(clock)s."),
}


def weekday_name(day: int, width: str = "wide") -> str:
    name: str = get_locale().days["stand-alone"][width][day]
    return name[:1].upper() + name[1:]


def _days(days: list[int]) -> str:
    first, last = (weekday_name(day, "abbreviated") for day in (days[0], days[-1]))
    if len(days) == len(EVERY_DAY):
        return _("Every day")
    return first if first == last else f"{first}–{last}"


def _hours(hours: tuple[time, time] | None) -> str:
    if hours is None:
        return _("closed")
    return "–".join(format_time(each, "short", rebase=False) for each in hours)
