"""The client's address, for rate limits by address, as reported by the nearest trusted proxy."""

import ipaddress

import structlog
from flask import Flask, request

FORWARDED_FOR = "X-Forwarded-For"

log = structlog.get_logger(__name__)


def set_up(app: Flask) -> None:
    """Warns once, in each process, where PROXIES promises a header that does not come."""
    proxies = app.config["SETTINGS"].proxies
    warned = not proxies

    @app.before_request
    def expect_the_header() -> None:
        nonlocal warned
        if warned or request.path.startswith(MONITORED) or FORWARDED_FOR in request.headers:
            return
        warned = True
        log.warning(
            f"PROXIES is {proxies}, but a request came without {FORWARDED_FOR}: limits by address then count "
            "all visitors as one. Let the proxy send it (see deploy/), or set PROXIES=0 if there is none.",
            endpoint=request.endpoint,  # the path may be a secret link
        )


MONITORED = ("/healthz", "/readyz", "/metrics")  # often asked directly


def client_address() -> str:
    """The IPv4 address, or the /64 network of an IPv6 address, since one subscriber gets a whole /64."""
    address = _address()
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return "unknown" if address is None else str(address)


def is_this_machine() -> bool:
    address = _address()
    return address is not None and address.is_loopback


def _without_port(text: str) -> str:
    """Some proxies send 203.0.113.7:50100 or [2001:db8::1]:50100: unread, all their clients would be one."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _address() -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(_without_port(request.remote_addr or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
