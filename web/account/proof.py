"""Whoever signed up shows that their e-mail is theirs, by opening a link mailed there.

Until then nothing is sent in their name: no invitation, no message, no text to somebody who has not written
first; and no summary to them.
"""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user, login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.account_mails import AccountMailKind, queue_mail_to_servicer
from models.people.audit_log import AuditAction
from models.people.mailed_links import LinkKind, make_link, open_link
from models.people.servicers import UNPROVED, Servicer
from models.storage.database import reading, transaction
from web.account.audit_notes import record_own
from web.account.login_throttle import may_be_mailed
from web.account.mail_server import are_mailed, link_notice
from web.account.mailed_links import link_expired
from web.http.headers import keep_address_secret

PROVE_FIRST = _l("Confirm your email first. Your account page says how.")

blueprint = Blueprint("proof", __name__)
blueprint.add_app_template_global(are_mailed)
blueprint.after_request(keep_address_secret)


def mail_proof(session: Session, servicer: Servicer, now: datetime) -> None:
    link = make_link(
        session,
        LinkKind.EMAIL_PROOF,
        business_id=servicer.business_id,
        servicer_id=servicer.id,
        email=servicer.email,
        now=now,
    )
    queue_mail_to_servicer(session, AccountMailKind.EMAIL_PROOF, servicer, now, link=link)


@blueprint.post("/account/proof")
@login_required
def mail_again() -> Response:
    me, now = current_user, datetime.now(UTC)
    if me.is_proved or me.email.endswith(UNPROVED):
        return redirect(url_for("account.show"), 303)
    if may_be_mailed(me.email, now):
        transaction(lambda session: mail_proof(session, session.get_one(Servicer, me.servicer_id), now))
        flash(*link_notice(me.email, _("We've emailed a link to %(email)s.", email=me.email)))
    else:
        flash(
            _("We've already sent that several times. Check your inbox, or try again in an hour."), "warning"
        )
    return redirect(url_for("account.show"), 303)


@blueprint.get("/account/proof/<key>")
def show(key: str) -> str | tuple[str, int]:
    """GET changes nothing: mail programs open links by themselves."""
    with reading() as session:
        link = open_link(session, LinkKind.EMAIL_PROOF, key, datetime.now(UTC))
        return render_template("web/account/proof.html", link=link) if link is not None else link_expired()


@blueprint.post("/account/proof/<key>")
def prove(key: str) -> Response | tuple[str, int]:
    now = datetime.now(UTC)

    def work(session: Session) -> bool:
        link = open_link(session, LinkKind.EMAIL_PROOF, key, now, to_use=True)
        if link is None or link.servicer_id is None:
            return False
        servicer = session.get_one(Servicer, link.servicer_id, with_for_update=True)
        link.ended_at, servicer.email_proved_at = now, now
        record_own(session, AuditAction.EMAIL_PROVED, servicer, now)
        return True

    if not transaction(work):
        return link_expired()
    flash(_("Your email is confirmed."), "ok")
    return redirect(url_for("account.show"), 303)
