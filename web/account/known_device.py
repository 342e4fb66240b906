"""The signed cookie of a device that has signed in before: a random id and keyed hashes of its last accounts.

It gives no rights, only a limit of its own for wrong passwords: nobody can lock servicers out of their own
phones by failing elsewhere. Several accounts, since a shop's tablet is used by several people. Only for an
email that is confirmed: anybody may sign up with anybody's.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from models.people.servicers import normal_email
from models.storage.hashes import keyed_hash

NAME = "device"
KEPT = timedelta(days=365)
MOST_ACCOUNTS = 10
HASH_LENGTH = 16


def known_device(email: str) -> str | None:
    """The id of this device, if it has signed in to this account before."""
    device, accounts = _read()
    return f"{device} {_account(email)}" if _account(email) in accounts else None


def remember_device(email: str) -> None:
    """Give the coming response a cookie that lists this account too."""
    device, accounts = _read()
    listed = [_account(email), *(each for each in accounts if each != _account(email))][:MOST_ACCOUNTS]
    value = _serializer().dumps([device or secrets.token_urlsafe(12), listed])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            NAME,
            value,
            max_age=KEPT,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def _read() -> tuple[str | None, list[str]]:
    try:
        device, accounts = _serializer().loads(request.cookies.get(NAME, ""), max_age=KEPT.total_seconds())
    except (BadSignature, TypeError, ValueError):
        return None, []
    return device, accounts


def _account(email: str) -> str:
    return keyed_hash(normal_email(email))[:HASH_LENGTH]


def _serializer() -> Any:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="a device that has signed in")
