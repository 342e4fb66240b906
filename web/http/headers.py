"""Sets the headers of every response, and logs server errors and each POST that is not in the log yet."""

import time

import structlog
from flask import Flask, Response, g, request

from models.storage.after_commit_log import has_logged
from web.http import request_ids

log = structlog.get_logger(__name__)

SLOW_SECONDS = 1.0

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Of what other sites may show: the one page for a frame, and data and pictures for their own pages.
FRAMED = {"Content-Security-Policy": CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")}
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
NOT_STORED = {"Cache-Control": "no-store"}
# Of a page whose address is secret.
SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def set_up(app: Flask) -> None:
    always = ALWAYS | NOT_STORED | (OVER_HTTPS if app.config["SETTINGS"].https else {})

    framed = {name: value for name, value in (always | FRAMED).items() if name != "X-Frame-Options"}

    @app.after_request
    def finish(response: Response) -> Response:
        _add_missing(response, framed if g.get("may_be_framed") else always)
        request_ids.add_header(response)
        if request.method == "POST" or response.status_code >= 500:
            _log(response)
        return response


def keep_address_secret(response: Response) -> Response:
    """After a request: neither other sites nor search engines get to know the address of this page."""
    response.headers.update(SECRET_ADDRESS)
    return response


def allow_framing() -> None:
    """For the answer that is being made: any site may show it in a frame. It must have nothing to press."""
    g.may_be_framed = True


def _add_missing(response: Response, headers: dict[str, str]) -> None:
    # One pass, because each look-up of a header by name scans all of them.
    present = {name.lower() for name, _value in response.headers}
    response.headers.extend({name: value for name, value in headers.items() if name.lower() not in present})


def _log(response: Response) -> None:
    """Not logged if it went well and what it did has been logged already."""
    seconds = time.monotonic() - g.began
    is_usual = response.status_code < 400 and seconds < SLOW_SECONDS and not g.proxy_request_id
    if is_usual and has_logged(g.request_id):
        return
    log.info(
        "request",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        ms=round(seconds * 1000),
        **({"proxys_id": g.proxy_request_id} if g.proxy_request_id else {}),
    )
