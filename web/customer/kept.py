"""What was worked out a moment ago, kept in this process so that asking again costs little. Bounded."""

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """At most `most` values. A value must follow from its key, which tells whose it is and how new."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: dict[Hashable, V] = {}

    def of(self, key: Hashable, work_out: Callable[[], V]) -> V:
        with suppress(KeyError):  # one look: another thread may empty it at any moment
            return self._values[key]
        value = work_out()
        if len(self._values) >= self.most:
            self._values.clear()
        self._values[key] = value
        return value
