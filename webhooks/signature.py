"""Verifies the carrier's request signature. Runs before everything else in a webhook and changes nothing.

The signature covers PUBLIC_URL and the path as it was sent, not the request's Host header. It is made with
the account's token, or with a shared key that a header of the request names.
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlparse

import structlog
from werkzeug.wrappers import Request

from config.settings import Settings
from security.request_signatures import SHA1, SHA256, in_order, signature_of

log = structlog.get_logger(__name__)

# Source: twilio-python 9.13.0, twilio/request_validator.py, read on 2026-11-28.
KEY_HEADER = "X-Twilio-Webhooks-Signature-Settings"
BY_TOKEN, BY_SHARED_KEY = "HMAC_SHA1", "HMAC_SHA256"


class SigningKey(NamedTuple):
    secret: str
    digest: str


def is_refused(request: Request, settings: Settings) -> bool:
    """Whether our carrier account did not sign it; said in the log."""
    reason = None
    url = address_as_signed(settings.public_url, request.environ)
    signature = request.headers.get("X-Twilio-Signature")
    key = signing_key(request.headers.get(KEY_HEADER), settings)
    if key is None:
        reason = f"{KEY_HEADER} names a key that TWILIO_SHARED_KEYS does not have"
    elif not is_genuine(url, request.form, signature, *key):
        reason = "signature"
    # A missing AccountSid is accepted: the signature already proves the account.
    elif any(other != settings.account_sid for other in request.form.getlist("AccountSid")):
        reason = "account"
    if reason is None:
        return False
    log.warning("webhook refused", reason=reason, path=request.path, address=request.remote_addr)
    return True


def signing_key(header: str | None, settings: Settings) -> SigningKey | None:
    """The key that the carrier says it signed with: "key=…,algorithm=HMAC_SHA256" is a shared one.

    Without the header it is the account's token. None if it is a key, or a way to sign, that we don't have.
    """
    named = dict(part.strip().partition("=")[::2] for part in (header or "").split(",", 4))
    if named.get("algorithm", BY_TOKEN).upper() == BY_TOKEN and "key" not in named:
        return SigningKey(settings.auth_token, SHA1)
    secret = settings.shared_keys.get(named.get("key", ""))
    if secret is None or named.get("algorithm", "").upper() != BY_SHARED_KEY:
        return None
    return SigningKey(secret, SHA256)


def is_genuine(
    url: str, form: Mapping[str, str], signature: str | None, secret: str, digest: str = SHA1
) -> bool:
    """Whether `signature` is valid for this address and form. Malformed input is False, never an error."""
    if not signature or not secret:
        return False
    try:
        given, posted = signature.encode(), in_order(form)
        return any(
            hmac.compare_digest(signature_of(spelling + posted, secret, digest).encode(), given)
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
