"""Imports of a whole program at once, as when a process starts."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


def import_much(name: str) -> ModuleType:
    """What is imported stays: looking through it for garbage, again and again, takes a sixth of the time.

    Nor is it looked through later: there is next to no garbage in it.
    """
    with no_collections():
        return import_module(name)


@contextmanager
def no_collections() -> Iterator[None]:
    """Around the making of much that stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
