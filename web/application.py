"""make_application(): the rooms of the pages, the webhooks, and what happens around every request.

`app.py` imports it for the web server only: it takes a second of CPU, which no command needs. The webhooks
are handed in: pages and webhooks know nothing of each other.
"""

from collections.abc import Callable, Iterable, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask
from flask.templating import Environment
from flask_bootstrap import Bootstrap5
from gevent import monkey
from werkzeug.middleware.proxy_fix import ProxyFix

from config.kept_templates import KeptTemplates
from config.locations import CODE
from config.settings import CarrierName, Settings
from models.storage.database import Database
from web.account import cookie_sessions, current_servicer
from web.account.blueprints import BLUEPRINTS as ACCOUNT, MAIL_PROGRAMS_POST_TO
from web.api.blueprints import BLUEPRINTS as API
from web.control.blueprints import BLUEPRINTS as CONTROL
from web.customer.blueprints import BLUEPRINTS as CUSTOMER
from web.http import (
    access,
    addresses,
    client_address,
    compression,
    errors,
    headers,
    hosts,
    language,
    request_ids,
    slow_bodies,
    times,
)
from web.http.csrf import MaskedCSRFProtect
from web.http.late_rules import LateRule
from web.http.static import inlined_styles, static_files
from web.live.blueprints import BLUEPRINTS as LIVE
from web.manage.blueprints import BLUEPRINTS as MANAGE
from web.operations.blueprints import BLUEPRINTS as OPERATIONS
from web.phones.blueprints import BLUEPRINTS as PHONES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_REQUEST = 256 * 1024  # bytes: a text of 20,000 characters, percent-encoded, with room to spare


class Templates(Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}  # a page asks it hundreds of times, and Jinja's ChainMap is slow


class Application(Flask):
    jinja_environment = Templates
    url_rule_class = LateRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # no view is async; Flask would check that again at every request


class Webhooks(Protocol):
    """A WSGI application for some addresses, which no page has."""

    def answers(self, environ: "WSGIEnvironment") -> bool: ...

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]: ...


def make_application(settings: Settings, database: Database, webhooks: Webhooks) -> Flask:
    """All pages, on the process's one database, and `webhooks`, which the carrier calls, beside them."""
    if database.write_lock is not None:
        if monkey.is_module_patched("time"):  # a process of greenlets: decision 0002
            database.write_lock.stand_still_by(monkey.get_original("time", "sleep"))
    else:  # Postgres, whose driver takes 9 MB and a sixth of a second
        import_module("web.http.inline_db_wait").set_up(database.engine)
    app = Application(__name__, root_path=str(CODE), static_folder=None, static_url_path="/static")
    app.jinja_options = {"bytecode_cache": KeptTemplates(Path(__file__), Path(language.__file__))}
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="take_a_number",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        WTF_CSRF_TIME_LIMIT=None,  # a control page stays open all day; the token lasts as long as the session
        WTF_CSRF_SSL_STRICT=False,  # a ticket's page sends no referrer, because its address is secret
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    _set_up_http(app)
    _register_blueprints(app, settings)
    app.wsgi_app = _leads_to(webhooks, app.wsgi_app)  # type: ignore[assignment,method-assign]
    if settings.proxies:  # only X-Forwarded-For is trusted: each proxy appends its client's address
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    return app


def _leads_to(webhooks: Webhooks, pages: "WSGIApplication") -> "WSGIApplication":
    def either(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return (webhooks if webhooks.answers(environ) else pages)(environ, start_response)

    return either


def _set_up_http(app: Flask) -> None:
    """Hooks that run before and after every request. The order matters."""
    app.url_map.merge_slashes = False  # Werkzeug would lead on to http, by the request's Host header
    request_ids.set_up(app)
    app.session_interface = cookie_sessions.Sessions(app)
    Bootstrap5(app)
    asked = (client_address, static_files, times, language, hosts, slow_bodies)
    for part in (*asked, compression, inlined_styles):
        part.set_up(app)


def _register_blueprints(app: Flask, settings: Settings) -> None:
    csrf = MaskedCSRFProtect(app)
    current_servicer.set_up(app)
    for part in (access, headers, errors, addresses):
        part.set_up(app)
    for blueprint in (*CUSTOMER, *CONTROL, *MANAGE, *ACCOUNT, *LIVE, *OPERATIONS):
        app.register_blueprint(blueprint)
    if settings.carrier == CarrierName.PRETEND:
        for blueprint in PHONES:
            app.register_blueprint(blueprint)
    for blueprint in API:
        app.register_blueprint(blueprint)
        csrf.exempt(blueprint)  # its key comes in a header that no browser sends by itself; no cookie counts
    for view in MAIL_PROGRAMS_POST_TO:  # protected by the signature in its address
        csrf.exempt(view)
