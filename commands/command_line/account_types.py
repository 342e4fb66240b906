"""Parameter types of commands about people and our numbers: emails, phones, addresses and passwords."""

import re
import sys
from typing import Any

import click

from models.people.addresses import Address, Channel, read_address
from models.people.servicers import normal_email
from models.people.typed_phones import UnreadablePhone, read_phone
from security.passwords import InvalidPassword, hash_password

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
RCS_SENDER = re.compile(r"[A-Za-z0-9_.-]{1,60}")
LONGEST_EMAIL = 254
LONGEST_INPUT = 100_000


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
