"""The audit log: what managers and servicers did, the newest first, in pages."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user

from models.people.actors import Actor
from models.people.audit_log import AuditAction, AuditEntry, entries_of
from models.storage.database import LARGEST_BIG_ID, reading
from web.manage.guard import manager_blueprint, own_business

AT_A_TIME = 50

ACTIONS = {
    AuditAction.SIGNED_IN: _l("signed in"),
    AuditAction.SIGN_IN_FAILED: _l("entered a wrong password"),
    AuditAction.SIGNED_OUT: _l("signed out"),
    AuditAction.SESSIONS_ENDED: _l("signed out other browsers"),
    AuditAction.SIGNED_UP: _l("created the business"),
    AuditAction.INVITED: _l("invited"),
    AuditAction.INVITATION_WITHDRAWN: _l("withdrew the invitation to"),
    AuditAction.INVITATION_ACCEPTED: _l("accepted the invitation"),
    AuditAction.PASSWORD_CHANGED: _l("changed the password"),
    AuditAction.PASSWORD_RESET: _l("set a new password by email"),
    AuditAction.EMAIL_CHANGED: _l("changed the email"),
    AuditAction.EMAIL_PROVED: _l("confirmed the email"),
    AuditAction.EMAIL_GIVEN_UP: _l("lost the email to the person who confirmed it"),
    AuditAction.SETTINGS_CHANGED: _l("changed settings"),
    AuditAction.SEARCHED_PHONES: _l("searched for a phone"),
    AuditAction.FORGOT_CUSTOMER: _l("erased a customer"),
    AuditAction.EXPORTED: _l("exported"),
    AuditAction.API_KEY_MADE: _l("made an API key"),
    AuditAction.API_KEY_REVOKED: _l("revoked an API key"),
    AuditAction.WEBHOOK_MADE: _l("made a webhook"),
    AuditAction.WEBHOOK_CHANGED: _l("changed a webhook"),
    AuditAction.WEBHOOK_SECRET: _l("made a new secret for a webhook"),
    AuditAction.WEBHOOK_TESTED: _l("tested a webhook"),
    AuditAction.WEBHOOK_REPLAYED: _l("replayed a message of a webhook"),
    AuditAction.WEBHOOK_OFF: _l("turned off a webhook"),
    AuditAction.WEBHOOK_ON: _l("turned on a webhook"),
    AuditAction.WEBHOOK_DELETED: _l("deleted a webhook"),
}

blueprint = manager_blueprint("manage_audit", "/audit")


@blueprint.get("")
def show() -> str:
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < LARGEST_BIG_ID else None
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
    if entry.actor == Actor.PROGRAM:
        return _("A program")
    return _("The clock") if entry.actor == Actor.CLOCK else _("The operator")


def what(entry: AuditEntry) -> str:
    """The action and its details."""
    details = ", ".join(_detail(name, value) for name, value in entry.facts.items())
    words = str(ACTIONS.get(entry.action, entry.action))
    return f"{words}: {details}" if details else words


def _detail(name: str, value: Any) -> str:
    return str(value) if name in ("email", "page", "what") else f"{name.replace('_', ' ')} {value}"
