"""Accounts: sign in and out, one's own settings. Says who is asking, for every page that needs to know.

Never tells which accounts exist: a wrong password and an unknown e-mail get the same words in the same time.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import gevent
from flask import (
    Blueprint,
    Flask,
    flash,
    redirect,
    render_template,
    request,
    session as browser_session,
    url_for,
)
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_wtf import FlaskForm
from gevent import monkey
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, PasswordField, TelField
from wtforms.validators import InputRequired, Length

from models.business import Business
from models.database import reading, transaction
from models.people import Role, Servicer
from passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password, is_password
from web.public_queue import readable_phone
from web.typed_phone import Unfit, dialled

T = TypeVar("T")

WRONG = "The e-mail or the password is wrong."

blueprint = Blueprint("account", __name__)
login_manager = LoginManager()


def set_up(app: Flask) -> None:
    login_manager.init_app(app)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """Who is asking: a servicer as of this request; never a row that could be changed."""

    servicer_id: int
    business_id: int
    name: str
    email: str
    role: Role
    calls_next_when_done: bool
    session_key: str

    @classmethod
    def of(cls, servicer: Servicer) -> "SignedIn":
        return cls(
            servicer.id,
            servicer.business_id,
            servicer.name,
            servicer.email,
            servicer.role,
            servicer.calls_next_when_done,
            servicer.session_key,
        )

    def get_id(self) -> str:
        return f"{self.servicer_id}.{self.session_key}"


@login_manager.user_loader
def signed_in(stored: str) -> SignedIn | None:
    """The servicer of a signed session, unless the password has changed since."""
    servicer_id, _, key = stored.partition(".")
    with reading() as session:
        servicer = session.get(Servicer, int(servicer_id)) if servicer_id.isdecimal() else None
    if servicer is None or not hmac.compare_digest(servicer.session_key.encode(), key.encode()):
        return None
    return SignedIn.of(servicer)


@login_manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    return redirect(url_for("account.login", next=_page_of_request()), 303)


class SignInForm(FlaskForm):
    email = EmailField("Email", [InputRequired(), Length(max=254)], render_kw={"autocomplete": "username"})
    password = PasswordField(
        "Password",
        [InputRequired(), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class SettingsForm(FlaskForm):
    calls_next_when_done = BooleanField("Done calls the next one too")
    phone = TelField(
        "Your phone",
        [Length(max=30, message="That is not a phone number.")],
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 30},
    )
    wants_join_texts = BooleanField("A text when somebody joins an empty queue")


class PasswordForm(FlaskForm):
    present = PasswordField(
        "Present password",
        [InputRequired("Your present password is needed.")],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        "New password",
        [
            InputRequired("A new password is needed."),
            Length(
                min=SHORTEST_PASSWORD,
                max=LONGEST_PASSWORD,
                message=f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.get("/login")
def login() -> Response | str:
    if current_user.is_authenticated:
        return redirect(_local(request.args.get("next")), 303)
    return render_template("web/login.html", form=SignInForm(), problem=None)


@blueprint.post("/login")
def sign_in() -> Response | tuple[str, int]:
    form = SignInForm()
    servicer = _servicer_who_gave(form) if form.validate() else None
    if servicer is None:
        return render_template("web/login.html", form=form, problem=WRONG), 401
    _begin_session(servicer)
    return redirect(_local(request.args.get("next")), 303)


@blueprint.post("/logout")
def logout() -> Response:
    logout_user()
    browser_session.clear()
    return redirect(url_for("account.login"), 303)


@blueprint.get("/signup")
def signup() -> str:
    return render_template("web/signup.html")


@blueprint.get("/account")
@login_required
def show() -> str:
    return _account_page(PasswordForm())


@blueprint.post("/account/settings")
@login_required
def change_settings() -> Response | tuple[str, int]:
    form = SettingsForm()
    with reading() as session:
        business = session.get_one(Servicer, current_user.servicer_id).business
        phone = _phone_of(form, business) if form.validate() else None
    if form.errors:
        return _account_page(PasswordForm(formdata=None), form), 422

    def change(servicer: Servicer) -> None:
        servicer.calls_next_when_done = bool(form.calls_next_when_done.data)
        servicer.wants_join_texts = bool(form.wants_join_texts.data)
        servicer.take_phone(phone)

    _change_servicer(change)
    flash("Saved.", "ok")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/password")
@login_required
def change_password() -> Response | tuple[str, int]:
    form = PasswordForm()
    if not form.validate():
        return _account_page(form), 422
    with reading() as session:
        present_hash = session.get_one(Servicer, current_user.servicer_id).password_hash
    if not off_the_loop(is_password, form.present.data, present_hash):
        form.present.errors = ["That is not your present password."]
        return _account_page(form), 422
    new_hash = off_the_loop(hash_password, form.new.data)
    _begin_session(_change_servicer(lambda servicer: servicer.take_password(new_hash)))
    flash("Your password is changed. Everywhere else you are signed out.", "ok")
    return redirect(url_for("account.show"), 303)


def off_the_loop(work: Callable[..., T], *given: object) -> T:
    """Run slow work of the processor in a thread of its own, so that under gevent no page stands still."""
    if not monkey.is_module_patched("socket"):
        return work(*given)
    return gevent.get_hub().threadpool.apply(work, given)


def _servicer_who_gave(form: SignInForm) -> Servicer | None:
    with reading() as session:
        servicer = Servicer.named(session, form.email.data)
    password_hash = servicer.password_hash if servicer else None
    return servicer if off_the_loop(is_password, form.password.data, password_hash) else None


def _begin_session(servicer: Servicer) -> None:
    browser_session.clear()
    browser_session.permanent = True
    login_user(SignedIn.of(servicer))


def _change_servicer(change: Callable[[Servicer], None]) -> Servicer:
    def work(session: Session) -> Servicer:
        servicer = session.get_one(Servicer, current_user.servicer_id, with_for_update=True)
        change(servicer)
        return servicer

    return transaction(work)


def _phone_of(form: SettingsForm, business: Business) -> str | None:
    """The phone in the form, as it is dialled; what is wrong with it becomes the field's error."""
    typed = (form.phone.data or "").strip()
    if not typed:
        if form.wants_join_texts.data:
            form.phone.errors = ["Your phone is needed for texts."]
        return None
    try:
        return dialled(typed, business)
    except Unfit as why:
        form.phone.errors = [str(why)]
        return None


def _account_page(password_form: PasswordForm, settings_form: SettingsForm | None = None) -> str:
    with reading() as session:
        servicer = session.get_one(Servicer, current_user.servicer_id)
        form = settings_form or SettingsForm(
            formdata=None,
            calls_next_when_done=servicer.calls_next_when_done,
            phone=readable_phone(servicer.phone) if servicer.phone else "",
            wants_join_texts=servicer.wants_join_texts,
        )
        trouble = _trouble_with_phone(session, servicer)
    return render_template(
        "web/account.html", settings_form=form, password_form=password_form, phone_trouble=trouble
    )


def _trouble_with_phone(session: Session, servicer: Servicer) -> str | None:
    ours = servicer.business.numbers
    if servicer.unreachable_at is not None:
        return "The carrier says that this phone can't get texts."
    if servicer.phone and ours and servicer.has_opted_out(session, ours[0].id):
        shown = readable_phone(ours[0].phone)
        return f"This phone wants no more texts. To get them again, text START to {shown}."
    return None


def _page_of_request() -> str:
    """Where to go on from here: this page, or the page of the button, whose address lies one below it."""
    return request.path if request.method == "GET" else request.path.rpartition("/")[0] or "/"


def _local(target: str | None) -> str:
    """A path of this installation; whatever else is asked for becomes the servicer's start page."""
    is_path = target is not None and target.startswith("/") and target.isprintable()
    if target is None or not is_path or target.startswith("//") or "\\" in target:
        return url_for("control.index")
    return target
