"""The CSRF token of a page, masked anew for every answer: a compressed page's size tells nothing about it.

Masked is a random pad, followed by the token XOR the pad.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes

from flask import Flask, g
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf


class MaskedCSRFProtect(CSRFProtect):
    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.context_processor(lambda: {"csrf_token": masked_token})  # in place of Flask-WTF's own
        app.jinja_env.globals["csrf_token"] = masked_token

    def _get_csrf_token(self) -> str | None:
        sent = super()._get_csrf_token()
        return sent and unmasked(sent)


def masked_token() -> str:
    """One for all forms of an answer."""
    if "masked_csrf_token" not in g:
        g.masked_csrf_token = masked(generate_csrf())
    token: str = g.masked_csrf_token
    return token


@contextmanager
def token_left_blank(blank: str) -> Iterator[None]:
    """Forms rendered meanwhile have `blank` in place of the token; web/control/blanks.py fills it in."""
    before = g.pop("masked_csrf_token", None)
    g.masked_csrf_token = blank
    try:
        yield
    finally:
        g.pop("masked_csrf_token")
        if before:
            g.masked_csrf_token = before


def masked(token: str) -> str:
    pad = token_bytes(len(token))
    return urlsafe_b64encode(pad + _xor(token.encode(), pad)).decode()


def unmasked(sent: str) -> str:
    """The token, or what is no token."""
    if "." in sent:  # a token as Flask-WTF makes it, of a page that was open before tokens were masked
        return sent
    try:
        both = urlsafe_b64decode(sent)
        return _xor(both[: len(both) // 2], both[len(both) // 2 :]).decode()
    except ValueError:
        return ""


def _xor(one: bytes, other: bytes) -> bytes:
    if len(one) != len(other):
        raise ValueError("not of one length")
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
