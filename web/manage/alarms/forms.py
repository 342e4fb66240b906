"""The forms of the alarms: how and when to tell somebody, and of what in each queue."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from bot.wording.sms_templates import language_choices
from models.alarms.choices import AlarmSettings, QueueAlarms
from models.queueing.hours.timetable import time_of_day
from models.queueing.tables.queues import Queue
from web.http.fields.number_field import WholeNumberField

MOST_WAITING = 9_999
RANGE = _l("Enter a number from %(min)d to %(max)d.")
LANGUAGES = [SelectChoice(each["code"], each["language"]) for each in language_choices()]
SWITCHES = ("by_mail", "by_text", "texts_failing", "backup_late")
QUEUE_SWITCHES = ("stalled", "unstaffed", "called_long_ago")
TIME = {"type": "time", "autocomplete": "off"}


class AlarmsForm(FlaskForm):
    by_mail = BooleanField(_l("Email me"))
    by_text = BooleanField(_l("Text me"))
    language = SelectField(_l("Language"), choices=LANGUAGES)
    quiet_from = StringField(_l("Quiet from"), render_kw=TIME)
    quiet_until = StringField(_l("Quiet until"), render_kw=TIME)
    texts_failing = BooleanField(_l("Texts aren't leaving"))
    backup_late = BooleanField(_l("The day's backup is late"))

    @classmethod
    def of(cls, own: AlarmSettings | None, language: str) -> "AlarmsForm":
        known: dict[str, Any] = {"by_mail": True, "language": language}
        if own is not None:
            known = {name: getattr(own, name) for name in SWITCHES} | {"language": own.language or language}
            quiet = {"quiet_from": own.quiet_from, "quiet_until": own.quiet_until}
            known |= {name: f"{at:%H:%M}" for name, at in quiet.items() if at is not None}
        return cls(formdata=None, data=known)

    def validate_quiet_from(self, field: Field) -> None:
        _require_both_times(field, self.quiet_until)

    def validate_quiet_until(self, field: Field) -> None:
        _require_both_times(field, self.quiet_from)


class QueueForm(Form):
    """Part of the other form, which has the token."""

    most_waiting = WholeNumberField(
        _l("More people waiting than"),
        [Optional(), NumberRange(1, MOST_WAITING, RANGE)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    stalled = BooleanField(_l("The line isn't moving"))
    unstaffed = BooleanField(_l("People are waiting, and nobody is on duty"))
    called_long_ago = BooleanField(_l("Somebody was called 20 minutes ago, and nothing has happened since"))

    @classmethod
    def of(cls, queue: Queue, own: QueueAlarms | None) -> "QueueForm":
        return cls(formdata=None, obj=own, prefix=prefix_of(queue))

    @classmethod
    def sent(cls, queue: Queue) -> "QueueForm":
        return cls(formdata=request.form, prefix=prefix_of(queue))


def prefix_of(queue: Queue) -> str:
    return f"queue-{queue.id}-"


def are_valid(form: AlarmsForm, queue_forms: Sequence[QueueForm]) -> bool:
    """Each is validated, so that all errors are shown at once."""
    return all([form.validate(), *(each.validate() for each in queue_forms)])


def _require_both_times(field: Field, other: Field) -> None:
    typed, also = (field.data or "").strip(), (other.data or "").strip()
    if typed and time_of_day(typed) is None:
        raise ValidationError(_("Write the time like 09:00."))
    if not typed and also:
        raise ValidationError(_("Enter both times, or none."))
