"""Who may use which endpoint, in one table. An endpoint that is missing here is refused to everybody.

Checks signing-in and roles only; each view itself checks that a record belongs to the user's business.
"""

from enum import StrEnum

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.wrappers import Response

from models.people.servicers import Role


class Access(StrEnum):
    ANYBODY = "anybody"
    HOLDER = "whoever has the link"
    KIOSK = "a paired tablet, by its key"
    PROGRAM = "a program, by a key of the business"
    SERVICER = "servicers and managers"
    MANAGER = "managers"


# Whole blueprints. Every other endpoint is listed below.
BLUEPRINTS = {"control": Access.SERVICER, "api": Access.PROGRAM}
MANAGER_BLUEPRINT = "manage"  # manage, manage_queues, …

ENDPOINTS = {
    "static": Access.ANYBODY,
    "bootstrap.static": Access.ANYBODY,
    "privacy.installation": Access.ANYBODY,
    "privacy.of_queue": Access.ANYBODY,
    "home.show": Access.ANYBODY,
    "home.robots": Access.ANYBODY,
    "health.healthz": Access.ANYBODY,
    "health.readyz": Access.ANYBODY,
    "health.readyz_web": Access.ANYBODY,
    "health.metrics": Access.ANYBODY,
    "live.follow": Access.ANYBODY,
    "live.follow_board": Access.ANYBODY,
    "customer.find": Access.ANYBODY,
    "customer.queue": Access.ANYBODY,
    "customer.take_number": Access.ANYBODY,
    "customer.ticket": Access.HOLDER,
    "customer.text_me_code": Access.HOLDER,
    "customer.own_data": Access.HOLDER,
    "customer.leave": Access.HOLDER,
    "customer.still_coming": Access.HOLDER,
    "customer.let_others_go_first": Access.HOLDER,
    "customer.say_to_counter": Access.HOLDER,
    "customer.set_lead": Access.HOLDER,
    "customer.take_another_number": Access.HOLDER,
    "display.board": Access.ANYBODY,
    "boards.show": Access.ANYBODY,
    "display.poster": Access.ANYBODY,
    "display.text_code": Access.ANYBODY,
    "display.page_code": Access.ANYBODY,
    "display.code_png": Access.ANYBODY,
    "kiosk.show": Access.ANYBODY,  # the form that pairs a tablet, or the kiosk to one that is
    "kiosk.pair_tablet": Access.ANYBODY,
    "kiosk.take_number": Access.KIOSK,
    "other_sites.data": Access.ANYBODY,
    "other_sites.badge": Access.ANYBODY,
    "other_sites.embed": Access.ANYBODY,
    "phones.show": Access.ANYBODY,  # only where no carrier is configured
    "phones.texts": Access.ANYBODY,
    "phones.send": Access.ANYBODY,
    "signing_in.login": Access.ANYBODY,
    "signing_in.sign_in": Access.ANYBODY,
    "signing_in.logout": Access.ANYBODY,
    "signing_in.signup": Access.ANYBODY,
    "signing_in.make_business": Access.ANYBODY,
    "stop_mails.show": Access.HOLDER,
    "stop_mails.stop": Access.HOLDER,
    "links.forgotten": Access.ANYBODY,
    "links.ask_for_reset": Access.ANYBODY,
    "links.reset": Access.HOLDER,
    "links.set_password": Access.HOLDER,
    "links.new_email": Access.HOLDER,
    "links.confirm_email": Access.HOLDER,
    "proof.mail_again": Access.SERVICER,
    "proof.show": Access.HOLDER,
    "proof.prove": Access.HOLDER,
    "links.invitation": Access.HOLDER,
    "links.accept": Access.HOLDER,
    "account.show": Access.SERVICER,
    "account.change_email": Access.SERVICER,
    "account.end_one_session": Access.SERVICER,
    "account.end_sessions_elsewhere": Access.SERVICER,
    "account.change_settings": Access.SERVICER,
    "account.change_password": Access.SERVICER,
}


def set_up(app: Flask) -> None:
    app.before_request(_refuse_unauthorized)


def required_access(endpoint: str) -> Access | None:
    """Who may use this endpoint; None if the table does not say."""
    part = endpoint.rpartition(".")[0]
    if part == MANAGER_BLUEPRINT or part.startswith(f"{MANAGER_BLUEPRINT}_"):
        return Access.MANAGER
    return ENDPOINTS.get(endpoint) or BLUEPRINTS.get(part)


def _refuse_unauthorized() -> Response | None:
    if request.endpoint is None:  # no such address: answered with 404
        return None
    who = required_access(request.endpoint)
    if who is None:
        abort(403)
    if who in (Access.SERVICER, Access.MANAGER) and not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if who == Access.MANAGER and current_user.role != Role.MANAGER:
        abort(403)
    return None
