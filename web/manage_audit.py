"""What managers and servicers did, for the manager to read: the newest first, page by page."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user

from models.audit import AuditEntry, Deed, entries_of
from models.database import reading
from models.event import Actor
from web.managing import managers_part, own_business

AT_A_TIME = 50
LARGEST_ID = 2**62

DEEDS = {
    Deed.SIGNED_IN: _l("signed in"),
    Deed.SIGN_IN_FAILED: _l("gave a wrong password"),
    Deed.SIGNED_OUT: _l("signed out"),
    Deed.SESSIONS_ENDED: _l("signed out other browsers"),
    Deed.SIGNED_UP: _l("made the business"),
    Deed.INVITED: _l("invited"),
    Deed.INVITATION_WITHDRAWN: _l("withdrew the invitation of"),
    Deed.INVITATION_ACCEPTED: _l("accepted the invitation"),
    Deed.PASSWORD_CHANGED: _l("changed the password"),
    Deed.PASSWORD_RESET: _l("set a new password by mail"),
    Deed.EMAIL_CHANGED: _l("changed the e-mail"),
    Deed.SETTINGS_CHANGED: _l("changed settings"),
    Deed.FORGOT_CUSTOMER: _l("had a customer forgotten"),
    Deed.EXPORTED: _l("exported"),
}

blueprint = managers_part("manage_audit", "/audit")


@blueprint.get("")
def show() -> str:
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST_ID else None
    with reading() as session:
        found = entries_of(session, current_user.business_id, before=before, limit=AT_A_TIME + 1)
        zone = own_business(session).zone
        lines = [
            (entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M"), who(entry), what(entry), entry.address)
            for entry in found[:AT_A_TIME]
        ]
    older = found[AT_A_TIME - 1].id if len(found) > AT_A_TIME else None
    return render_template("web/manage/audit.html", lines=lines, older=older, before=before)


def who(entry: AuditEntry) -> str:
    if entry.servicer is not None:
        return entry.servicer.name
    return _("The clock") if entry.actor == Actor.CLOCK else _("The operator")


def what(entry: AuditEntry) -> str:
    """The deed, and what it was done to."""
    details = ", ".join(_detail(name, value) for name, value in entry.facts.items())
    words = str(DEEDS.get(entry.deed, entry.deed))
    return f"{words}: {details}" if details else words


def _detail(name: str, value: Any) -> str:
    return str(value) if name in ("email", "page", "what") else f"{name.replace('_', ' ')} {value}"
