"""The id of this clock process, and whether another one has certainly ended. Touches no database."""

import hashlib
import os
import secrets
import socket
from functools import cache
from pathlib import Path

BOOT_AND_MACHINE = ("/proc/sys/kernel/random/boot_id", "/etc/machine-id")
_OWN_PART = secrets.token_hex(4)  # process ids alone are reused


def name_of_this_clock() -> str:
    return f"{_host()}:{os.getpid()}:{_OWN_PART}"


def name_of_its_heartbeat() -> str:
    """In 80 letters; other machines may have the same name and the same process ids."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{_OWN_PART}"


def is_gone(clock: str) -> bool:
    """Whether this clock has certainly ended: it ran on this host, and its process no longer exists.

    Nothing is known of clocks on other hosts; there the lease has to run out.
    """
    host, _, rest = clock.partition(":")
    process, _, own_part = rest.partition(":")
    if host != _host() or not process.isdigit() or clock == name_of_this_clock():
        return False
    if int(process) == os.getpid():
        return own_part != _OWN_PART
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _host() -> str:
    """The host name, its PID namespace and its boot.

    Containers may share a name but not process ids. Machines made from one image share the name, and all have
    the same first namespace, but each boot of each has an id of its own.
    """
    try:
        processes = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        processes = "-"
    return f"{socket.gethostname()[:60].replace(':', '.')}/{processes}/{_boot()}"


def _boot() -> str:
    ids = "".join(_read(file) for file in BOOT_AND_MACHINE)
    return hashlib.sha256(ids.encode()).hexdigest()[:8]


def _read(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""
