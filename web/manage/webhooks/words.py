"""How a delivery and a webhook that is off are told on the page."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _, lazy_gettext as _l

from models.webhooks.deliveries import OVER, Delivery, DeliveryState, Problem
from models.webhooks.endpoints import Endpoint, OffReason

STATES = {
    DeliveryState.WAITING: _l("on its way"),
    DeliveryState.SENDING: _l("on its way"),
    DeliveryState.DELIVERED: _l("delivered"),
    DeliveryState.GIVEN_UP: _l("given up"),
}
CHIPS = {DeliveryState.DELIVERED: "go", DeliveryState.GIVEN_UP: "stop"}
PROBLEMS = {
    Problem.NOT_PUBLIC: _l("The host's name stands for a private address, where we never send."),
    Problem.NO_SUCH_HOST: _l("There's no host of that name."),
    Problem.NO_ANSWER: _l("There was no answer within 10 seconds."),
    Problem.NOT_TRUSTED: _l("The certificate can't be trusted."),
    Problem.NOT_REACHED: _l("The host couldn't be reached."),
    Problem.NOT_HTTP: _l("What answered doesn't speak HTTP."),
    Problem.NO_SECRET: _l("The secret can't be read. Make a new one."),
    Problem.NOT_ALLOWED: _l("The address isn't one that we may send to."),
}
REASONS = {
    OffReason.BY_HAND: _l("You turned it off."),
    OffReason.GONE: _l("It's off: the other side answered that it's gone (410)."),
    OffReason.FAILING: _l("It's off: nothing was taken there for three days."),
    OffReason.RESTORED: _l("It's been off since this installation was restored from a backup."),
}


class Row(NamedTuple):
    """One delivery as the page shows it."""

    id: int
    kind: str
    number: int | None
    queue: str
    when: str
    state: str
    chip: str
    attempts: int
    result: str  # the answer's status, or why there is none
    answer: str
    can_replay: bool


def row_of(delivery: Delivery, zone: ZoneInfo) -> Row:
    return Row(
        id=delivery.id,
        kind=delivery.kind,
        number=delivery.data.get("number"),
        queue=delivery.data.get("queue") or "",
        when=delivery.happened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        state=_("trying again") if _has_failed(delivery) else str(STATES[delivery.state]),
        chip=CHIPS.get(delivery.state, "warning" if _has_failed(delivery) else ""),
        attempts=delivery.attempts,
        result=_result(delivery),
        answer=delivery.answer or "",
        can_replay=delivery.state in OVER,
    )


def _has_failed(delivery: Delivery) -> bool:
    return delivery.state not in OVER and (delivery.status, delivery.problem) != (None, None)


def why_off(endpoint: Endpoint) -> str | None:
    """None while it is on."""
    return str(REASONS[endpoint.off_reason or OffReason.BY_HAND]) if endpoint.off_at is not None else None


def _result(delivery: Delivery) -> str:
    if delivery.problem is not None:
        return str(PROBLEMS[delivery.problem])
    if delivery.status is None:
        return ""
    if 300 <= delivery.status < 400:
        return _("Answer %(status)s: we don't follow redirects.", status=delivery.status)
    return _("Answer %(status)s", status=delivery.status)
