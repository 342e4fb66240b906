"""Parses a phone number that was typed into a form, and checks that we may text it."""

from flask import current_app
from flask_babel import gettext as _

from models.people.business import Business
from models.people.phone_numbers import is_allowed, normal_phone


class InvalidPhone(Exception):
    """Not a phone that we can text; the message says why, for the user."""


def parse_phone(typed: str, business: Business) -> str:
    """The number in E.164. Without a country code, the business's country is assumed. Raises InvalidPhone."""
    ours = business.numbers[0].phone if business.numbers else None
    if ours is None:
        raise InvalidPhone(_("We have no number to text from yet."))
    phone = normal_phone(typed, ours)
    if phone is None:
        raise InvalidPhone(_("That is not a phone number."))
    if not is_allowed(phone, ours, current_app.config["SETTINGS"].allowed_countries):
        raise InvalidPhone(_("We can't text that country."))
    return phone
