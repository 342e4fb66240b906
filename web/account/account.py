"""The user's own account: settings, sessions, e-mail and password. Signing in and up is in signing_in.py."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.account_mails import AccountMailKind, queue_mail_to_servicer
from models.people.audit_log import AuditAction
from models.people.browser_sessions import end_other_sessions, end_session, sessions_of
from models.people.business import Business
from models.people.mailed_links import LinkKind, end_links_of, make_link
from models.people.servicers import Servicer, normal_email
from models.storage.database import LARGEST_ID, reading, transaction
from models.storage.rate_limits import take_back
from security.passwords import hash_password, is_password
from web.account import current_servicer
from web.account.audit_notes import record_own, start_recorded_session
from web.account.current_servicer import SignedIn, in_threadpool
from web.account.forms import EmailForm, PasswordForm, SettingsForm
from web.account.login_throttle import PASSWORDS, count_unless_used_up, may_be_mailed
from web.account.mail_server import link_notice
from web.customer.queue_page import readable_phone
from web.http.fields.phone_field import InvalidPhone, parse_phone
from web.http.language import use_language

T = TypeVar("T")

blueprint = Blueprint("account", __name__)


# The account page ---------------------------------------------------------------------------------------


@blueprint.get("/account")
@login_required
def show() -> str:
    return _account_page()


@blueprint.post("/account/settings")
@login_required
def change_settings() -> Response | tuple[str, int]:
    form = SettingsForm()
    with reading() as session:
        business = session.get_one(Servicer, current_user.servicer_id).business
        phone = _phone_of(form, business) if form.validate() else None
    if form.errors:
        return _account_page(settings=form), 422

    def change(session: Session, servicer: Servicer) -> None:
        servicer.calls_next_when_done = bool(form.calls_next_when_done.data)
        servicer.wants_join_texts = bool(form.wants_join_texts.data)
        servicer.set_phone(phone)

    _change_servicer(change)
    flash(_("Saved."), "ok")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/password")
@login_required
def change_password() -> Response | tuple[str, int]:
    form, now = PasswordForm(), datetime.now(UTC)
    if not form.validate() or not _is_present_password(form.present, now):
        return _account_page(password=form), 422
    new_hash = in_threadpool(hash_password, form.new.data)

    def change(session: Session, servicer: Servicer) -> SignedIn:
        servicer.set_password(new_hash)
        end_links_of(session, servicer.id, now)
        queue_mail_to_servicer(session, AccountMailKind.PASSWORD_CHANGED, servicer, now)
        session.flush()
        end_other_sessions(session, servicer.id, but=None)
        return start_recorded_session(session, servicer, AuditAction.PASSWORD_CHANGED, now)

    current_servicer.remember_session(_change_servicer(change))
    flash(_("Your password has been changed. You're signed out everywhere else."), "ok")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/email")
@login_required
def change_email() -> Response | tuple[str, int]:
    """Mail a link to the new address. The e-mail changes only when that link is opened."""
    form, now = EmailForm(), datetime.now(UTC)
    if not form.validate() or not _is_present_password(form.password, now):
        return _account_page(email=form), 422
    email = normal_email(form.new_email.data)

    def change(session: Session, servicer: Servicer) -> None:
        link = make_link(
            session,
            LinkKind.EMAIL_CHANGE,
            business_id=servicer.business_id,
            servicer_id=servicer.id,
            email=email,
            now=now,
        )
        queue_mail_to_servicer(session, AccountMailKind.EMAIL_CHANGE, servicer, now, email=email, link=link)

    if may_be_mailed(email, now):
        _change_servicer(change)
    mailed = _("We've emailed a link to %(email)s. Open it to start using that email here.", email=email)
    flash(*link_notice(email, mailed))
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/sessions/<int:session_id>/end")
@login_required
def end_one_session(session_id: int) -> Response:
    me, now = current_user, datetime.now(UTC)

    def work(session: Session) -> bool:
        ended = end_session(session, me.servicer_id, session_id)
        if ended:
            record_own(session, AuditAction.SESSIONS_ENDED, me, now, count=1)
        return ended

    if session_id > LARGEST_ID or not transaction(work):
        abort(404)
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/sessions/end")
@login_required
def end_sessions_elsewhere() -> Response:
    me, now = current_user, datetime.now(UTC)

    def work(session: Session) -> None:
        ended = end_other_sessions(session, me.servicer_id, but=me.session_id)
        record_own(session, AuditAction.SESSIONS_ENDED, me, now, count=ended)

    transaction(work)
    flash(_("You're signed out everywhere else."), "ok")
    return redirect(url_for("account.show"), 303)


# Helpers ------------------------------------------------------------------------------------------------


def _is_present_password(field: object, now: datetime) -> bool:
    """Whether they gave their password. Rate-limited, so that a stolen session can't try many."""
    me = current_user.servicer_id
    problem = None
    with reading() as session:
        present_hash = session.get_one(Servicer, me).password_hash
    if count_unless_used_up([(PASSWORDS, me)], now):
        problem = _("Too many attempts. Wait %(minutes)d min.", minutes=PASSWORDS.minutes_left(now))
    elif not in_threadpool(is_password, field.data, present_hash):  # type: ignore[attr-defined]
        problem = _("That isn't your current password.")
    else:
        transaction(lambda session: take_back(session, PASSWORDS, me, now))
    if problem:
        field.errors = [problem]  # type: ignore[attr-defined]
    return problem is None


def _change_servicer(change: Callable[[Session, Servicer], T]) -> T:
    me = current_user.servicer_id
    return transaction(lambda session: change(session, session.get_one(Servicer, me, with_for_update=True)))


def _phone_of(form: SettingsForm, business: Business) -> str | None:
    """The form's phone in E.164. A problem with it becomes the field's error."""
    typed = (form.phone.data or "").strip()
    if not typed:
        if form.wants_join_texts.data:
            form.phone.errors = [_("Enter your phone number to get texts.")]
        return None
    try:
        return parse_phone(typed, business)
    except InvalidPhone as why:
        form.phone.errors = [str(why)]
        return None


def _account_page(
    *,
    settings: SettingsForm | None = None,
    password: PasswordForm | None = None,
    email: EmailForm | None = None,
) -> str:
    now = datetime.now(UTC)
    with reading() as session:
        servicer = session.get_one(Servicer, current_user.servicer_id)
        use_language(business=servicer.business.language, zone=servicer.business.timezone)
        form = settings or SettingsForm(
            formdata=None,
            calls_next_when_done=servicer.calls_next_when_done,
            phone=readable_phone(servicer.phone) if servicer.phone else "",
            wants_join_texts=servicer.wants_join_texts,
        )
        return render_template(
            "web/account/account.html",
            settings_form=form,
            password_form=password or PasswordForm(formdata=None),
            email_form=email or EmailForm(formdata=None),
            phone_trouble=_trouble_with_phone(session, servicer),
            sessions=sessions_of(session, servicer, now),
            zone=servicer.business.zone,
        )


def _trouble_with_phone(session: Session, servicer: Servicer) -> str | None:
    ours = servicer.business.sms_number
    if servicer.unreachable_at is not None:
        return _("The carrier says that this phone can't get texts.")
    if servicer.phone and ours and servicer.has_opted_out(session, ours.id):
        shown = readable_phone(ours.phone)
        return _(
            "This phone has stopped our texts. To get them again, text START to %(number)s.", number=shown
        )
    return None
