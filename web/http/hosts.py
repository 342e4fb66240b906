"""Refuses requests whose Host header is not ours, so that no page is rendered under a foreign name.

Allowed are the host of PUBLIC_URL, localhost and private addresses. Monitoring may use any host.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest

LOCAL_NAMES = ("localhost",)
MONITORING_ENDPOINTS = ("health.healthz", "health.readyz", "health.readyz_web", "health.metrics")
WORDS = _l("This isn't our address. Open the page at the address you were given.")


class UnknownHost(BadRequest):
    """The Host header is not one of ours."""


def set_up(app: Flask) -> None:
    public = (urlsplit(app.config["SETTINGS"].public_url).hostname or "").lower()

    @app.before_request
    def refuse_unknown_hosts() -> None:
        if request.endpoint in MONITORING_ENDPOINTS:
            return
        if not is_ours(request.environ.get("HTTP_HOST", ""), public):
            raise UnknownHost


def is_ours(named: str, public: str) -> bool:
    """Whether this Host header, as sent, names this installation."""
    try:
        host = (urlsplit(f"//{named}").hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if host == public or host in LOCAL_NAMES:
        return bool(host)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_link_local
