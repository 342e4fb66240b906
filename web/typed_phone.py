"""A phone number as somebody typed it at the counter or on a form, made into one that we may text."""

from flask import current_app
from flask_babel import gettext as _

from models.business import Business
from models.phone import is_allowed, normal_phone


class Unfit(Exception):
    """Not a phone we can text; says why in words."""


def dialled(typed: str, business: Business) -> str:
    """The number as it is dialled (E.164), read as in the business's own country. Raises Unfit."""
    ours = business.numbers[0].phone if business.numbers else None
    if ours is None:
        raise Unfit(_("We have no number to text from yet."))
    phone = normal_phone(typed, ours)
    if phone is None:
        raise Unfit(_("That is not a phone number."))
    if not is_allowed(phone, ours, current_app.config["SETTINGS"].allowed_countries):
        raise Unfit(_("We can't text that country."))
    return phone
