"""Error pages: plain words for people, the right HTTP status for machines."""

import structlog
from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from models.storage.database import DATABASE_ERRORS
from web.http import hosts
from web.http.problems import Problem, is_for_a_program, problem_of_status

log = structlog.get_logger(__name__)

WORDS = {
    400: (
        _l("That didn't work"),
        _l("Something in the request was missing or wrong. Go back and try again."),
    ),
    403: (
        _l("You don't have access to this page"),
        _l("Sign in with an account that has access, or ask your manager."),
    ),
    404: (
        _l("Page not found"),
        _l("This page doesn't exist, or no longer does. Check the address, or go to the home page."),
    ),
    405: (
        _l("Use the button on the page"),
        _l("You can't open this address directly. Go back and press the button."),
    ),
    408: (
        _l("That took too long"),
        _l("Your request didn't reach us in time, so nothing was changed. Try again."),
    ),
    413: (_l("That's too long"), _l("You sent more than we can take at once. Shorten it and try again.")),
    429: (
        _l("One moment, please"),
        _l("You did that too often in a short time. Wait a minute and try again."),
    ),
    503: (
        _l("We can't save that right now"),
        _l("Nothing was changed. Wait a minute, reload the page and press again."),
    ),
    500: (
        _l("Our mistake"),
        _l("Something went wrong on our end. Nothing was lost. Go back and check before you try again."),
    ),
}
NOT_FOUND = 404


def set_up(app: Flask) -> None:
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(hosts.UnknownHost, _unknown_host)
    app.register_error_handler(HTTPException, _http_error)
    for trouble in DATABASE_ERRORS:
        app.register_error_handler(trouble, _database_failed)
    app.register_error_handler(DataError, _unfit_value)
    app.register_error_handler(Exception, _unexpected)


def _stale_form(error: CSRFError) -> tuple[str, int]:
    words = _("Nothing was changed. Go back, reload the page and press again.")
    return _page(_("This page was out of date"), words), 400


def _unknown_host(error: hosts.UnknownHost) -> Response | tuple[str, int]:
    if is_for_a_program():
        return problem_of_status(400, str(hosts.WORDS))
    return _page(_("Wrong address"), hosts.WORDS), 400


def _http_error(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    if is_for_a_program():
        return _with_methods(problem_of_status(code), error)
    words = WORDS.get(code, WORDS[400 if code < 500 else 500])
    return _with_methods(Response(_page(*words, number=code), status=code), error)


def _with_methods(page: Response, error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        page.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return page


def _database_failed(error: Exception) -> Response | tuple[str, int, dict[str, str]]:
    """The database is unreachable, full, read-only or too busy: answered with 503 and Retry-After."""
    log.error("database failed", endpoint=request.endpoint, error=str(error).partition("\n")[0][:200])
    if is_for_a_program():
        return problem_of_status(503, headers={"Retry-After": "10"})
    # The error page must not query the database for the current user.
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    return _page(*WORDS[503]), 503, {"Retry-After": "10"}


def _unfit_value(error: DataError) -> Response | tuple[str, int]:
    """A NUL, in a field or an address: Postgres's driver sends none, so nothing was asked or changed."""
    if getattr(error.orig, "sqlstate", "") is not None:  # said by the database itself
        return _unexpected(error)
    log.warning("unfit value", endpoint=request.endpoint)
    if is_for_a_program():
        return problem_of_status(400)
    return _page(*WORDS[400], number=400), 400


def _unexpected(error: Exception) -> Response | tuple[str, int]:
    log.error("request failed", endpoint=request.endpoint, exc_info=error)
    if is_for_a_program():
        return problem_of_status(500)
    return _page(*WORDS[500], number=500), 500


def _page(title: str | LazyString, words: str | LazyString, number: int | None = None) -> str:
    kiosk = _kiosk() if number != NOT_FOUND else None
    said = {"title": str(title), "words": str(words), "number": number, "kiosk": kiosk}
    return render_template("web/error.html", **said, back="/")


def _kiosk() -> str | None:
    """A kiosk's own page, if this happened on one: nobody gets away from there but by the page itself."""
    asked = request.view_args or {}
    return url_for("kiosk.show", **asked) if request.blueprint == "kiosk" else None
