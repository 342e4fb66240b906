"""Keeps the memory of a process with many threads small."""

import ctypes

M_ARENA_MAX = -8  # glibc's name for it


def share_arenas(most: int = 2) -> bool:
    """Threads started from now on share at most so many arenas of malloc; False if it has none (not glibc).

    By default each thread has its own, up to eight for each processor, which keeps what was freed.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, most))
    except (AttributeError, OSError):
        return False
