"""What all the manager's pages share: the guard, the ways between them, and what is one's own.

Every part is a blueprint made by `managers_part`, so that no page of it can forget the guard. Never decides
anything about a queue, a person or a text.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Blueprint, abort, current_app, g, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.audit import Deed
from models.business import Business
from models.database import reading, transaction
from models.people import Role
from models.queues import Queue
from web.language import speak
from web.noting import note_own


class Way(NamedTuple):
    """A way that leads from every page to a part."""

    endpoint: str
    name: str  # marked for translation, and translated when it is shown
    beside: tuple[str, ...] = ()  # parts that lie there too
    tabs: "tuple[Way, ...]" = ()  # the ways between them, on their pages


# A part is shown once its page is there.
WAYS = (
    Way("manage.overview", _l("Overview")),
    Way("manage_queues.index", _l("Queues")),
    Way("manage_people.index", _l("People"), ("manage_invite",)),
    Way("manage_texts.index", _l("Texts")),
    Way("manage_statistics.index", _l("Statistics")),
    Way(
        "manage_settings.show",
        _l("Settings"),
        ("manage_safety", "manage_audit", "manage_forget"),
        (
            Way("manage_settings.show", _l("Business")),
            Way("manage_safety.show", _l("Safety"), ("manage_forget",)),
            Way("manage_audit.show", _l("Audit log")),
        ),
    ),
)


def managers_part(name: str, address: str = "") -> Blueprint:
    """A part of the manager's pages, below /manage: whoever is no manager of the business is turned away."""
    part = Blueprint(name, __name__, url_prefix=f"/manage{address}")
    part.before_request(_managers_only)
    part.after_request(_note_what_was_done)
    part.context_processor(_shown)
    return part


def _shown() -> dict[str, Any]:
    names = {name: g.get(name, "") for name in ("business_name", "business_zone")}
    ways = _those_there(WAYS)
    tabs = next((way.tabs for way, is_here in ways if is_here), ())
    return names | {"ways": ways, "tabs": _those_there(tabs)}


def _those_there(ways: tuple[Way, ...]) -> list[tuple[Way, bool]]:
    """Each way, and whether the page that is asked for lies there."""
    there = (way for way in ways if way.endpoint in current_app.view_functions)
    return [(way, _lies_there(request.blueprint or "", way)) for way in there]


def _lies_there(part: str, way: Way) -> bool:
    """manage_queues_hours lies below manage_queues."""
    name = way.endpoint.partition(".")[0]
    return part in (name, *way.beside) or (name != "manage" and part.startswith(f"{name}_"))


def own_business(session: Session) -> Business:
    return session.get_one(Business, current_user.business_id)


def own_queue(session: Session, keyword: str) -> Queue:
    """The queue of this keyword, if it is of the manager's own business."""
    queue = Queue.named(session, keyword)
    if queue is None or queue.business_id != current_user.business_id:
        abort(404)
    return queue


def note_change(session: Session, what: str, now: datetime, **facts: object) -> None:
    """For the manager to read later: who changed what."""
    note_own(session, Deed.SETTINGS_CHANGED, current_user, now, what=what, **facts)


def _note_what_was_done(response: Response) -> Response:
    """A change or an export that its page has not noted itself goes into the audit log by its address."""
    is_change = request.method == "POST" and response.status_code in (302, 303)
    is_export = response.status_code == 200 and "Content-Disposition" in response.headers
    if (is_change or is_export) and current_user.is_authenticated and not g.get("is_noted"):
        me, now, what = current_user, datetime.now(UTC), Deed.EXPORTED if is_export else Deed.SETTINGS_CHANGED
        words = {"page": request.path.removeprefix("/manage").strip("/") or "manage"}
        if is_export and request.args.get("phones") == "1":
            words["what"] = "with phone numbers"
        transaction(lambda session: note_own(session, what, me, now, **words))
    return response


def _managers_only() -> Response | None:
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    if current_user.role != Role.MANAGER:
        abort(403)
    with reading() as session:
        business = own_business(session)
    g.business_name, g.business_zone = business.name, business.timezone
    speak(business=business.language, zone=business.timezone)
    return None
