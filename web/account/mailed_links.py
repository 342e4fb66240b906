"""The pages behind mailed links: an invitation, a forgotten password, a new e-mail. Each link works once.

GET changes nothing, because mail programs open links by themselves. The address is secret and replaces a
session, so it must not reach other sites.
"""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.settings import SignUp
from models.people.account_mails import AccountMailKind, is_mailed, queue_account_mail, queue_mail_to_servicer
from models.people.audit_log import AuditAction
from models.people.browser_sessions import end_other_sessions
from models.people.mailed_links import Link, LinkKind, end_links_of, open_link
from models.people.servicers import Servicer
from models.queueing.setup.staff import give_way, new_servicer
from models.storage.database import reading, transaction
from security.passwords import hash_password
from web.account import current_servicer
from web.account.audit_notes import record_own, start_recorded_session
from web.account.current_servicer import SignedIn, in_threadpool, start_page
from web.account.forms import ForgottenForm, InvitationForm, NewPasswordForm
from web.account.login_throttle import may_be_mailed
from web.account.mail_server import are_mailed
from web.http.headers import keep_address_secret

blueprint = Blueprint("links", __name__)
blueprint.after_request(keep_address_secret)


# A forgotten password -----------------------------------------------------------------------------------


@blueprint.get("/reset")
def forgotten() -> str:
    return render_template("web/account/forgotten.html", form=ForgottenForm(), is_asked=False)


@blueprint.post("/reset")
def ask_for_reset() -> tuple[str, int]:
    """Same response and same work whether or not the account exists: the clock process looks it up."""
    form, now = ForgottenForm(), datetime.now(UTC)
    if not form.validate():
        return render_template("web/account/forgotten.html", form=form, is_asked=False), 422
    email = form.email.data

    if are_mailed() and may_be_mailed(email, now):
        transaction(
            lambda session: queue_account_mail(
                session, AccountMailKind.PASSWORD_RESET, email=email, language="en", now=now
            )
        )
    return render_template("web/account/forgotten.html", form=form, is_asked=True), 200


@blueprint.get("/reset/<key>")
def reset(key: str) -> str | tuple[str, int]:
    return _link_page(LinkKind.PASSWORD_RESET, key, NewPasswordForm())


@blueprint.post("/reset/<key>")
def set_password(key: str) -> Response | tuple[str, int]:
    form, now = NewPasswordForm(), datetime.now(UTC)
    if not form.validate():
        return _link_page(LinkKind.PASSWORD_RESET, key, form, 422)
    if not _is_valid(LinkKind.PASSWORD_RESET, key, now):
        return link_expired()
    password_hash = in_threadpool(hash_password, form.new.data)

    def work(session: Session) -> SignedIn | None:
        link = open_link(session, LinkKind.PASSWORD_RESET, key, now, to_use=True)
        if link is None or link.servicer_id is None:
            return None
        servicer = session.get_one(Servicer, link.servicer_id, with_for_update=True)
        servicer.set_password(password_hash)
        servicer.email_proved_at = servicer.email_proved_at or now
        end_links_of(session, servicer.id, now)
        end_other_sessions(session, servicer.id, but=None)
        queue_mail_to_servicer(session, AccountMailKind.PASSWORD_CHANGED, servicer, now)
        return start_recorded_session(session, servicer, AuditAction.PASSWORD_RESET, now)

    return _signed_in(transaction(work))


# A new e-mail -------------------------------------------------------------------------------------------


@blueprint.get("/account/email/<key>")
def new_email(key: str) -> str | tuple[str, int]:
    return _link_page(LinkKind.EMAIL_CHANGE, key, None)


@blueprint.post("/account/email/<key>")
def confirm_email(key: str) -> Response | tuple[str, int]:
    now = datetime.now(UTC)

    def work(session: Session) -> bool:
        link = open_link(session, LinkKind.EMAIL_CHANGE, key, now, to_use=True)
        if link is None or link.servicer_id is None:
            return False
        servicer = session.get_one(Servicer, link.servicer_id, with_for_update=True)
        was_proved, before = servicer.is_proved, servicer.email
        _take_over(session, link.email, now)
        servicer.email, servicer.email_proved_at = link.email, now
        end_links_of(session, servicer.id, now)  # this one, and any other in the old mailbox
        if was_proved:
            queue_mail_to_servicer(
                session, AccountMailKind.EMAIL_CHANGED, servicer, now, email=before, new=link.email
            )
        record_own(session, AuditAction.EMAIL_CHANGED, servicer, now)
        return True

    try:
        is_done = transaction(work)
    except IntegrityError:  # somebody else signs in with that address
        is_done = False
    if not is_done:
        return link_expired()
    flash(_("That's your email here from now on."), "ok")
    return redirect(url_for("account.show"), 303)


# An invitation ------------------------------------------------------------------------------------------


@blueprint.get("/invitation/<key>")
def invitation(key: str) -> str | tuple[str, int]:
    return _link_page(LinkKind.INVITATION, key, InvitationForm())


@blueprint.post("/invitation/<key>")
def accept(key: str) -> Response | tuple[str, int]:
    form, now = InvitationForm(), datetime.now(UTC)
    if not form.validate():
        return _link_page(LinkKind.INVITATION, key, form, 422)
    if not _is_valid(LinkKind.INVITATION, key, now):
        return link_expired()
    password_hash = in_threadpool(hash_password, form.new.data)

    def work(session: Session) -> SignedIn | None:
        link = open_link(session, LinkKind.INVITATION, key, now, to_use=True)
        if link is None or link.role is None:
            return None
        link.ended_at = now
        mailed = is_mailed(session, link)
        if mailed:
            _take_over(session, link.email, now)
        made = new_servicer(
            link.business_id,
            link.email,
            form.name.data,
            link.role,
            password_hash,
            now,
            is_proved=mailed or not _may_anybody_sign_up(),
        )
        session.add(made)
        session.flush()
        return start_recorded_session(session, made, AuditAction.INVITATION_ACCEPTED, now)

    try:
        return _signed_in(transaction(work))
    except IntegrityError:
        form.name.errors = [_("There's already an account for this email. Sign in with it.")]
        return _link_page(LinkKind.INVITATION, key, form, 422)


# Helpers ------------------------------------------------------------------------------------------------


PAGES = {
    LinkKind.INVITATION: "web/account/invitation.html",
    LinkKind.PASSWORD_RESET: "web/account/reset.html",
    LinkKind.EMAIL_CHANGE: "web/account/new_email.html",
}


def _take_over(session: Session, email: str, now: datetime) -> None:
    """Whoever opened the mailed link has the mailbox: an account that never proved it gives way."""
    other = give_way(session, email, now)
    if other is not None:
        record_own(session, AuditAction.EMAIL_GIVEN_UP, other, now)


def _may_anybody_sign_up() -> bool:
    """If not, every manager is the operator's, who vouches for whom they hand a link."""
    return bool(current_app.config["SETTINGS"].signup == SignUp.OPEN)


def _link_page(kind: LinkKind, key: str, form: object, status: int = 200) -> tuple[str, int]:
    with reading() as session:
        link = open_link(session, kind, key, datetime.now(UTC))
        return link_expired() if link is None else (_page(session, link, form), status)


def _is_valid(kind: LinkKind, key: str, now: datetime) -> bool:
    """Checked before a password is hashed: hashing is slow, and must not be done for guessed links."""
    with reading() as session:
        return open_link(session, kind, key, now) is not None


def _page(session: Session, link: Link, form: object) -> str:
    other = Servicer.by_email(session, link.email) if link.kind == LinkKind.INVITATION else None
    gives_way = other if other is not None and not other.is_proved and is_mailed(session, link) else None
    return render_template(PAGES[link.kind], link=link, form=form, gives_way=gives_way)


def link_expired() -> tuple[str, int]:
    return render_template("web/account/over.html"), 410


def _signed_in(who: SignedIn | None) -> Response | tuple[str, int]:
    if who is None:
        return link_expired()
    current_servicer.remember_session(who)
    return redirect(start_page(who), 303)
