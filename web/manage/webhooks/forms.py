"""The form of a webhook: its address, which events of which queues, and whether it may see people."""

from collections.abc import Collection, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from models.queueing.tables.queues import Queue
from models.webhooks.addresses import LONGEST_URL, UrlProblem, url_problem
from models.webhooks.endpoints import Endpoint
from models.webhooks.event_types import WebhookType

WORDS = {
    WebhookType.TICKET_JOINED: _l("Somebody takes a number"),
    WebhookType.TICKET_CALLED: _l("A number is called"),
    WebhookType.TICKET_STARTED: _l("Service starts"),
    WebhookType.TICKET_SERVED: _l("Somebody is served"),
    WebhookType.TICKET_LEFT: _l("Somebody leaves the line"),
    WebhookType.TICKET_NO_SHOW: _l("Somebody is marked as a no-show"),
    WebhookType.TICKET_REMOVED: _l("Somebody is removed"),
    WebhookType.TICKET_PUT_BACK: _l("Somebody is put back"),
    WebhookType.TICKET_ON_HOLD: _l("Somebody is put on hold"),
    WebhookType.TICKET_BROUGHT_BACK: _l("Somebody is brought back"),
    WebhookType.TICKET_MOVED: _l("Somebody moves in the line"),
    WebhookType.TICKET_TRANSFERRED: _l("Somebody comes from another queue"),
    WebhookType.TICKET_ARRIVED: _l("Somebody says they're here"),
    WebhookType.TICKET_COMING: _l("Somebody says they're coming"),
    WebhookType.TICKET_UNDONE: _l("A press is undone"),
    WebhookType.TICKET_FORGOTTEN: _l("A customer is forgotten"),
    WebhookType.QUEUE_OPENED: _l("The queue opens"),
    WebhookType.QUEUE_PAUSED: _l("The queue is paused"),
    WebhookType.QUEUE_LAST_CALL: _l("Last call begins"),
    WebhookType.QUEUE_CLOSED: _l("The queue closes"),
}
PROBLEMS = {
    UrlProblem.NOT_AN_ADDRESS: _l("Enter a whole address, such as https://example.com/hooks."),
    UrlProblem.NOT_HTTPS: _l("The address must begin with https://."),
    UrlProblem.WITH_PASSWORD: _l("Leave out the user and password. Every message is signed instead."),
    UrlProblem.PORT: _l("Leave out the port, or use 443 or 8443."),
    UrlProblem.NOT_PUBLIC: _l("That address isn't on the public internet."),
}


class WebhookForm(FlaskForm):
    """With a switch for each type of event here; `form_for` adds one for each queue."""

    url = StringField(
        _l("Address"),
        [
            DataRequired(PROBLEMS[UrlProblem.NOT_AN_ADDRESS]),
            Length(max=LONGEST_URL, message=_l("Use at most %(max)d characters.")),
        ],
        filters=[lambda typed: (typed or "").strip()],
        render_kw={
            "type": "url",
            "maxlength": LONGEST_URL,
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": "https://example.com/hooks",
        },
    )
    sees_people = BooleanField(_l("Send names and phone numbers"))
    every_queue = BooleanField(_l("All queues, also those you add later"), default=True)

    def validate_url(self, field: Any) -> None:
        problem = url_problem(field.data, current_app.config["SETTINGS"].webhook_allowed_hosts)
        if problem is not None:
            raise ValidationError(str(PROBLEMS[problem]))

    def validate_every_queue(self, field: Any) -> None:
        """All queues are chosen as such: nothing chosen never means all."""
        has_chosen = any(each.data for each in self.of_queues)
        if self.of_queues and has_chosen == bool(field.data):
            raise ValidationError(_("Choose either all queues or single ones."))

    @property
    def of_events(self) -> list[tuple[str, BooleanField]]:
        return [(kind.value, self[name_of(kind)]) for kind in WebhookType]

    @property
    def of_queues(self) -> list[BooleanField]:
        return [each for each in self if each.name.startswith("queue_") and each.name[6:].isdecimal()]

    @property
    def events(self) -> list[str]:
        return [kind for kind, field in self.of_events if field.data]

    @property
    def queue_ids(self) -> list[int] | None:
        """None: all of them."""
        return [int(each.name[6:]) for each in self.of_queues if each.data] or None


def name_of(kind: WebhookType) -> str:
    return kind.value.replace(".", "_")


for _kind in WebhookType:
    setattr(WebhookForm, name_of(_kind), BooleanField(WORDS[_kind], default=True))


def form_for(queues: Sequence[Queue], kept: Endpoint | None = None, *, is_sent: bool = False) -> WebhookForm:
    """As it was sent; else with what is kept, or with every event for a new one."""
    switches = {f"queue_{queue.id}": BooleanField(_label(queue)) for queue in queues}
    kind = type("WebhookForm", (WebhookForm,), switches)
    if is_sent:
        return kind()
    return kind(formdata=None, data=_kept(kept, queues) if kept else None)


def _label(queue: Queue) -> str:
    return queue.name if queue.archived_at is None else _("%(queue)s (archived)", queue=queue.name)


def _kept(endpoint: Endpoint, queues: Sequence[Queue]) -> dict[str, Any]:
    chosen: Collection[int] = endpoint.queue_ids or ()
    return (
        {"url": endpoint.url, "sees_people": endpoint.sees_people, "every_queue": endpoint.queue_ids is None}
        | {name_of(kind): kind.value in endpoint.events for kind in WebhookType}
        | {f"queue_{queue.id}": queue.id in chosen for queue in queues}
    )


def why_nothing(form: WebhookForm) -> str | None:
    return None if form.events else _("Choose at least one event.")
