"""The form of a board of several queues: its queues in order, colours, and messages in each language."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from bot.wording.contact_details import as_named, has_contact_details
from bot.wording.sms_templates import language_choices
from models.queueing.tables.boards import (
    COLOURS,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_MESSAGES,
    MOST_QUEUES,
    BoardQueue,
)
from models.queueing.tables.queues import Queue
from web.manage.forms import SpokenForm, name_field

_COLOUR_NAMES = {
    "yellow": _l("yellow"),
    "blue": _l("blue"),
    "green": _l("green"),
    "orange": _l("orange"),
    "violet": _l("violet"),
    "pink": _l("pink"),
    "teal": _l("teal"),
    "white": _l("white"),
}


def colour_choices() -> list[SelectChoice]:
    return [SelectChoice(colour, str(_COLOUR_NAMES[colour])) for colour in COLOURS]


LISTS = ("said", "queues", "colours")
IN_A_LIST = re.compile(rf"({'|'.join(LISTS)})-[0-9]{{1,2}}")


class BoardForm(SpokenForm):
    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Form, formdata: Any) -> MultiDict[str, Any] | None:
            """Without fields that only look as if they stood in a list: their places are not all numbers."""
            given = super().wrap_formdata(form, formdata)
            if given is None:
                return None
            names = [name for name in given if not name.startswith(LISTS) or IN_A_LIST.fullmatch(name)]
            return MultiDict([(name, value) for name in names for value in given.getlist(name)])

    name = name_field(_l("Name"), LONGEST_NAME, _l("Enter a name, such as Waiting room."))
    # One field for each language, in the order of language_choices().
    said = FieldList(
        TextAreaField(), min_entries=len(language_choices()), max_entries=len(language_choices())
    )
    queues = FieldList(SelectField(), min_entries=MOST_QUEUES, max_entries=MOST_QUEUES)
    colours = FieldList(SelectField(choices=colour_choices), min_entries=MOST_QUEUES, max_entries=MOST_QUEUES)

    def __init__(self, of_business: Sequence[Queue], **given: Any) -> None:
        super().__init__(**given)
        offered = [SelectChoice(queue.keyword, _named(queue)) for queue in of_business]
        for field in self.queues:
            field.choices = [SelectChoice("", _("no queue")), *offered]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The keyword of each queue that was chosen, and its colour."""
        rows = zip(self.queues, self.colours, strict=True)
        return [(queue.data, colour.data) for queue, colour in rows if queue.data]

    @property
    def messages(self) -> dict[str, list[str]]:
        """By language."""
        fields = zip(language_choices(), self.said, strict=True)
        return {each["code"]: _lines(field) for each, field in fields}

    def validate_queues(self, fields: Field) -> None:
        taken = set()
        for field in fields:
            if field.data and field.data in taken:
                field.errors = [_("This queue is on the board already.")]
                raise ValidationError(field.errors[0])
            taken.add(field.data)

    def validate_said(self, fields: Field) -> None:
        for field in fields:
            problem = _problem(_lines(field))
            if problem:
                field.errors = [problem]
                raise ValidationError(problem)


def shown_in_form(queues: Sequence[BoardQueue], messages: dict[str, list[str]]) -> dict[str, Any]:
    """What the form shows of a board, each free place with a colour that no queue has."""
    taken = [row.colour for row in queues]
    free = [colour for colour in COLOURS if colour not in taken]
    return {
        "queues": [*(row.queue.keyword for row in queues), *([""] * MOST_QUEUES)][:MOST_QUEUES],
        "colours": [*taken, *free, *COLOURS][:MOST_QUEUES],
        "said": ["\n".join(messages.get(each["code"], [])) for each in language_choices()],
    }


def _named(queue: Queue) -> str:
    return f"{queue.prefix} · {queue.name}" if queue.prefix else queue.name


def _lines(field: Field) -> list[str]:
    lines = (as_named(line) for line in (field.data or "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def _problem(lines: list[str]) -> str | None:
    if len(lines) > MOST_MESSAGES:
        return _("Use at most %(most)d messages in a language.", most=MOST_MESSAGES)
    for line in lines:
        if len(line) > LONGEST_MESSAGE:
            return _(
                "“%(words)s” is too long: use at most %(max)d characters.", words=line, max=LONGEST_MESSAGE
            )
        if has_contact_details(line) or "<" in line:
            return _("Leave web addresses, email addresses, phone numbers and HTML out of the messages.")
    return None
