"""Parameter types of commands, which check names, time zones, phones, times, days and passwords."""

import math
import re
import sys
from datetime import date, datetime, time
from typing import Any
from zoneinfo import available_timezones

import click

from bot.understanding import keyword_problem, normal_keyword
from models.people.addresses import Address, Channel, read_address
from models.people.servicers import normal_email
from models.people.typed_phones import UnreadablePhone, read_phone
from models.queueing.hours.timetable import time_of_day
from security.passwords import InvalidPassword, hash_password

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
RCS_SENDER = re.compile(r"[A-Za-z0-9_.-]{1,60}")
LONGEST_EMAIL = 254
LONGEST_INPUT = 100_000


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


class PhoneNumber(click.ParamType):
    name = "phone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return read_phone(str(value))
        except UnreadablePhone as unreadable:
            problem = "is not complete" if unreadable.is_incomplete else "is not a phone number"
            words = f"{value!r} {problem}. Write it with the country code, such as +15550100000."
            self.fail(words, param, ctx)


class OurAddress(click.ParamType):
    """A number of ours as the carrier spells it: +12125550100, whatsapp:+12125550100, rcs:agent."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        if isinstance(value, Address):
            return value
        channel, phone = read_address(str(value))
        if channel == Channel.RCS:
            if not RCS_SENDER.fullmatch(phone):
                words = f"{value!r} is not an RCS sender. Write its id at the carrier, such as rcs:my_agent."
                self.fail(words, param, ctx)
            return Address(channel, phone)
        if ":" in phone:
            words = f"{value!r} is on no known channel. Write whatsapp:+15550100000 or rcs:my_agent."
            self.fail(words, param, ctx)
        return Address(channel, PhoneNumber().convert(phone, param, ctx))


class Email(click.ParamType):
    name = "email"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        email = normal_email(str(value))
        if not EMAIL.fullmatch(email) or not email.isprintable() or len(email) > LONGEST_EMAIL:
            self.fail(f"{value!r} is not an email address.", param, ctx)
        return email


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


def _read_password(ctx: click.Context, param: click.Parameter, value: Any) -> str:
    if not value:
        if not sys.stdin.isatty():
            raise click.MissingParameter(ctx=ctx, param=param)
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        typed = sys.stdin.buffer.read(LONGEST_INPUT).decode()
    except UnicodeDecodeError:
        raise click.BadParameter("the password must be text in UTF-8.", ctx=ctx, param=param) from None
    password = typed.removesuffix("\n").removesuffix("\r")
    if "\n" in password or "\r" in password:
        raise click.BadParameter("the password must be one line.", ctx=ctx, param=param)
    return password


# Gives `password`: from standard input, or from a prompt on a terminal.
password_option = click.option(
    "--password-stdin",
    "password",
    is_flag=True,
    flag_value="stdin",
    callback=_read_password,
    help="Read the password from standard input (one line, at least 8 characters) instead of asking.",
)


def hashed(password: str) -> str:
    """The password's hash. Raises BadParameter if it is too short or too long."""
    try:
        return hash_password(password)
    except InvalidPassword as problem:
        raise click.BadParameter(str(problem), param_hint="'--password-stdin'") from None
