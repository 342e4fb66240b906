"""The waiting line in order: places in O(log n), also after tickets were put back or moved.
Estimates nothing; `estimator.py` does."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

Ticket = int | str


class Line:
    """Each waiting ticket has a sort key; the order of the keys is the order of the line."""

    def __init__(self) -> None:
        self._keys: list[float] = []
        self._key_of: dict[Ticket, float] = {}
        self.joined_at: dict[Ticket, float] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, ticket: Ticket) -> bool:
        return ticket in self._key_of

    def ahead(self, ticket: Ticket) -> int:
        """How many wait before this ticket."""
        return bisect_left(self._keys, self._key_of[ticket])

    def append(self, ticket: Ticket, t: float) -> None:
        """Adds a ticket at the end of the line."""
        self._put(ticket, self._keys[-1] + 1.0 if self._keys else 0.0)
        self.joined_at[ticket] = t

    def insert(self, ticket: Ticket, t: float, ahead: int) -> None:
        """Adds a ticket behind the first `ahead` of the line."""
        place = min(max(0, ahead), len(self._keys))
        if place == len(self._keys):
            return self.append(ticket, t)
        self._put(ticket, self._key_before(place))
        self.joined_at[ticket] = t

    def remove(self, ticket: Ticket) -> float | None:
        """Takes a ticket out; answers when it joined, or None if it was not in the line."""
        key = self._key_of.pop(ticket, None)
        if key is None:
            return None
        del self._keys[bisect_left(self._keys, key)]
        return self.joined_at.pop(ticket)

    def saved(self) -> list[list[Any]]:
        order = sorted(self._key_of, key=self._key_of.__getitem__)
        return [[ticket, self.joined_at[ticket]] for ticket in order]

    @classmethod
    def loaded(cls, saved: list[list[Any]]) -> Line:
        line = cls()
        for ticket, t in saved:
            line.append(ticket, t)
        return line

    def _put(self, ticket: Ticket, key: float) -> None:
        self._key_of[ticket] = key
        self._keys.insert(bisect_right(self._keys, key), key)

    def _key_before(self, place: int) -> float:
        if place == 0:
            return self._keys[0] - 1.0
        before, after = self._keys[place - 1], self._keys[place]
        middle = (before + after) / 2
        if before < middle < after:
            return middle
        self._number_anew()  # some fifty insertions in one spot exhaust a float's precision
        return place - 0.5

    def _number_anew(self) -> None:
        order = sorted(self._key_of, key=self._key_of.__getitem__)
        self._key_of = {ticket: float(i) for i, ticket in enumerate(order)}
        self._keys = [float(i) for i in range(len(order))]
