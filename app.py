"""create_app(): the one place where the parts are joined. Imported by nobody but the server and `flask`."""

import re
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, Response, g, render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InternalError, OperationalError, TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

import logs
from commands.register import register_commands
from config import CarrierName, Settings, SettingsError
from models import database
from models.phone import PhoneKeys, use_keys
from models.request_id import begin_request, new_request_id
from models.write_turn import TurnTimeout
from web import (
    access,
    account,
    control,
    customer,
    display,
    health,
    home,
    hosts,
    language,
    links,
    live,
    manage,
    manage_audit,
    manage_desks,
    manage_forget,
    manage_hours,
    manage_invite,
    manage_people,
    manage_queues,
    manage_safety,
    manage_settings,
    manage_statistics,
    manage_summary,
    manage_texts,
    patience,
    phones,
    privacy,
    short_waits,
    signed_in,
    signing_in,
    static_files,
    stop_mails,
    times,
)
from web.sessions import Sessions
from webhooks.door import carriers_door

LARGEST_REQUEST = 256 * 1024  # a text of 20,000 characters, percent-encoded, and some
PROXYS_ID = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}")

log = structlog.get_logger(__name__)

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

ON_EVERY_ANSWER = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
NOT_KEPT = {"Cache-Control": "no-store"}

WORDS = {
    400: (
        _l("That did not work"),
        _l("Something in the request was missing or wrong. Go back and try once more."),
    ),
    403: (_l("This is not yours to open"), _l("Sign in with an account that may, or ask your manager.")),
    404: (
        _l("Nothing here"),
        _l("This page does not exist, or no longer. Check the address, or start again."),
    ),
    405: (_l("That needs its button"), _l("This address only works from the button on its page.")),
    408: (
        _l("That took too long"),
        _l("It did not reach us in time, and nothing was changed. Try once more."),
    ),
    413: (_l("Too much at once"), _l("That was larger than anything we take. Shorten it and try again.")),
    429: (_l("A moment, please"), _l("That was too often in a short time. Wait a minute and try again.")),
    503: (
        _l("One moment: we can't write that down"),
        _l("Nothing was changed. Wait a minute, reload the page, and press again."),
    ),
    500: (
        _l("Our mistake"),
        _l("Something broke on our side. Nothing was lost: go back and look before you repeat."),
    ),
}


class Application(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # nothing here is async; Flask would look again at every function of every request


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Bad settings end the process with one line."""
    if settings is None:
        try:
            settings = Settings.from_environment()
        except SettingsError as error:
            sys.exit(str(error))
    logs.set_up(settings.log_level)
    short_waits.set_up(database.connect(settings.database_url).engine)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))

    app = Application(__name__, static_folder=None, static_url_path="/static")
    if settings.proxies:  # each adds the address it was asked from; nothing else of what they say is used
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="take_a_number",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        WTF_CSRF_TIME_LIMIT=None,  # a control page stays open all day; the session ends it
        WTF_CSRF_SSL_STRICT=False,  # a ticket's page sends no referrer, its address being its key
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    _name_every_request(app, settings)
    app.session_interface = Sessions(app)
    _join_the_doors(app, settings)
    _guard_every_answer(app)
    _put_errors_in_words(app)
    register_commands(app)
    return app


def _join_the_doors(app: Flask, settings: Settings) -> None:
    Bootstrap5(app)
    static_files.set_up(app)
    times.set_up(app)
    language.set_up(app)
    hosts.set_up(app)
    patience.set_up(app)
    csrf = CSRFProtect(app)
    signed_in.set_up(app)
    access.set_up(app)
    for part in (
        home,
        signing_in,
        account,
        links,
        control,
        customer,
        display,
        live,
        health,
        privacy,
        stop_mails,
    ):
        app.register_blueprint(part.blueprint)
    for managers in (
        manage,
        manage_queues,
        manage_hours,
        manage_desks,
        manage_invite,
        manage_summary,
        manage_safety,
        manage_statistics,
        manage_texts,
        manage_forget,
        manage_audit,
        manage_people,
        manage_settings,
    ):
        app.register_blueprint(managers.blueprint)
    csrf.exempt("web.stop_mails.stop")  # its address is signed, and mail programs post to it by themselves
    if settings.carrier == CarrierName.PRETEND:
        app.register_blueprint(phones.blueprint)
    door = carriers_door(settings)
    csrf.exempt(door)  # it has a signature instead
    app.register_blueprint(door)


def _name_every_request(app: Flask, settings: Settings) -> None:
    """Before anything else of a request, so that no line of the log bears the id of the one before it."""

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()
        g.request_id = new_request_id()
        begin_request(g.request_id)
        # Whoever asks may send any id: ours alone names what a request caused, the proxy's stands beside it.
        named = request.headers.get("X-Request-Id", "") if settings.proxies else ""
        g.proxys_id = named if PROXYS_ID.fullmatch(named) else None

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        begin_request(None)


def _guard_every_answer(app: Flask) -> None:
    @app.after_request
    def finish(response: Response) -> Response:
        guards = ON_EVERY_ANSWER | (OVER_HTTPS if app.config["SETTINGS"].https else {})
        if request.endpoint != "static":
            guards |= NOT_KEPT
        # At once: asking for each by name goes through all of them each time.
        said = {name.lower() for name, _value in response.headers}
        response.headers.extend({name: value for name, value in guards.items() if name.lower() not in said})
        response.headers["X-Request-Id"] = g.request_id
        if request.method == "POST" or response.status_code >= 500:
            spent = round((time.monotonic() - g.began) * 1000)
            log.info(
                "request",
                method=request.method,
                door=request.endpoint,
                status=response.status_code,
                ms=spent,
                **({"proxys_id": g.proxys_id} if g.proxys_id else {}),
            )
        return response


def _put_errors_in_words(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def form_too_old(error: CSRFError) -> tuple[str, int]:
        words = _("Nothing was changed. Go back, reload the page, and press again.")
        return _page(_("This page was out of date"), words), 400

    @app.errorhandler(hosts.OtherHost)
    def other_host(error: hosts.OtherHost) -> tuple[str, int]:
        return _page(_("This is not our address"), hosts.WORDS), 400

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        words = WORDS.get(code, WORDS[400 if code < 500 else 500])
        page = Response(_page(*words, number=code), status=code)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            page.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return page

    def no_database(error: Exception) -> tuple[str, int, dict[str, str]]:
        """It is away, full, read-only or too busy: said in words, and worth another try."""
        log.error("database failed", door=request.endpoint, error=str(error).partition("\n")[0][:200])
        signed_in.do_without()
        return _page(*WORDS[503]), 503, {"Retry-After": "10"}

    for trouble in (OperationalError, InternalError, NoConnectionFree, TurnTimeout):
        app.register_error_handler(trouble, no_database)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        log.error("request failed", door=request.endpoint, exc_info=error)
        return _page(*WORDS[500], number=500), 500


def _page(title: str | LazyString, words: str | LazyString, number: int | None = None) -> str:
    return render_template("web/error.html", title=str(title), words=str(words), number=number, back="/")
