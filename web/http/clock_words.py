"""Formats moments and durations for the servicer's pages. Reads no clock."""

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext as _

from web.http.times import current_reader, day_and_time, time_of_day

SPANS_KEPT = 5_000


class Moment(NamedTuple):
    """A moment as text for people and as ISO 8601 for `<time datetime>`."""

    clock: str
    iso: str


def moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> Moment:
    """With `now`, another day than that of `now` is named too."""
    clock = time_of_day(at) if now is None else day_and_time(at, now)
    return Moment(clock, at.astimezone(zone).isoformat(timespec="seconds"))


def span(length: timedelta) -> str:
    """A duration in hours and minutes; it may exceed a day."""
    return _span(int(length.total_seconds() // 60), current_reader().locale)


@lru_cache(SPANS_KEPT)
def _span(minutes: int, locale: str) -> str:
    if minutes < 1:
        return _("under 1 min")
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{rest:02}")
    return _("%(minutes)s min", minutes=minutes)
