"""Moments and lengths of time, as people at a counter say them. Reads no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from web.times import time_of_day


@dataclass(frozen=True)
class Moment:
    """A moment as people read it at the counter, and as machines do."""

    clock: str
    iso: str


def moment(at: datetime, zone: ZoneInfo) -> Moment:
    return Moment(time_of_day(at), at.astimezone(zone).isoformat(timespec="seconds"))


def span(length: timedelta) -> str:
    """How long, as one would say it; also over a day."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return _("under 1 min")
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{rest:02}")
    return _("%(minutes)s min", minutes=minutes)
