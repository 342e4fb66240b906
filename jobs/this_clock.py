"""Which clock this process is, and whether another one is known to be gone. Touches no database."""

import os
import secrets
import socket

_OWN_PART = secrets.token_hex(4)  # a process id alone may come again


def name_of_this_clock() -> str:
    return f"{_host()}:{os.getpid()}:{_OWN_PART}"


def is_gone(clock: str) -> bool:
    """Whether this clock has ended for certain: it ran on this very host, and its process is no more.

    Of clocks on other hosts nothing is known; there the lease has to run out.
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


def _host() -> str:
    """Two containers may share a host's name, but then not its process ids."""
    try:
        processes = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        processes = "-"
    return f"{socket.gethostname()[:60].replace(':', '.')}/{processes}"
