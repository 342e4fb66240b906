"""The client's address, for rate limits by address, as reported by the nearest trusted proxy."""

import ipaddress

from flask import request


def client_address() -> str:
    """The IPv4 address, or the /64 network of an IPv6 address, since one subscriber gets a whole /64."""
    address = _address()
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return "unknown" if address is None else str(address)


def is_this_machine() -> bool:
    address = _address()
    return address is not None and address.is_loopback


def _address() -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
