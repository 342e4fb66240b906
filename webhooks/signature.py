"""Verifies the carrier's request signature. Runs before everything else in a webhook and changes nothing.

The signature covers PUBLIC_URL and the path as it was sent, not the request's Host header.
"""

import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlparse

import structlog
from flask import Response, request

from config.settings import Settings
from security.request_signatures import in_order, signature_of

log = structlog.get_logger(__name__)


def refuse_forgeries(settings: Settings) -> Callable[[], Response | None]:
    """For `blueprint.before_request`: answers 403 unless our carrier account signed the request."""

    def refuse_forgery() -> Response | None:
        reason = None
        url = address_as_signed(settings.public_url, request.environ)
        signature = request.headers.get("X-Twilio-Signature")
        if not is_genuine(url, request.form, signature, settings.auth_token):
            reason = "signature"
        # A missing AccountSid is accepted: the signature already proves the account.
        elif any(other != settings.account_sid for other in request.form.getlist("AccountSid")):
            reason = "account"
        if reason is None:
            return None
        log.warning("webhook refused", reason=reason, path=request.path, address=request.remote_addr)
        return Response("Forbidden\n", status=403, mimetype="text/plain")

    return refuse_forgery


def is_genuine(url: str, form: Mapping[str, str], signature: str | None, token: str) -> bool:
    """Whether `signature` is valid for this address and form. Malformed input is False, never an error."""
    if not signature or not token:
        return False
    try:
        given, posted = signature.encode(), in_order(form)
        return any(
            hmac.compare_digest(signature_of(spelling + posted, token).encode(), given)
            for spelling in _spellings(url)
        )
    except ValueError:  # an invalid port, or text that is not Unicode
        return False


def address_as_signed(public_url: str, environ: Mapping[str, Any]) -> str:
    """PUBLIC_URL plus this request's path and query, percent-encoded as they were sent."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not raw.startswith("/"):  # the server has no RAW_URI, or the request line holds an absolute URL
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        raw = quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
    return public_url.rstrip("/") + raw.encode("latin-1", "replace").decode("utf-8", "replace")


@lru_cache(maxsize=128)
def _spellings(url: str) -> tuple[str, str]:
    """The address without and with its port: Twilio may sign either."""
    parts = urlparse(url)
    host = parts.netloc.rpartition("@")[2]  # Twilio leaves out user and password
    if parts.port:
        hosts = host.rpartition(":")[0], host
    else:
        hosts = host, f"{host}:{443 if parts.scheme == 'https' else 80}"
    without, with_port = (parts._replace(netloc=each).geturl() for each in hosts)
    return without, with_port
