"""Formats times of day in the business's time zone as the reader writes them: 14:20, or 2:20 PM; and waits.

Words are in the page's language. The 12- or 24-hour clock follows the reader's country, else the language, or
for English, which has both, the business's country.
"""

import re
from datetime import datetime, time, tzinfo
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_interval, format_skeleton
from flask import Flask, g, has_request_context, request
from flask_babel import get_locale, get_timezone, gettext as _

SPACED_DASH = re.compile(r"\s*–\s*")
SPACE = re.compile(r"\s")
CACHE_SIZE = 5_000
SKELETONS_KEPT = 500
MOST_COUNTRIES = 4  # of those that the browser names
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def set_up(app: Flask) -> None:
    app.add_template_filter(time_of_day)
    app.add_template_filter(time_range)
    app.add_template_filter(day_and_time)
    app.add_template_global(wait_words)


def time_of_day(at: datetime | time) -> str:
    """A plain `time` is already in the business's time zone."""
    reader = current_reader()
    if isinstance(at, datetime):
        at = at.astimezone(reader.zone)
    return _time_of_day(reader.skeleton, reader.locale, at.hour, at.minute)


def day_and_time(at: datetime, now: datetime) -> str:
    """`14:20` of the same day, else `yesterday 14:20` or `Monday 14:20`."""
    zone, clock = current_reader().zone, time_of_day(at)
    day = at.astimezone(zone).date()
    match (now.astimezone(zone).date() - day).days:
        case 0:
            return clock
        case 1:
            return _("yesterday %(clock)s", clock=clock)
        case _:
            weekday = get_locale().days["format"]["wide"][day.weekday()]
            return _("%(weekday)s %(clock)s", weekday=weekday, clock=clock)


def wait_words(low: int, high: int) -> str:
    """Minutes: "about 20–30 min"; "up to 25 min" for whoever may be called at once. Never "0 min"."""
    least = max(low, 1)
    if high > least:
        if least == 1:
            return _("up to %(minutes)s min", minutes=high)
        return _("about %(low)s–%(high)s min", low=least, high=high)
    return _("about %(minutes)s min", minutes=least)


def time_range(between: tuple[datetime, datetime]) -> str:
    """`14:20–14:35`; a common part, such as PM, appears once."""
    reader = current_reader()
    first, last = (each.astimezone(reader.zone).replace(second=0, microsecond=0) for each in between)
    return _time_range(reader.skeleton, reader.locale, first.replace(tzinfo=None), last.replace(tzinfo=None))


# Cached: a page repeats the same times, and formatting one takes 0.1 ms.


@lru_cache(CACHE_SIZE)
def _time_of_day(skeleton: str, locale: str, hour: int, minute: int) -> str:
    return SPACE.sub(NO_BREAK_SPACE, format_skeleton(skeleton, time(hour, minute), locale=locale))


@lru_cache(CACHE_SIZE)
def _time_range(skeleton: str, locale: str, first: datetime, last: datetime) -> str:
    text = format_interval(first, last, skeleton, locale=locale)
    return SPACE.sub(NO_BREAK_SPACE, SPACED_DASH.sub("–", text))


class Reader(NamedTuple):
    """How times are written on a page."""

    zone: tzinfo
    locale: str
    skeleton: str  # Hm or hm


def current_reader() -> Reader:
    """Determined once per request and choice of language, which drops it (web/http/language.py)."""
    if not has_request_context():
        return _this_reader()
    reader: Reader | None = g.get("reader")
    if reader is None:
        reader = g.reader = _this_reader()
    return reader


def _this_reader() -> Reader:
    zone, locale = get_timezone(), get_locale()
    countries = tuple(_countries_of_reader()[:MOST_COUNTRIES])
    return Reader(zone, str(locale), _skeleton(str(locale or ""), str(zone), countries))


@lru_cache(SKELETONS_KEPT)
def _skeleton(locale: str, zone: str, countries: tuple[str, ...]) -> str:
    known = (*countries, get_global("zone_territories").get(zone))
    patterns = [_pattern(country) for country in known if country]
    if not countries and locale and Locale.parse(locale).language != "en":
        patterns.insert(0, str(Locale.parse(locale).time_formats["short"].pattern))
    pattern = next(filter(None, patterns), "HH:mm")
    return "Hm" if "H" in pattern else "hm"


def _countries_of_reader() -> list[str]:
    asked = request.accept_languages.values() if has_request_context() else ()
    pieces = (language.replace("_", "-").split("-") for language in asked)
    return [piece.upper() for _, *more in pieces for piece in more if len(piece) == 2]


def _pattern(country: str) -> str:
    """The usual time format of a country; empty if the country is unknown."""
    try:
        return str(Locale.parse(f"und_{country}").time_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return ""
