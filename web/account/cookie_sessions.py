"""Flask's signed session cookies: one signer per application, and none on what caches may keep."""

from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class Sessions(SecureCookieSessionInterface):
    def __init__(self, app: Flask) -> None:
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> Any:
        return self._signer  # Flask builds one for every request

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """A cache that keeps a style sheet must not keep, and hand out, whose session asked for it."""
        if "no-store" in response.headers.get("Cache-Control", "no-store"):
            super().save_session(app, session, response)
