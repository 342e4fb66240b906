"""Signing in and out, and signing up.

Never tells which accounts exist: a wrong password and an unknown e-mail get the same words in the same time.
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

from config import SignUp
from models.audit import Deed
from models.browser_sessions import end_session
from models.business import Business
from models.database import reading, transaction
from models.limits import is_over
from models.people import Role, Servicer
from models.staff import new_servicer
from passwords import hash_password, is_password
from web import signed_in
from web.account_forms import SignInForm, SignUpForm
from web.client import client_address
from web.noting import let_in_noted, note_own
from web.signed_in import SignedIn, local, off_the_loop
from web.throttle import SIGN_UPS, count_try, was_right

WRONG = _l("The e-mail or the password is wrong.")

blueprint = Blueprint("signing_in", __name__)


# In and out ---------------------------------------------------------------------------------------------


@blueprint.get("/login")
def login() -> Response | str:
    if current_user.is_authenticated:
        return redirect(local(request.args.get("next")), 303)
    return render_template("web/login.html", form=SignInForm(), problem=None)


@blueprint.post("/login")
def sign_in() -> Response | tuple[str, int]:
    form, now = SignInForm(), datetime.now(UTC)
    if not form.validate():
        return render_template("web/login.html", form=form, problem=WRONG), 401
    email = form.email.data
    minutes = transaction(lambda session: count_try(session, email, now))
    if minutes is not None:
        words = _("Too many sign-ins have failed. Try again in %(minutes)d min.", minutes=minutes)
        return render_template("web/login.html", form=form, problem=words), 429
    servicer = _servicer_who_gave(email, form.password.data)
    if servicer is None:
        transaction(lambda session: _note_failure(session, email, now))
        return render_template("web/login.html", form=form, problem=WRONG), 401
    who = transaction(lambda session: _let_in(session, servicer.id, now))
    signed_in.keep(who)
    return redirect(local(request.args.get("next")), 303)


@blueprint.post("/logout")
def logout() -> Response:
    if current_user.is_authenticated:
        me, now = current_user, datetime.now(UTC)

        def work(session: Session) -> None:
            end_session(session, me.servicer_id, me.session_id)
            note_own(session, Deed.SIGNED_OUT, me, now)

        transaction(work)
    logout_user()
    browser_session.clear()
    return redirect(url_for("signing_in.login"), 303)


# Signing up ---------------------------------------------------------------------------------------------


@blueprint.get("/signup")
def signup() -> str:
    form = SignUpForm() if _is_open() else None
    return render_template("web/signup.html", form=form)


@blueprint.post("/signup")
def make_business() -> Response | tuple[str, int]:
    """A business and its manager, where anybody may make one; the number is chosen later."""
    if not _is_open():
        abort(403)
    form, now, address = SignUpForm(), datetime.now(UTC), client_address()
    if not form.validate():
        return render_template("web/signup.html", form=form), 422
    if transaction(lambda session: is_over(session, SIGN_UPS, address, now)):
        abort(429)
    password_hash = off_the_loop(hash_password, form.new.data)

    def work(session: Session) -> SignedIn | None:
        if Servicer.named(session, form.email.data) is not None:
            return None
        business = Business(name=form.business.data, timezone=form.timezone.data, created_at=now)
        session.add(business)
        session.flush()
        made = new_servicer(business.id, form.email.data, form.name.data, Role.MANAGER, password_hash, now)
        session.add(made)
        session.flush()
        return let_in_noted(session, made, Deed.SIGNED_UP, now)

    try:
        who = transaction(work)
    except IntegrityError:  # somebody with the same e-mail, at the same moment
        who = None
    if who is None:
        form.email.errors = [_("This e-mail can't be used here. Sign in with it, or give another.")]
        return render_template("web/signup.html", form=form), 422
    signed_in.keep(who)
    return redirect("/manage", 303)


# How it is done -----------------------------------------------------------------------------------------


def _servicer_who_gave(email: str, password: str) -> Servicer | None:
    with reading() as session:
        servicer = Servicer.named(session, email)
    password_hash = servicer.password_hash if servicer else None
    return servicer if off_the_loop(is_password, password, password_hash) else None


def _let_in(session: Session, servicer_id: int, now: datetime) -> SignedIn:
    servicer = session.get_one(Servicer, servicer_id)
    was_right(session, servicer.email, now)
    return let_in_noted(session, servicer, Deed.SIGNED_IN, now)


def _note_failure(session: Session, email: str, now: datetime) -> None:
    """For the manager to read. Nobody's account is noted nowhere, and waits for as long a commit."""
    servicer = Servicer.named(session, email)
    if servicer is not None:
        note_own(session, Deed.SIGN_IN_FAILED, servicer, now)


def _is_open() -> bool:
    return bool(current_app.config["SETTINGS"].signup == SignUp.OPEN)
