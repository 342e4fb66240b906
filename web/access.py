"""Who may use which address, in one table: what is not stated here is refused to everybody.

Says who may come in at all; that nobody reaches into another business is each page's own business.
"""

from enum import StrEnum

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.wrappers import Response

from models.people import Role


class Who(StrEnum):
    ANYBODY = "anybody"
    HOLDER = "whoever has the link"
    CARRIER = "the carrier, by its signature"
    SERVICER = "servicers and managers"
    MANAGER = "managers"


# Pages of people who have signed in may be stated by their part.
PARTS = {"control": Who.SERVICER}
MANAGERS_PARTS = "manage"  # manage, manage_queues, …

ADDRESSES = {
    "static": Who.ANYBODY,
    "bootstrap.static": Who.ANYBODY,
    "privacy.installation": Who.ANYBODY,
    "privacy.of_queue": Who.ANYBODY,
    "home.show": Who.ANYBODY,
    "home.robots": Who.ANYBODY,
    "health.healthz": Who.ANYBODY,
    "health.readyz": Who.ANYBODY,
    "health.readyz_web": Who.ANYBODY,
    "health.metrics": Who.ANYBODY,
    "live.follow": Who.ANYBODY,
    "customer.find": Who.ANYBODY,
    "customer.queue": Who.ANYBODY,
    "customer.take_number": Who.ANYBODY,
    "customer.ticket": Who.HOLDER,
    "customer.leave": Who.HOLDER,
    "customer.let_others_go_first": Who.HOLDER,
    "customer.set_lead": Who.HOLDER,
    "customer.take_another_number": Who.HOLDER,
    "display.board": Who.ANYBODY,
    "display.poster": Who.ANYBODY,
    "display.text_code": Who.ANYBODY,
    "display.page_code": Who.ANYBODY,
    "display.code_png": Who.ANYBODY,
    "phones.show": Who.ANYBODY,  # only where no carrier is configured
    "phones.texts": Who.ANYBODY,
    "phones.send": Who.ANYBODY,
    "webhooks.sms": Who.CARRIER,
    "webhooks.status": Who.CARRIER,
    "signing_in.login": Who.ANYBODY,
    "signing_in.sign_in": Who.ANYBODY,
    "signing_in.logout": Who.ANYBODY,
    "signing_in.signup": Who.ANYBODY,
    "signing_in.make_business": Who.ANYBODY,
    "stop_mails.show": Who.HOLDER,
    "stop_mails.stop": Who.HOLDER,
    "links.forgotten": Who.ANYBODY,
    "links.ask_for_reset": Who.ANYBODY,
    "links.reset": Who.HOLDER,
    "links.set_password": Who.HOLDER,
    "links.new_email": Who.HOLDER,
    "links.confirm_email": Who.HOLDER,
    "links.invitation": Who.HOLDER,
    "links.accept": Who.HOLDER,
    "account.show": Who.SERVICER,
    "account.change_email": Who.SERVICER,
    "account.end_one_session": Who.SERVICER,
    "account.end_sessions_elsewhere": Who.SERVICER,
    "account.change_settings": Who.SERVICER,
    "account.change_password": Who.SERVICER,
}


def set_up(app: Flask) -> None:
    app.before_request(_turn_away)


def who_may(endpoint: str) -> Who | None:
    """Who may use this address; None where nobody has stated it."""
    part = endpoint.rpartition(".")[0]
    if part == MANAGERS_PARTS or part.startswith(f"{MANAGERS_PARTS}_"):
        return Who.MANAGER
    return ADDRESSES.get(endpoint) or PARTS.get(part)


def _turn_away() -> Response | None:
    if request.endpoint is None:  # there is no such address
        return None
    who = who_may(request.endpoint)
    if who is None:
        abort(403)
    if who in (Who.SERVICER, Who.MANAGER) and not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if who == Who.MANAGER and current_user.role != Role.MANAGER:
        abort(403)
    return None
