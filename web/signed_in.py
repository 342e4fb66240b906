"""Who is asking: the servicer of this browser's session, for every page that needs to know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import gevent
from flask import Flask, g, redirect, request, session as browser_session, url_for
from flask_login import LoginManager, UserMixin, login_user
from gevent import monkey
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.browser_sessions import SEEN_EVERY, begin_session, note_seen, session_of
from models.database import reading, transaction
from models.people import Role, Servicer
from web.client import client_address

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
    """A servicer as of this request; never a row that could be changed."""

    servicer_id: int
    business_id: int
    name: str
    email: str
    role: Role
    calls_next_when_done: bool
    session_id: int
    key: str

    @classmethod
    def of(cls, servicer: Servicer, session_id: int, key: str) -> "SignedIn":
        return cls(
            servicer.id,
            servicer.business_id,
            servicer.name,
            servicer.email,
            servicer.role,
            servicer.calls_next_when_done,
            session_id,
            key,
        )

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER

    def get_id(self) -> str:
        return self.key


@login_manager.user_loader
def signed_in(key: str) -> SignedIn | None:
    """Whose session this is, unless it was ended here or elsewhere."""
    now = datetime.now(UTC)
    with reading() as session:
        found = session_of(session, key, now)
        who = SignedIn.of(found.servicer, found.id, key) if found is not None else None
    if found is not None and found.seen_at <= now - SEEN_EVERY:
        transaction(lambda session: note_seen(session, found.id, now))
    return who


def do_without() -> None:
    """The page that says that the database does not answer must not ask it who reads it."""
    g._login_user = login_manager.anonymous_user()


@login_manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    return redirect(url_for("signing_in.login", next=_page_of_request()), 303)


def let_in(session: Session, servicer: Servicer, now: datetime) -> SignedIn:
    """A session for this servicer; the browser gets its key by `keep` once that is committed."""
    browser = browser_in_words(request.headers.get("User-Agent", ""))
    key = begin_session(session, servicer, browser=browser, address=client_address(), now=now)
    found = session_of(session, key, now)
    assert found is not None
    return SignedIn.of(servicer, found.id, key)


def keep(who: SignedIn) -> None:
    """The browser is signed in; nothing is left of who used it before."""
    browser_session.clear()
    browser_session.permanent = True
    login_user(who)


def browser_in_words(agent: str) -> str:
    """Such as "Firefox on Android"."""
    browser = next((words for sign, words in BROWSERS if sign in agent), "A browser")
    machine = next((words for sign, words in MACHINES if sign in agent), None)
    return f"{browser} on {machine}" if machine else browser


def off_the_loop(work: Callable[..., T], *given: object) -> T:
    """Run slow work of the processor in a thread of its own, so that under gevent no page stands still."""
    if not monkey.is_module_patched("socket"):
        return work(*given)
    return gevent.get_hub().threadpool.apply(work, given)


def local(target: str | None) -> str:
    """A path of this installation; whatever else is asked for becomes the servicer's start page."""
    is_path = target is not None and target.startswith("/") and target.isprintable()
    if target is None or not is_path or "//" in target.partition("?")[0] or "\\" in target:
        return url_for("control.index")
    return target


def _page_of_request() -> str:
    """Where to go on from here: this page, or the page of the button, whose address lies one below it."""
    return request.path if request.method == "GET" else request.path.rpartition("/")[0] or "/"
