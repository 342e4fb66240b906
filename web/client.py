"""Where a request comes from, for limits by address: as the nearest proxy we trust has told it."""

import ipaddress

from flask import request


def client_address() -> str:
    """One subscriber: an IPv4 address, or the /64 that an IPv6 connection is given whole."""
    try:
        address = ipaddress.ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
