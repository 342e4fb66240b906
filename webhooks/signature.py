"""Lets in only what the carrier signed. Must come before anything else of a webhook and change nothing.

The signature is over PUBLIC_URL and the path as it was sent, never over the request's Host.
"""

import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlparse

import structlog
from flask import Response, request

from config import Settings
from signing import in_order, signature_of

log = structlog.get_logger(__name__)


def refuse_forgeries(settings: Settings) -> Callable[[], Response | None]:
    """For `blueprint.before_request`: 403 for whatever our carrier account did not sign."""

    def refuse_forgery() -> Response | None:
        reason = None
        url = address_as_signed(settings.public_url, request.environ)
        signature = request.headers.get("X-Twilio-Signature")
        if not is_genuine(url, request.form, signature, settings.auth_token):
            reason = "signature"
        # One without AccountSid is let through: the signature has proved the account already.
        elif any(other != settings.account_sid for other in request.form.getlist("AccountSid")):
            reason = "account"
        if reason is None:
            return None
        log.warning("webhook refused", reason=reason, path=request.path, address=request.remote_addr)
        return Response("Forbidden\n", status=403, mimetype="text/plain")

    return refuse_forgery


def is_genuine(url: str, form: Mapping[str, str], signature: str | None, token: str) -> bool:
    """Whether `signature` is the carrier's for this address and form; for rubbish False, never an error."""
    if not signature or not token:
        return False
    try:
        given, posted = signature.encode(), in_order(form)
        return any(
            hmac.compare_digest(signature_of(way + posted, token).encode(), given) for way in _spellings(url)
        )
    except ValueError:  # an impossible port, or text that is no Unicode
        return False


def address_as_signed(public_url: str, environ: Mapping[str, Any]) -> str:
    """PUBLIC_URL with the path and query of this request, in the percent-encoding they came in."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not raw.startswith("/"):  # a server without it, or a request line that names a whole address
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        raw = quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
    return public_url.rstrip("/") + raw.encode("latin-1", "replace").decode("utf-8", "replace")


@lru_cache(maxsize=128)
def _spellings(url: str) -> tuple[str, str]:
    """The address without and with its port: Twilio signs now the one, now the other."""
    parts = urlparse(url)
    host = parts.netloc.rpartition("@")[2]  # Twilio leaves user and password out
    if parts.port:
        hosts = host.rpartition(":")[0], host
    else:
        hosts = host, f"{host}:{443 if parts.scheme == 'https' else 80}"
    without, with_port = (parts._replace(netloc=each).geturl() for each in hosts)
    return without, with_port
