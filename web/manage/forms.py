"""The manager's forms, their validation and warnings. Changes nothing."""

import re
from itertools import zip_longest
from string import ascii_uppercase
from typing import Any

from flask import current_app, flash
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, DateField, Field, FloatField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, StopValidation, ValidationError

from bot.sanitizing import sanitized
from bot.spelling import distance
from bot.understanding import keyword_problem, normal_keyword, word_alike
from bot.wording.contact_details import as_named, has_contact_details
from bot.wording.sms_templates import language_choices
from models.queueing.setup.queue_settings import LIMITS
from models.queueing.tables.boards import Board
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from web.account.forms import no_contact_details

MINUTES = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?")
LONGEST_QUEUE_NAME = 60
LONGEST_DESK_NAME = 30
LONGEST_DAY_NAME = 60
LONGEST_QUESTION = 80
LONGEST_TYPED_KEYWORD = 40
KEYWORD_ATTRIBUTES = {
    "maxlength": 20,
    "autocapitalize": "characters",
    "autocomplete": "off",
    "spellcheck": "false",
}


def number_given(form: FlaskForm, field: Field) -> None:
    if field.data is None and not field.process_errors:
        raise StopValidation(_("Enter a number."))


class WholeNumber(IntegerField):
    """A whole number within the limits of its rule; empty only if `may_be_empty`."""

    def __init__(self, label: Any, rule: str, *, may_be_empty: bool = False, **rest: Any) -> None:
        self.least, self.most = (int(limit) for limit in LIMITS[rule])
        check = Optional() if may_be_empty else number_given
        render = {"min": self.least, "max": self.most, "inputmode": "numeric"}
        super().__init__(label, [check], render_kw=render, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else None
        if typed and (self.data is None or not self.least <= self.data <= self.most):
            self.data = None
            words = _("Enter a whole number from %(least)s to %(most)s.", least=self.least, most=self.most)
            raise ValueError(words)


class Minutes(FloatField):
    """Minutes as a decimal number, with a comma or a point."""

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, [number_given], **rest)
        self.render_kw = {"inputmode": "decimal"}

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip().replace(",", ".")
        least, most = LIMITS["minutes_per_customer"]
        self.data = float(typed) if MINUTES.fullmatch(typed) else None
        if typed and (self.data is None or not least <= self.data <= most):
            self.data = None
            raise ValueError(_("Enter minutes, such as 5 or 7.5. A day at most."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:g}"


def name_field(label: Any, longest: int, missing: Any, **rest: Any) -> StringField:
    """A required name on one line, without control characters."""
    return StringField(
        label,
        [
            DataRequired(missing),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
            no_contact_details,
        ],
        filters=[lambda typed: as_named(typed) if typed else typed],
        render_kw={"maxlength": longest, "autocomplete": "off"} | rest,
    )


class NewQueueForm(FlaskForm):
    name = name_field(_l("Name"), LONGEST_QUEUE_NAME, _l("Enter a name for customers, such as Haircuts."))
    keyword = StringField(
        _l("Keyword"),
        [Length(max=LONGEST_TYPED_KEYWORD, message=_l("That's too long for a keyword."))],
        render_kw=KEYWORD_ATTRIBUTES,
    )
    minutes_per_customer = Minutes(_l("Minutes per customer"), default=5.0)

    def validate_keyword(self, field: Field) -> None:
        problem = keyword_problem(field.data or "")
        if problem:
            raise ValidationError(problem)
        field.data = normal_keyword(field.data)


def spoken_choices() -> list[SelectChoice]:
    known = [SelectChoice(each["code"], each["language"]) for each in language_choices()]
    return [SelectChoice("", _("no language")), *known]


def letter_choices() -> list[SelectChoice]:
    return [SelectChoice("", _("no letter")), *(SelectChoice(each, each) for each in ascii_uppercase)]


def paper_choices() -> list[SelectChoice]:
    return [
        SelectChoice("", _("never")),
        SelectChoice("80mm", _("on a roll, 80 mm")),
        SelectChoice("a6", "A6"),
    ]


SPOKEN = ("spoken_1", "spoken_2", "spoken_3")


class SpokenForm(FlaskForm):
    """The languages in which a queue's board, or a board of several, says calls aloud."""

    spoken_1 = SelectField(_l("Say calls aloud in"), choices=spoken_choices)
    spoken_2 = SelectField(_l("Then in"), choices=spoken_choices)
    spoken_3 = SelectField(_l("And in"), choices=spoken_choices)

    @property
    def spoken_languages(self) -> str:
        """Those chosen, once each, in their order."""
        chosen = (self[name].data for name in SPOKEN)
        return " ".join(dict.fromkeys(each for each in chosen if each))


def spoken_of(shown: Queue | Board) -> dict[str, str]:
    """What the form shows of a queue or a board."""
    return dict(zip_longest(SPOKEN, shown.spoken_languages.split(), fillvalue=""))


class RulesForm(NewQueueForm, SpokenForm):
    """All settings of a queue except its hours and desks."""

    alert_ahead = WholeNumber(_l("Text them at place"), "alert_ahead")
    tolerance_minutes = WholeNumber(_l("Tell them if the wait is off by more than"), "tolerance_minutes")
    capacity = WholeNumber(_l("Most people waiting"), "capacity", may_be_empty=True)
    backup_above = WholeNumber(_l("Call for backup above"), "backup_above", may_be_empty=True)
    backup_minutes = WholeNumber(_l("Or when the wait is over"), "backup_minutes", may_be_empty=True)
    later_by = WholeNumber(_l("Later lets go first"), "later_by")
    later_cap = WholeNumber(_l("At most, per visit"), "later_cap")
    put_back_behind = WholeNumber(_l("Put back behind"), "put_back_behind")
    reminder_minutes = WholeNumber(_l("Remind them after"), "reminder_minutes")
    no_show_minutes = WholeNumber(_l("Not here after"), "no_show_minutes")
    coming_minutes = WholeNumber(_l("Wait if they're coming"), "coming_minutes")
    question = StringField(
        _l("Your question"),
        [Length(max=LONGEST_QUESTION, message=_l("Use at most %(max)d characters."))],
        filters=[lambda typed: as_named(typed or "") or None],
        render_kw={"maxlength": LONGEST_QUESTION, "autocomplete": "off"},
    )
    marks_no_shows = BooleanField(_l("Then mark a no-show automatically"))
    asks_for_rating = BooleanField(_l("Ask for a rating by text after serving"))
    door_code = BooleanField(_l("Ask for a code that is shown where you are"))
    prefix = SelectField(_l("Letter before each number"), choices=letter_choices)
    slip_paper = SelectField(_l("A kiosk prints slips"), choices=paper_choices)
    last_call_at_closing = BooleanField(_l("Last call at closing time"))
    stays_open_overnight = BooleanField(_l("Keep the line overnight"))

    def validate_question(self, field: Field) -> None:
        if has_contact_details(field.data or ""):
            words = _("Leave web addresses, email addresses and phone numbers out of the question.")
            raise ValidationError(words)

    def validate_no_show_minutes(self, field: Field) -> None:
        if field.data is not None and self.reminder_minutes.data and field.data < self.reminder_minutes.data:
            raise ValidationError(_("This can't come before the reminder."))


RULES = (
    "name",
    "keyword",
    "minutes_per_customer",
    "alert_ahead",
    "tolerance_minutes",
    "capacity",
    "backup_above",
    "backup_minutes",
    "later_by",
    "later_cap",
    "put_back_behind",
    "reminder_minutes",
    "no_show_minutes",
    "coming_minutes",
    "marks_no_shows",
    "question",
    "asks_for_rating",
    "door_code",
    "prefix",
    "slip_paper",
    "last_call_at_closing",
    "stays_open_overnight",
)


class DeskForm(FlaskForm):
    name = name_field(_l("Name"), LONGEST_DESK_NAME, _l("Enter a name, such as Desk 3."))


def day_given(form: FlaskForm, field: Field) -> None:
    if field.data is None:
        typed = any(field.raw_data or ())
        field.errors = []
        words = _("That isn't a date. Write it like 2026-12-25.") if typed else _("Choose a day.")
        raise StopValidation(words)


class HolidayForm(FlaskForm):
    day = DateField(_l("Day"), [day_given])
    name = StringField(
        _l("Name of the holiday"),
        [Length(max=LONGEST_DAY_NAME, message=_l("Use at most %(max)d characters."))],
        filters=[lambda typed: sanitized(typed) if typed else typed],
        render_kw={"maxlength": LONGEST_DAY_NAME, "autocomplete": "off"},
    )


def warn_of_similar_keyword(keyword: str) -> None:
    """Warn if another keyword is one typo away: customers could join the wrong queue. It is still allowed."""
    with reading() as session:
        mine = select(Queue.keyword).where(
            Queue.business_id == current_user.business_id, Queue.archived_at.is_(None)
        )
        alike = [other for other in session.scalars(mine) if 0 < distance(keyword, other, 1) <= 1]
    if alike:
        words = _(
            "%(new)s is one typo away from %(other)s, so people may end up in the other line.",
            new=keyword,
            other=alike[0],
        )
        flash(words, "warning")
    if word := word_alike(keyword):
        words = _("%(new)s is one typo away from our word %(word)s.", new=keyword, word=word)
        flash(words, "warning")


def most_queues() -> int:
    return int(current_app.config["SETTINGS"].queues_per_business)


def no_room() -> str:
    return _(
        "A business can have at most %(most)d queues here. Archive one you don't use, or ask whoever "
        "runs this installation for more.",
        most=most_queues(),
    )
