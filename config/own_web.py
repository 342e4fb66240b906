"""Requests to the web process of this installation, on this machine."""

from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from config.settings import Settings

# Without the proxies that the environment names: they know nothing of this machine's own addresses.
_OPENER = build_opener(ProxyHandler({}))


def own_url(settings: Settings) -> str:
    """Where the web process can be asked: "http://127.0.0.1:8000"."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}"


def open_directly(request: str | Request, *, timeout: float) -> Any:
    """As urllib's `urlopen`, without a proxy; `timeout` in seconds. Raises OSError."""
    return _OPENER.open(request, timeout=timeout)
