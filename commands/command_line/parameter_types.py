"""Parameter types of commands, which check names, keywords, time zones, times and days."""

import math
import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

import click

from bot.understanding import keyword_problem, normal_keyword
from models.queueing.hours.timetable import time_of_day


class Name(click.ParamType):
    """One line of printable text."""

    name = "name"

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = " ".join(str(value).split())
        if not text or not text.isprintable():
            self.fail("it must be printable text.", param, ctx)
        if len(text) > self.longest:
            self.fail(f"it has {len(text)} characters; at most {self.longest} are allowed.", param, ctx)
        return text


class Keyword(click.ParamType):
    name = "keyword"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        problem = keyword_problem(str(value))
        if problem:
            self.fail(problem, param, ctx)
        return normal_keyword(str(value))


class Timezone(click.ParamType):
    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        zones = {zone.casefold(): zone for zone in available_timezones()}
        zone = zones.get(str(value).casefold())
        if zone is None:
            self.fail(f"{value!r} is not a time zone. Write one such as Europe/Lisbon or UTC.", param, ctx)
        return zone


class Minutes(click.FloatRange):
    """More than 0, and at most a day."""

    name = "minutes"

    def __init__(self) -> None:
        super().__init__(0.1, 1440)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        minutes = float(super().convert(value, param, ctx))
        if math.isnan(minutes):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return minutes


class MoreOrFewer(click.ParamType):
    """A change of a count: +1, -1 or 0."""

    name = "+n or -n"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        typed = str(value).strip().replace("\u2212", "-")
        if not re.fullmatch(r"[+-]?[0-9]{1,4}", typed, re.ASCII):
            self.fail(f"{value!r} is not a change. Write it like +1 or -1.", param, ctx)
        if abs(int(typed)) > self.most:
            self.fail(f"{value} is too many; at most {self.most}.", param, ctx)
        return int(typed)


class TimeOfDay(click.ParamType):
    name = "hh:mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        if isinstance(value, time):
            return value
        found = time_of_day(str(value))
        if found is None:
            self.fail(f"{value!r} is not a time of day. Write it like 09:00.", param, ctx)
        return found


class Day(click.ParamType):
    name = "yyyy-mm-dd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value).strip(), "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"{value!r} is not a day. Write it like 2026-03-10.", param, ctx)
