"""The clock's threads share what they have freed, where the C library lets them."""

import platform
import sys

from config.memory import share_arenas


def test_threads_share_their_arenas_where_there_are_any() -> None:
    assert share_arenas() is (sys.platform == "linux" and platform.libc_ver()[0] == "glibc")
