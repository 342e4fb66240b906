"""Invitations by mail. The invited choose their name and password; an open invitation can be withdrawn.

Without a mail server the link is shown once, to the manager who invites, and nothing is mailed.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.account_mails import AccountMailKind, queue_account_mail
from models.people.audit_log import AuditAction
from models.people.mailed_links import Link, LinkKind, invitations_of, make_link, new_key
from models.people.servicers import Role, Servicer, normal_email
from models.storage.database import reading, transaction
from models.storage.rate_limits import count_all
from web.account.audit_notes import record_own
from web.account.forms import InviteForm
from web.account.login_throttle import INVITATIONS, INVITATIONS_BY, INVITATIONS_TO
from web.account.mail_server import are_mailed
from web.account.proof import PROVE_FIRST
from web.manage.guard import manager_blueprint, own_business

blueprint = manager_blueprint("manage_invite", "/people/invite")


class Handed(NamedTuple):
    """An invitation whose link the manager hands over."""

    email: str
    link: str


@blueprint.get("")
def show() -> str:
    return _page(InviteForm())


@blueprint.post("")
def invite() -> Response | str | tuple[str, int]:
    form, now = InviteForm(), datetime.now(UTC)
    if not form.validate():
        return _page(form), 422
    email, role = normal_email(form.email.data), Role(form.role.data)
    problem, key = transaction(lambda session: _invite(session, email, role, now))
    if problem:
        form.email.errors = [problem]
        return _page(form), 422
    if key is not None:  # on this answer alone: an address or a cookie would keep it
        return _page(InviteForm(formdata=None), Handed(email, _address(key)))
    flash(_("We've emailed an invitation to %(email)s.", email=email), "ok")
    return redirect(url_for("manage_invite.show"), 303)


@blueprint.post("/<int:link_id>/withdraw")
def withdraw(link_id: int) -> Response:
    now, mine = datetime.now(UTC), current_user.business_id

    def work(session: Session) -> bool:
        link = session.get(Link, link_id, with_for_update=True) if link_id < 2**31 else None
        if link is None or link.business_id != mine or link.kind != LinkKind.INVITATION:
            return False
        if link.ended_at is None:
            link.ended_at = now
            _record(session, AuditAction.INVITATION_WITHDRAWN, link.email, now)
        return True

    if not transaction(work):
        abort(404)
    flash(_("The invitation is withdrawn. Its link no longer works."), "ok")
    return redirect(url_for("manage_invite.show"), 303)


def _invite(session: Session, email: str, role: Role, now: datetime) -> tuple[str | None, str | None]:
    """Make, mail and record the link. Gives the problem, if any; and the link's key if it is not mailed."""
    problem = _why_not(session, email, now)
    if problem:
        return problem, None
    business = own_business(session)
    link = make_link(
        session,
        LinkKind.INVITATION,
        business_id=business.id,
        made_by_id=current_user.servicer_id,
        role=role,
        email=email,
        now=now,
    )
    _record(session, AuditAction.INVITED, email, now, role=role.value)
    if not are_mailed():
        return None, new_key(link)
    queue_account_mail(
        session,
        AccountMailKind.INVITATION,
        email=email,
        language=business.language,
        now=now,
        link=link,
        facts={"business": business.name, "by": current_user.name},
    )
    return None, None


def _why_not(session: Session, email: str, now: datetime) -> str | None:
    """Why this address can't be invited now; counts the try."""
    me = current_user
    if not me.is_proved:
        return str(PROVE_FIRST)
    there = Servicer.by_email(session, email)
    if there is not None and there.business_id == me.business_id:
        return _("%(name)s already has an account.", name=there.name)
    asked = [
        (INVITATIONS_TO, normal_email(email)),
        (INVITATIONS_BY, me.servicer_id),
        (INVITATIONS, me.business_id),
    ]
    refused_by = count_all(session, asked, now)
    if refused_by is INVITATIONS_TO:
        return _("%(email)s got several invitations today. Send the next one tomorrow.", email=email)
    if refused_by is not None:
        return _("That's a lot of invitations for one day. Send more tomorrow.")
    return None


def _address(key: str) -> str:
    return str(current_app.config["SETTINGS"].public_url) + url_for("links.invitation", key=key)


def _page(form: InviteForm, handed: Handed | None = None) -> str:
    with reading() as session:
        invitations = invitations_of(session, current_user.business_id, datetime.now(UTC))
        zone = own_business(session).zone
    return render_template(
        "web/manage/invite.html",
        form=form,
        invitations=invitations,
        zone=zone,
        handed=handed,
    )


def _record(session: Session, action: AuditAction, email: str, now: datetime, **facts: object) -> None:
    record_own(session, action, current_user, now, email=email, **facts)
