"""Tallies of people who have only waited since they joined: nearly everybody in a long line. Pure.

A ticket is added to the hour in which it was joined, and removed once anything else happens to it. Tickets
that count alike are one group, which is counted once and multiplied.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.queueing.tables.ticket_states import Source, TicketState
from models.statistics.distributions import Count, Measure, Tally
from models.statistics.promises import band_of
from models.statistics.timelines import Visit

A_SECOND = 1_000_000  # in microseconds
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Joined(NamedTuple):
    """What statistics use of the first event of a ticket that only waits."""

    at: datetime
    source: str | None
    low: int | None  # the minutes they were promised
    high: int | None
    ahead: int | None


class _Group(NamedTuple):
    """Tickets with the same of all these add the same counts to a tally."""

    source: str | None
    band: int | None  # of how many were ahead
    is_promised: bool


@dataclass
class _Hour:
    joined_at: dict[int, int] = field(default_factory=dict)
    """By ticket id, in microseconds since 1970."""
    groups: Counter[_Group] = field(default_factory=Counter)
    low: int = 0  # the sum of the minutes they were promised
    high: int = 0

    def copy(self) -> "_Hour":
        return _Hour(self.joined_at.copy(), self.groups.copy(), self.low, self.high)

    def count(self, joined: Joined, times: int) -> None:
        """Add a ticket to the counts; with `times` -1 take it away."""
        _, source, low, high, ahead = joined
        if low is not None and high is not None:
            self.low += times * low
            self.high += times * high
        band = None if ahead is None else band_of(ahead)
        self.groups[_Group(source, band, low is not None and high is not None)] += times

    def tally(self, now: datetime) -> Tally:
        tally, until = Tally(), (now - EPOCH) // MICROSECOND
        waited = [max(0, until - at) for at in self.joined_at.values()]
        tally.durations[Measure.UNANSWERED] = [
            each / A_SECOND if each % A_SECOND else each // A_SECOND for each in waited
        ]
        tally.counts.update({Count.PROMISED_LOW: self.low, Count.PROMISED_HIGH: self.high})
        for (source, band, is_promised), many in self.groups.items():
            promise = 0 if is_promised else None  # its minutes are counted above
            known = None if source is None else Source(source)
            one = Visit(TicketState.WAITING, now, source=known, low=promise, high=promise, ahead=band)
            for name, count in Tally.of([one]).counts.items():
                tally.counts[name] += count * many
        return tally


class WaitingByHour:
    """Of one day of a queue."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._joined: dict[int, Joined] = {}
        self._by_hour: defaultdict[int, _Hour] = defaultdict(_Hour)

    def __len__(self) -> int:
        return len(self._joined)

    def copy(self) -> "WaitingByHour":
        copied = WaitingByHour(self._zone)
        copied._joined = self._joined.copy()
        copied._by_hour.update({when: hour.copy() for when, hour in self._by_hour.items()})
        return copied

    def add(self, ticket_id: int, joined: Joined) -> None:
        hour = self._hour_of(joined)
        self._joined[ticket_id] = joined
        hour.joined_at[ticket_id] = (joined.at - EPOCH) // MICROSECOND
        hour.count(joined, 1)

    def remove(self, ticket_id: int) -> None:
        """Does nothing if the ticket is not here."""
        joined = self._joined.pop(ticket_id, None)
        if joined is not None:
            hour = self._hour_of(joined)
            del hour.joined_at[ticket_id]
            hour.count(joined, -1)

    def tallies(self, now: datetime) -> dict[int, Tally]:
        """By the local hour in which they joined, with their waits until `now`."""
        return {when: hour.tally(now) for when, hour in self._by_hour.items() if hour.joined_at}

    def _hour_of(self, joined: Joined) -> _Hour:
        return self._by_hour[joined.at.astimezone(self._zone).hour]
