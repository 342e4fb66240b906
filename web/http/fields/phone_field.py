"""Parses a phone number that was typed into a form, and checks that we may text it."""

from flask import current_app
from flask_babel import gettext as _

from models.people.business import Business
from models.people.phone_countries import is_allowed
from models.people.typed_phones import UnreadablePhone, read_phone


class InvalidPhone(Exception):
    """Not a phone that we can text; the message says why, for the user."""


def parse_phone(typed: str, business: Business) -> str:
    """The number in E.164. Without a country code, the business's country is assumed. Raises InvalidPhone."""
    number = business.sms_number
    if number is None:
        raise InvalidPhone(_("We don't have a number to text from yet."))
    try:
        phone = read_phone(typed, number.phone)
    except UnreadablePhone as unreadable:
        raise InvalidPhone(problem_of(unreadable)) from None
    if not is_allowed(phone, number.phone, current_app.config["SETTINGS"].allowed_countries):
        raise InvalidPhone(_("We can't text phones in that country."))
    return phone


def problem_of(unreadable: UnreadablePhone) -> str:
    if unreadable.is_incomplete:
        return _("That phone number isn't complete. Add the area code, or + and the country code.")
    return _("That isn't a phone number.")
