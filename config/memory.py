"""How a process of many threads keeps its memory small."""

import ctypes

M_ARENA_MAX = -8  # glibc's name for it


def share_arenas(most: int = 2) -> bool:
    """Threads begun from now on share so many arenas of malloc; False where it has none.

    By default each has its own, up to eight for each processor, and keeps there what it has freed.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, most))
    except (AttributeError, OSError):
        return False
