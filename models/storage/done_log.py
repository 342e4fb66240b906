"""The log of what transactions did, and how a command mutes it. Knows no database: it is quickly imported."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("done")


@contextmanager
def lines_muted() -> Iterator[None]:
    """No such line is written inside the block: for commands, which print what they did."""
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)
