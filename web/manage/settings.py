"""The settings of the whole business, and the state of its phone numbers."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import available_timezones

from babel import Locale
from flask import flash, redirect, render_template, url_for
from flask_babel import format_datetime, gettext as _, lazy_gettext as _l, ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from bot.wording.sms_templates import language_choices
from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.people.phone_countries import country_of
from models.queueing.day_turn import forget_day_bounds
from models.storage.database import reading, transaction
from models.texts.outbox_backlog import Backlog, backlogs
from web.customer.queue_page import readable_address
from web.manage.channels.numbers import without_whatsapp
from web.manage.forms import name_field
from web.manage.guard import manager_blueprint, own_business, record_change

LONGEST_NAME = 80
LANGUAGES = [SelectChoice(each["code"], each["language"]) for each in language_choices()]
HOURS = [SelectChoice(hour, f"{hour:02}:00") for hour in range(24)]
SETTINGS = ("name", "timezone", "language", "day_start_hour", "summary_hour", "carrier_answers_help")

blueprint = manager_blueprint("manage_settings", "/settings")


def zones() -> list[str]:
    """Time zones named after a place, and UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [*sorted(places), "UTC"]


class SettingsForm(FlaskForm):
    name = name_field(_l("Business name"), LONGEST_NAME, _l("Enter the name customers see."))
    timezone = StringField(
        _l("Time zone"), render_kw={"list": "zones", "autocomplete": "off", "spellcheck": "false"}
    )
    language = SelectField(_l("Language"), choices=LANGUAGES)
    day_start_hour = SelectField(_l("The day begins at"), coerce=int, choices=HOURS)
    summary_hour = SelectField(_l("The daily summary goes out at"), coerce=int, choices=HOURS)
    carrier_answers_help = BooleanField(_l("The carrier answers HELP"))

    def validate_timezone(self, field: Field) -> None:
        known = {zone.casefold(): zone for zone in available_timezones()}
        zone = known.get((field.data or "").strip().replace(" ", "_").casefold())
        if zone is None:
            raise ValidationError(_("That isn't a time zone. Choose one such as Europe/Lisbon, or UTC."))
        field.data = zone


class NumberShown(NamedTuple):
    """A phone number of the business, and whether it sends texts."""

    phone: str
    country: str | None
    is_held: bool
    state: str
    waiting: str | None
    removable: str | None  # its address, if a manager may take it away


@blueprint.get("")
def show() -> str:
    with reading() as session:
        return _page(session, SettingsForm(formdata=None, obj=own_business(session)))


@blueprint.post("")
def change() -> Response | tuple[str, int]:
    form, now = SettingsForm(), datetime.now(UTC)
    if not form.validate():
        with reading() as session:
            return _page(session, form), 422

    def work(session: Session) -> bool:
        business = session.get_one(
            Business, current_user.business_id, with_for_update={"key_share": True}, populate_existing=True
        )
        changed = {name: form[name].data for name in SETTINGS if getattr(business, name) != form[name].data}
        for name, value in changed.items():
            setattr(business, name, value)
        if {"timezone", "day_start_hour"} & changed.keys():
            forget_day_bounds(session, business.id)
        if changed:
            record_change(session, "business", now, **changed)
        return bool(changed)

    flash(_("Settings saved.") if transaction(work) else _("These are already the settings."), "ok")
    return redirect(url_for("manage_settings.show"), 303)


def _page(session: Session, form: SettingsForm) -> str:
    business = own_business(session)
    there = {each.number: each for each in backlogs(session)}
    numbers = [_shown(number, there.get(str(number.address))) for number in business.numbers]
    names = [choice["language"] for choice in language_choices()]
    return render_template(
        "web/manage/settings.html",
        form=form,
        numbers=numbers,
        without_whatsapp=[
            (each.phone, readable_address(each.address)) for each in without_whatsapp(business)
        ],
        languages=names,
        zones=zones(),
    )


def _shown(number: OurNumber, backlog: Backlog | None) -> NumberShown:
    waiting = backlog.waiting + backlog.sending if backlog else 0
    region = country_of(number.phone) if number.channel != Channel.RCS else None
    state = _("Texts are getting through.")
    if number.held_at is not None:
        since = format_datetime(number.held_at, "short")
        state = _(
            "No texts have gone out since %(since)s: %(reason)s. They'll go out once it's fixed.",
            since=since,
            reason=number.held_reason,
        )
    return NumberShown(
        phone=readable_address(number.address),
        country=Locale("en").territories.get(region) if region else None,
        is_held=number.held_at is not None,
        state=state,
        waiting=ngettext("%(num)d text is waiting.", "%(num)d texts are waiting.", waiting)
        if waiting
        else None,
        removable=str(number.address) if number.channel != Channel.SMS else None,
    )
