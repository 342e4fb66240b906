"""Signing in, out and up.

Does not reveal which accounts exist: a wrong password and an unknown e-mail get the same answer in the same
time.
"""

from datetime import UTC, datetime

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session as browser_session,
    url_for,
)
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user, logout_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.settings import SignUp
from models.people.audit_log import AuditAction
from models.people.browser_sessions import end_session
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.setup.staff import new_servicer
from models.storage.database import reading, transaction
from security.passwords import hash_password, is_password
from web.account import current_servicer
from web.account.audit_notes import record_own, start_recorded_session
from web.account.current_servicer import SignedIn, in_threadpool, safe_next_url
from web.account.forms import SignInForm, SignUpForm
from web.account.login_throttle import (
    SIGN_UPS,
    Attempt,
    count_attempt,
    count_unless_used_up,
    may_be_mailed,
    uncount,
)
from web.account.proof import mail_proof
from web.http.client_address import client_address

WRONG_CREDENTIALS = _l("Wrong email or password.")

blueprint = Blueprint("signing_in", __name__)


# In and out ---------------------------------------------------------------------------------------------


@blueprint.get("/login")
def login() -> Response | str:
    if current_user.is_authenticated:
        return redirect(safe_next_url(request.args.get("next"), current_user), 303)
    return render_template("web/account/login.html", form=SignInForm(), problem=None)


@blueprint.post("/login")
def sign_in() -> Response | tuple[str, int]:
    form, now = SignInForm(), datetime.now(UTC)
    if not form.validate():
        return render_template("web/account/login.html", form=form, problem=WRONG_CREDENTIALS), 401
    email = form.email.data
    attempt = count_attempt(email, now)
    if attempt.minutes_left is not None:
        words = _("Too many failed sign-ins. Try again in %(minutes)d min.", minutes=attempt.minutes_left)
        return render_template("web/account/login.html", form=form, problem=words), 429
    servicer = _servicer_with_password(email, form.password.data)
    if servicer is None:
        transaction(lambda session: _record_failure(session, email, now))
        return render_template("web/account/login.html", form=form, problem=WRONG_CREDENTIALS), 401
    who = transaction(lambda session: _start_session(session, servicer.id, attempt, now))
    current_servicer.remember_session(who)
    return redirect(safe_next_url(request.args.get("next"), who), 303)


@blueprint.post("/logout")
def logout() -> Response:
    if current_user.is_authenticated:
        me, now = current_user, datetime.now(UTC)

        def work(session: Session) -> None:
            end_session(session, me.servicer_id, me.session_id)
            record_own(session, AuditAction.SIGNED_OUT, me, now)

        transaction(work)
    logout_user()
    browser_session.clear()
    return redirect(url_for("signing_in.login"), 303)


# Signing up ---------------------------------------------------------------------------------------------


@blueprint.get("/signup")
def signup() -> str:
    form = SignUpForm() if _is_open() else None
    if form is not None:  # time_zone.js chooses the browser's
        form.timezone.render_kw = {"data-time-zone": form.timezone.data}
    return render_template("web/account/signup.html", form=form)


@blueprint.post("/signup")
def make_business() -> Response | tuple[str, int]:
    """Create a business and its manager, if sign-up is open. Its phone number is chosen later."""
    if not _is_open():
        abort(403)
    form, now, address = SignUpForm(), datetime.now(UTC), client_address()
    if not form.validate():
        return render_template("web/account/signup.html", form=form), 422
    if count_unless_used_up([(SIGN_UPS, address)], now):
        abort(429)
    password_hash = in_threadpool(hash_password, form.new.data)
    is_mailed = may_be_mailed(form.email.data, now)

    def work(session: Session) -> SignedIn | None:
        if Servicer.by_email(session, form.email.data) is not None:
            return None
        business = Business(name=form.business.data, timezone=form.timezone.data, created_at=now)
        session.add(business)
        session.flush()
        made = new_servicer(
            business.id, form.email.data, form.name.data, Role.MANAGER, password_hash, now, is_proved=False
        )
        session.add(made)
        session.flush()
        if is_mailed:
            mail_proof(session, made, now)
        return start_recorded_session(session, made, AuditAction.SIGNED_UP, now)

    try:
        who = transaction(work)
    except IntegrityError:  # somebody else took the e-mail at the same moment
        who = None
    if who is None:
        form.email.errors = [_("You can't use this email here. Sign in with it, or enter another.")]
        return render_template("web/account/signup.html", form=form), 422
    current_servicer.remember_session(who)
    return redirect("/manage", 303)


# Helpers ------------------------------------------------------------------------------------------------


def _servicer_with_password(email: str, password: str) -> Servicer | None:
    with reading() as session:
        servicer = Servicer.by_email(session, email)
    password_hash = servicer.password_hash if servicer else None
    return servicer if in_threadpool(is_password, password, password_hash) else None


def _start_session(session: Session, servicer_id: int, attempt: Attempt, now: datetime) -> SignedIn:
    servicer = session.get_one(Servicer, servicer_id)
    uncount(session, attempt, now)
    return start_recorded_session(session, servicer, AuditAction.SIGNED_IN, now)


def _record_failure(session: Session, email: str, now: datetime) -> None:
    """Put the failure into the audit log. Unknown accounts commit, too, and so take as long."""
    servicer = Servicer.by_email(session, email)
    if servicer is not None:
        record_own(session, AuditAction.SIGN_IN_FAILED, servicer, now)


def _is_open() -> bool:
    return bool(current_app.config["SETTINGS"].signup == SignUp.OPEN)
