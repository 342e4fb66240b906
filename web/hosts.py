"""Under which names this installation answers, so that a page is never made for somebody else's.

The host of PUBLIC_URL, this machine, and addresses of the own network. Machines that watch ask by any
address; the carrier's signature is over PUBLIC_URL, whatever host it names.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest

from web.access import Who, who_may

OURS = ("localhost",)
WATCHED = ("health.healthz", "health.readyz", "health.readyz_web", "health.metrics")
WORDS = _l("We don't answer to this name. Open the page by the address that you were given.")


class OtherHost(BadRequest):
    """The request names a host that is not ours."""


def set_up(app: Flask) -> None:
    public = (urlsplit(app.config["SETTINGS"].public_url).hostname or "").lower()

    @app.before_request
    def refuse_other_hosts() -> None:
        endpoint = request.endpoint
        if endpoint in WATCHED or (endpoint and who_may(endpoint) == Who.CARRIER):
            return
        if not is_ours(request.environ.get("HTTP_HOST", ""), public):
            raise OtherHost


def is_ours(named: str, public: str) -> bool:
    """Whether the Host of a request, as it was sent, is one we answer to."""
    try:
        host = (urlsplit(f"//{named}").hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if host == public or host in OURS:
        return bool(host)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_link_local
