"""What the manager pays for a text on each channel: given once, so that statistics tell money."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import is_currency
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from models.people.addresses import Channel
from models.statistics.costs import CURRENCY, prices_of, set_prices
from models.storage.database import reading, transaction
from web.manage.guard import manager_blueprint, own_business, record_change

PRICE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
blueprint = manager_blueprint("manage_settings_prices", "/settings/prices")


class Price(StringField):
    """An amount with a comma or a point, or empty."""

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, render_kw={"inputmode": "decimal", "autocomplete": "off"}, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = (valuelist[0] if valuelist else "").strip().replace(",", ".")
        if self.data and not PRICE.fullmatch(self.data):
            raise ValueError(_("Enter a price such as 0.0083, or leave it empty."))


class PricesForm(FlaskForm):
    currency = StringField(
        _l("Currency"), render_kw={"maxlength": 3, "autocomplete": "off", "autocapitalize": "characters"}
    )
    sms = Price(_l("Per SMS segment"))
    whatsapp = Price(_l("Per WhatsApp message"))
    rcs = Price(_l("Per RCS message"))

    def validate_currency(self, field: Field) -> None:
        field.data = (field.data or "").strip().upper()
        if (field.data or self.given()) and not is_currency(field.data):
            raise ValidationError(_("Enter the currency in three letters, such as USD or EUR."))

    def given(self) -> dict[Channel, Decimal]:
        typed = {channel: self[channel.value] for channel in Channel}
        return {channel: Decimal(f.data) for channel, f in typed.items() if PRICE.fullmatch(f.data or "")}


@blueprint.get("")
def show() -> str:
    with reading() as session:
        business = own_business(session)
        channels = {number.channel for number in business.numbers}
        prices = prices_of(business)
    known = {channel.value: format(price, "f") for channel, price in prices.of.items()} if prices else {}
    form = PricesForm(formdata=None, currency=prices.currency if prices else "", **known)
    return _page(form, channels)


@blueprint.post("")
def change() -> Response | tuple[str, int]:
    """The price of a channel without a number stays: the page does not ask for it."""
    form, now = PricesForm(), datetime.now(UTC)
    with reading() as session:
        channels = {number.channel for number in own_business(session).numbers}
    if not form.validate():
        return _page(form, channels), 422

    def work(session: Session) -> None:
        business = own_business(session)
        before = prices_of(business)
        kept = {channel: p for channel, p in before.of.items() if channel not in channels} if before else {}
        set_prices(business, form.currency.data or "", kept | form.given())
        record_change(session, "prices", now, **(business.text_prices or {CURRENCY: ""}))

    transaction(work)
    flash(_("Prices saved."), "ok")
    return redirect(url_for("manage_settings.show"), 303)


def _page(form: PricesForm, channels: set[Channel]) -> str:
    asked = [channel for channel in Channel if channel in channels]
    return render_template("web/manage/prices.html", form=form, channels=asked)
