"""Which addresses a webhook may have, and which a connection may be made to.

An address is judged twice: as it is typed, by its words alone, and when it is connected to, by the number
that the name stands for at that moment. Looks up no name itself.
"""

import ipaddress
import re
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 500
PORTS = (443, 8443)
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")
_PLAIN = re.compile(r"[!-~]+")
# Names that stand for this machine, its network, or a cloud's own services.
_INNER_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
# Public by their number, and yet a cloud's own service, or another network's address in disguise.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2002::/16",
        "64:ff9b::/96",
        "2001::/23",
        "3fff::/20",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")


class UrlProblem(StrEnum):
    NOT_AN_ADDRESS = "not_an_address"
    NOT_HTTPS = "not_https"
    WITH_PASSWORD = "with_password"
    PORT = "port"
    NOT_PUBLIC = "not_public"


def url_problem(url: str, allowed: Collection[str]) -> UrlProblem | None:
    """What is wrong with the words of a webhook's address; None if it may be one.

    `allowed`: the host:port of whom the installation trusts all the same, also by plain http.
    """
    parts = split(url)
    if parts is None:
        return UrlProblem.NOT_AN_ADDRESS
    if "@" in parts.netloc:
        return UrlProblem.WITH_PASSWORD
    if is_allowed(parts, allowed):
        return None
    if parts.scheme != "https":
        return UrlProblem.NOT_HTTPS
    if not is_public_name(parts.hostname or ""):
        return UrlProblem.NOT_PUBLIC
    return None if port_of(parts) in PORTS else UrlProblem.PORT


def split(url: str) -> SplitResult | None:
    """Its parts; None unless it is an http(s) address in plain ASCII, without a fragment."""
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if is_one else None


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_allowed(parts: SplitResult, allowed: Collection[str]) -> bool:
    """Whether whoever runs the installation has named this host and port, or the host with every port."""
    host = parts.hostname or ""
    return f"{host}:{port_of(parts)}" in allowed or host in allowed


def is_public_name(host: str) -> bool:
    """By its words: a name with a dot, or a public number in its usual form."""
    try:
        return is_public(host)
    except ValueError:
        name = host.removesuffix(".")
        return bool(_NAME.fullmatch(name)) and name.rpartition(".")[2] not in _INNER_NAMES


def is_public(address: str) -> bool:
    """Whether this number is of the public internet, and of nobody's inner network. ValueError: no number."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found not in _GLOBAL_V6:
            return False
    is_special = found.is_private or found.is_multicast or found.is_reserved or found.is_unspecified
    return found.is_global and not is_special and not any(found in network for network in _NOT_PUBLIC)
