"""The WSGI application of the webhooks, beside Flask's, which has the pages.

It does for each post what `web/http/` does for a page (an id, limits of size and time, headers, a line in the
log), and nothing that the carrier has no use for: session, cookies, error pages. Flask and its hooks cost as
much as half of what becomes of a text (decision 0044). Contains no queue rule.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from config.settings import Settings
from models.storage.database import DATABASE_ERRORS
from models.storage.request_id import begin_request, new_request_id, well_formed
from webhooks import sms, status
from webhooks.posts import Answer, Post
from webhooks.signature import is_refused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

View = Callable[[Post], Answer]
Reading = Callable[[Callable[[], object]], None]
HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
]


def webhooks_application(settings: Settings, read_in_time: Reading) -> "Webhooks":
    return Webhooks(settings, views(settings), read_in_time)


def views(settings: Settings) -> dict[str, View]:
    """By their addresses."""
    return {"/webhooks/sms": sms.view(settings), "/webhooks/status": status.receive_report}


class Webhooks:
    """`read_in_time` calls what reads the body of a post; it raises RequestTimeout or BadRequest."""

    def __init__(self, settings: Settings, views: Mapping[str, View], read_in_time: Reading) -> None:
        self._settings, self._views, self._read_in_time = settings, views, read_in_time
        self._names = {address: address.strip("/").replace("/", ".") for address in views}

    def answers(self, environ: "WSGIEnvironment") -> bool:
        """Whether it is one of ours to answer."""
        return environ.get("PATH_INFO") in self._views

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began, request_id, post = time.monotonic(), new_request_id(), Post(environ)
        begin_request(request_id)
        try:
            answer = self._answer(post)
            self._log(post, answer, began)
        finally:
            begin_request(None)
        body = answer.body.encode()
        about = [("Content-Length", str(len(body))), ("X-Request-Id", request_id)]
        if answer.kind:
            about.append(("Content-Type", f"{answer.kind}; charset=utf-8"))
        code = HTTPStatus(answer.status)
        start_response(f"{code.value} {code.phrase}", [*about, *HEADERS, *answer.headers])
        return [] if post.method == "HEAD" else [body]

    def _answer(self, post: Post) -> Answer:
        try:
            if post.method != "POST":
                raise MethodNotAllowed(["POST"])
            self._read_in_time(post.read)
            if is_refused(post, self._settings):
                return Answer("Forbidden\n", "text/plain", 403)
            return self._views[post.path](post)
        except HTTPException as refused:
            code = refused.code or 500
            allowed = (("Allow", "POST"),) if code == MethodNotAllowed.code else ()
            return Answer(f"{HTTPStatus(code).phrase}\n", "text/plain", code, allowed)
        except DATABASE_ERRORS as error:
            words = str(error).partition("\n")[0][:200]
            log.error("database failed", endpoint=self._names[post.path], error=words)
            return Answer("Service Unavailable\n", "text/plain", 503, (("Retry-After", "10"),))
        except Exception as fault:
            log.error("request failed", endpoint=self._names[post.path], exc_info=fault)
            return Answer("Internal Server Error\n", "text/plain", 500)

    def _log(self, post: Post, answer: Answer, began: float) -> None:
        """What went well has a line of its own already, which says what was done."""
        if post.method != "POST" and answer.status < 500:
            return  # anybody may ask for the address
        # Any client can send an id, so ours is the one that is stored; the proxy's is only logged.
        given = well_formed(post.headers.get("X-Request-Id")) if self._settings.proxies else None
        if answer.status < 400 and not given:
            return
        log.info(
            "request",
            method=post.method,
            endpoint=self._names[post.path],
            status=answer.status,
            ms=round((time.monotonic() - began) * 1000),
            **({"proxys_id": given} if given else {}),
        )
