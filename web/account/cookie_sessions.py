"""Flask's signed session cookies, with one signer per application; Flask builds one for every request."""

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    def __init__(self, app: Flask) -> None:
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> Any:
        return self._signer
