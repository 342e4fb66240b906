"""The states of a queue: whether it calls people, and whether they may join it."""

from enum import StrEnum


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # nobody is called; people may join and are told so
    CLOSED = "closed"
