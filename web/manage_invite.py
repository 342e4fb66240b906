"""The manager invites people by mail: they give themselves a name and a password. Open invitations can be
withdrawn."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.audit import Deed
from models.database import reading, transaction
from models.letters import LetterKind, write_letter
from models.limits import is_over
from models.links import Link, LinkKind, invitations_of, make_link
from models.people import Role, Servicer, normal_email
from web.account_forms import InviteForm
from web.managing import managers_part, own_business
from web.noting import note_own
from web.throttle import INVITATIONS

blueprint = managers_part("manage_invite", "/people/invite")


@blueprint.get("")
def show() -> str:
    return _page(InviteForm())


@blueprint.post("")
def invite() -> Response | tuple[str, int]:
    form, now, me = InviteForm(), datetime.now(UTC), current_user
    if not form.validate():
        return _page(form), 422
    email = normal_email(form.email.data)

    def work(session: Session) -> str | None:
        there = Servicer.named(session, email)
        if there is not None and there.business_id == me.business_id:
            return _("%(name)s has an account already.", name=there.name)
        if is_over(session, INVITATIONS, me.business_id, now):
            return _("That was a lot of invitations for one day. Go on tomorrow.")
        business = own_business(session)
        link = make_link(
            session,
            LinkKind.INVITATION,
            business_id=business.id,
            made_by_id=me.servicer_id,
            role=Role(form.role.data),
            email=email,
            now=now,
        )
        write_letter(
            session,
            LetterKind.INVITATION,
            email=email,
            language=business.language,
            now=now,
            link=link,
            facts={"business": business.name, "by": me.name},
        )
        _note(session, Deed.INVITED, email, now, role=form.role.data)
        return None

    problem = transaction(work)
    if problem:
        form.email.errors = [problem]
        return _page(form), 422
    flash(_("An invitation is on its way to %(email)s.", email=email), "ok")
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
            _note(session, Deed.INVITATION_WITHDRAWN, link.email, now)
        return True

    if not transaction(work):
        abort(404)
    flash(_("The invitation is withdrawn: its link does not work any more."), "ok")
    return redirect(url_for("manage_invite.show"), 303)


def _page(form: InviteForm) -> str:
    with reading() as session:
        invitations = invitations_of(session, current_user.business_id, datetime.now(UTC))
        zone = own_business(session).zone
    return render_template("web/manage/invite.html", form=form, invitations=invitations, zone=zone)


def _note(session: Session, deed: Deed, email: str, now: datetime, **facts: object) -> None:
    note_own(session, deed, current_user, now, email=email, **facts)
