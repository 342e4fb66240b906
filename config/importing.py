"""Imports of a whole program at once, as when a process starts."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


def import_much(name: str) -> ModuleType:
    """Import a large module without garbage collections, which would take a sixth of the time.

    Nor do later collections look at what it has made: next to nothing of it is garbage.
    """
    with no_collections():
        return import_module(name)


@contextmanager
def no_collections() -> Iterator[None]:
    """For code that makes many objects that stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
