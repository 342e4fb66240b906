"""Formats opening hours in the reader's language, with weekdays of the same hours grouped."""

from dataclasses import dataclass
from datetime import time
from itertools import groupby

from flask_babel import format_time, get_locale, gettext as _

from models.queueing.hours.timetable import EVERY_DAY, Timetable


@dataclass(frozen=True)
class Span:
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
