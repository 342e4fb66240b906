"""The states of a queue: whether it calls people, and whether they may join it."""

from enum import StrEnum


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # nobody is called; people may join and are told so
    LAST_CALL = "last_call"  # nobody may join any more; who waits is served, and then it closes by itself
    CLOSED = "closed"


TAKES_NUMBERS = (QueueState.OPEN, QueueState.PAUSED)
