"""What all the manager's pages share: the role check, the navigation, and access to the own business.

Every page is on a blueprint made by `manager_blueprint`, so none can miss the check.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Blueprint, abort, current_app, g, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.audit_log import AuditAction
from models.people.business import Business
from models.people.servicers import Role
from models.queueing.tables.queues import Queue
from models.storage.database import DATABASE_ERRORS, reading, transaction
from web.account.audit_notes import record_own
from web.http.language import use_language
from web.http.old_addresses import own_queue_at


class NavItem(NamedTuple):
    """An entry of the navigation that every manager's page shows."""

    endpoint: str
    name: str  # a lazy string: translated when it is rendered
    related: tuple[str, ...] = ()  # other blueprints for which it is highlighted
    tabs: "tuple[NavItem, ...]" = ()  # the second level of navigation


# An entry is shown only if its endpoint is registered.
NAVIGATION = (
    NavItem("manage.overview", _l("Overview")),
    NavItem("manage_queues.index", _l("Queues"), ("manage_screens",)),
    NavItem("manage_people.index", _l("People"), ("manage_invite",)),
    NavItem("manage_texts.index", _l("Texts")),
    NavItem("manage_statistics.index", _l("Statistics")),
    NavItem(
        "manage_settings.show",
        _l("Settings"),
        (
            "manage_alarms",
            "manage_safety",
            "manage_audit",
            "manage_forget",
            "manage_api_keys",
            "manage_webhooks",
        ),
        (
            NavItem("manage_settings.show", _l("Business")),
            NavItem("manage_alarms.show", _l("Alarms")),
            NavItem("manage_safety.show", _l("Safety"), ("manage_forget",)),
            NavItem("manage_api_keys.show", _l("API keys")),
            NavItem("manage_webhooks.index", _l("Webhooks")),
            NavItem("manage_audit.show", _l("Audit log")),
        ),
    ),
)


def manager_blueprint(name: str, address: str = "") -> Blueprint:
    """A blueprint below /manage that only managers of the business may use."""
    part = Blueprint(name, __name__, url_prefix=f"/manage{address}")
    part.before_request(_managers_only)
    part.after_request(_record_change_or_export)
    part.context_processor(_shown)
    return part


def _shown() -> dict[str, Any]:
    names = {name: g.get(name, "") for name in ("business_name", "business_zone")}
    navigation = _registered(NAVIGATION)
    tabs = next((item.tabs for item, is_here in navigation if is_here), ())
    return names | {"navigation": navigation, "tabs": _registered(tabs)}


def _registered(navigation: tuple[NavItem, ...]) -> list[tuple[NavItem, bool]]:
    """The registered items, and for each whether the requested page belongs to it."""
    there = (item for item in navigation if item.endpoint in current_app.view_functions)
    return [(item, _contains(request.blueprint or "", item)) for item in there]


def _contains(part: str, item: NavItem) -> bool:
    """By name: manage_queues_hours belongs to manage_queues."""
    name = item.endpoint.partition(".")[0]
    return part in (name, *item.related) or (name != "manage" and part.startswith(f"{name}_"))


def own_business(session: Session) -> Business:
    return session.get_one(Business, current_user.business_id)


def own_queue(session: Session, keyword: str) -> Queue:
    """The queue with this keyword; 404 unless it belongs to the manager's business."""
    return own_queue_at(session, current_user.business_id, keyword) or abort(404)


def record_change(session: Session, what: str, now: datetime, **facts: object) -> None:
    """Record in the audit log which setting the current user changed."""
    record_own(session, AuditAction.SETTINGS_CHANGED, current_user, now, what=what, **facts)


def _record_change_or_export(response: Response) -> Response:
    """Record a change or an export by its address, unless its view has already recorded it."""
    is_change = request.method == "POST" and response.status_code in (302, 303)
    is_export = response.status_code == 200 and "Content-Disposition" in response.headers
    if (is_change or is_export) and current_user.is_authenticated and not g.get("is_recorded"):
        me, now, what = (
            current_user,
            datetime.now(UTC),
            AuditAction.EXPORTED if is_export else AuditAction.SETTINGS_CHANGED,
        )
        words = {"page": request.path.removeprefix("/manage").strip("/") or "manage"}
        if is_export and request.args.get("phones") == "1":
            words["what"] = "with phone numbers"
        try:
            transaction(lambda session: record_own(session, what, me, now, **words))
        except DATABASE_ERRORS as error:
            if not is_export:
                raise
            return current_app.make_response(current_app.handle_user_exception(error))  # and no file
    return response


def _managers_only() -> Response | None:
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if current_user.role != Role.MANAGER:
        abort(403)
    with reading() as session:
        business = own_business(session)
    g.business_name, g.business_zone = business.name, business.timezone
    use_language(business=business.language, zone=business.timezone)
    return None
