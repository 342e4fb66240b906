"""The client's address, for rate limits by address, as reported by the nearest trusted proxy."""

import ipaddress

from flask import request


def client_address() -> str:
    """The IPv4 address, or the /64 network of an IPv6 address, since one subscriber gets a whole /64."""
    try:
        address = ipaddress.ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
