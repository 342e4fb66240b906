"""Whether a queue calls people and takes them in."""

from enum import StrEnum


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # the line stands still; people may join and are told so
    CLOSED = "closed"
