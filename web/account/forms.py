"""The forms of accounts, with their validation messages."""

import re
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, Form, PasswordField, SelectField, StringField, TelField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from bot.wording.contact_details import as_named, has_contact_details
from models.people.servicers import UNPROVED, Role
from security.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from web.account.time_zones import as_listed, likely_zone, zone_choices

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s\"(),:;<>\[\\\]_.]+(\.[^@\s\"(),:;<>\[\\\]_.]+)*")
LONGEST_EMAIL, LONGEST_NAME, LONGEST_BUSINESS = 254, 60, 80
NO_ADDRESS = _l("That isn't an email address.")
CONTACT_DETAILS = _l("Leave web addresses, email addresses and phone numbers out of the name.")


def is_email(form: Form, field: Field) -> None:
    typed = (field.data or "").strip()
    is_ours = typed.lower().endswith(UNPROVED)  # made up for whoever gave theirs up: nobody else may have it
    is_plain = typed.isascii() and typed.isprintable()
    if len(typed) > LONGEST_EMAIL or not is_plain or not EMAIL.fullmatch(typed) or is_ours:
        raise ValidationError(NO_ADDRESS)


def is_name(form: Form, field: Field) -> None:
    field.data = as_named(field.data or "")
    if not field.data:
        raise ValidationError(_l("Enter a name."))
    no_contact_details(form, field)


def no_contact_details(form: Form, field: Field) -> None:
    """For names that we mail or text to people who did not write to us first."""
    if has_contact_details(field.data or ""):
        raise ValidationError(CONTACT_DETAILS)


def is_zone(form: Form, field: Field) -> None:
    if field.data not in available_timezones():
        raise ValidationError(_l("Choose your time zone."))


def new_password(label: object) -> PasswordField:
    fit = Length(
        min=SHORTEST_PASSWORD,
        max=LONGEST_PASSWORD,
        message=_l("Use %(min)d to %(max)d characters for the password."),
    )
    needed = InputRequired(_l("Enter a new password."))
    return PasswordField(label, [needed, fit], render_kw={"autocomplete": "new-password"})


def present_password(label: object) -> PasswordField:
    needed = InputRequired(_l("Enter your current password."))
    return PasswordField(label, [needed], render_kw={"autocomplete": "current-password"})


def name(label: object, longest: int, autocomplete: str = "off") -> StringField:
    fit = Length(max=longest, message=_l("Use at most %(max)d letters."))
    return StringField(label, [fit, is_name], render_kw={"autocomplete": autocomplete, "maxlength": longest})


class SignInForm(FlaskForm):
    email = EmailField(
        _l("Email"), [InputRequired(), Length(max=LONGEST_EMAIL)], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class SettingsForm(FlaskForm):
    calls_next_when_done = BooleanField(_l("Done also calls the next person"))
    phone = TelField(
        _l("Your phone"),
        [Length(max=30, message=_l("That isn't a phone number."))],
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 30},
    )
    wants_join_texts = BooleanField(_l("A text when somebody joins an empty line"))


class PasswordForm(FlaskForm):
    present = present_password(_l("Current password"))
    new = new_password(_l("New password"))


class EmailForm(FlaskForm):
    new_email = EmailField(_l("New email"), [is_email], render_kw={"autocomplete": "email"})
    password = present_password(_l("Password"))


class ForgottenForm(FlaskForm):
    email = EmailField(_l("Email"), [is_email], render_kw={"autocomplete": "username"})


class NewPasswordForm(FlaskForm):
    new = new_password(_l("New password"))


class InvitationForm(FlaskForm):
    """Filled in by the invited person."""

    name = name(_l("Your name"), LONGEST_NAME, "name")
    new = new_password(_l("Password"))


class InviteForm(FlaskForm):
    """Filled in by the manager."""

    email = EmailField(_l("Email"), [is_email], render_kw={"autocomplete": "off"})
    role = SelectField(
        _l("What they do"),
        choices=[
            SelectChoice(Role.SERVICER.value, _l("serve at the counter")),
            SelectChoice(Role.MANAGER.value, _l("serve and manage")),
        ],
    )


class SignUpForm(FlaskForm):
    business = name(_l("Business name"), LONGEST_BUSINESS, "organization")
    # Any zone is taken: a browser may know its own by another name than the list's.
    timezone = SelectField(
        _l("Time zone"),
        [is_zone],
        choices=zone_choices,
        default=likely_zone,
        filters=[as_listed],
        validate_choice=False,
    )
    name = name(_l("Your name"), LONGEST_NAME, "name")
    email = EmailField(_l("Email"), [is_email], render_kw={"autocomplete": "username"})
    new = new_password(_l("Password"))
