"""The servicer who is signed in, and their browser session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import gevent
from flask import Flask, redirect, request, session as browser_session, url_for
from flask_login import LoginManager, UserMixin, login_user
from gevent import monkey
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.browser_sessions import SEEN_EVERY, Holder, begin_session, holder_of, record_seen
from models.people.servicers import Role, Servicer
from models.storage.database import reading_connection, transaction
from web.account.known_device import remember_device
from web.http.client_address import client_address

T = TypeVar("T")

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)

login_manager = LoginManager()


def set_up(app: Flask) -> None:
    login_manager.init_app(app)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """The current user: a copy of the servicer's data, never a row that could be changed."""

    servicer_id: int
    business_id: int
    name: str
    email: str
    role: Role
    calls_next_when_done: bool
    is_proved: bool  # the e-mail is theirs
    session_id: int
    key: str

    @classmethod
    def of(cls, found: Holder, key: str) -> "SignedIn":
        return cls(
            found.servicer_id,
            found.business_id,
            found.name,
            found.email,
            found.role,
            found.calls_next_when_done,
            found.email_proved_at is not None,
            found.session_id,
            key,
        )

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER

    def get_id(self) -> str:
        return self.key


@login_manager.user_loader
def signed_in(key: str) -> SignedIn | None:
    """The user of this session; None if it was ended here or from another browser."""
    now = datetime.now(UTC)
    with reading_connection(once=True) as connection:
        found = holder_of(connection, key, now)
    if found is None:
        return None
    if found.seen_at <= now - SEEN_EVERY:
        transaction(lambda session: record_seen(session, found.session_id, now))
    return SignedIn.of(found, key)


@login_manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    return redirect(url_for("signing_in.login", next=_page_to_return_to()), 303)


def start_session(session: Session, servicer: Servicer, now: datetime) -> SignedIn:
    """Start a session. After the commit, `remember_session` gives its key to the browser."""
    browser = browser_name(request.headers.get("User-Agent", ""))
    key = begin_session(session, servicer, browser=browser, address=client_address(), now=now)
    found = holder_of(session, key, now)
    assert found is not None
    return SignedIn.of(found, key)


def remember_session(who: SignedIn) -> None:
    """Sign the browser in, and drop whatever a previous user left in the session cookie."""
    browser_session.clear()
    browser_session.permanent = True
    login_user(who)
    if who.is_proved:  # else it would be let past the limits of whoever the email belongs to
        remember_device(who.email)


def browser_name(agent: str) -> str:
    """A name such as "Firefox on Android"."""
    browser = next((words for sign, words in BROWSERS if sign in agent), "A browser")
    machine = next((words for sign, words in MACHINES if sign in agent), None)
    return f"{browser} on {machine}" if machine else browser


def in_threadpool(work: Callable[..., T], *given: object) -> T:
    """Run CPU-bound work in a thread, so that under gevent it does not block other requests."""
    if not monkey.is_module_patched("socket"):
        return work(*given)
    return gevent.get_hub().threadpool.apply(work, given)


def start_page(who: SignedIn) -> str:
    """Where somebody lands who asked for no page: a manager on the overview, a servicer at their queues."""
    return url_for("manage.overview") if who.is_manager else url_for("control.index")


def safe_next_url(target: str | None, who: SignedIn) -> str:
    """The target if it is a path on this site, else the start page. Prevents open redirects."""
    is_path = target is not None and target.startswith("/") and target.isprintable()
    if target is None or not is_path or "//" in target.partition("?")[0] or "\\" in target:
        return start_page(who)
    return target


def _page_to_return_to() -> str:
    """Where to go after signing in: this page or, for a button, the page one level above its address."""
    return request.path if request.method == "GET" else request.path.rpartition("/")[0] or "/"
