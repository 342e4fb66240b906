"""The figures of several business days of a queue together, summed by hour, servicer and desk.

Pure. Sums of parts add up exactly to those of the whole, medians included. The stored form is quick to read:
counts as JSON, and all durations in one array of numbers.
"""

import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from models.statistics.channels import ByChannel, channels_in, stored_channels, sum_channels
from models.statistics.daily import DayFigures
from models.statistics.day_events import DayTexts
from models.statistics.distributions import Tally
from models.statistics.long_line.counted_visits import GaveUp

Tallies = defaultdict[Any, Tally]
ALONG = ("by_hour", "by_servicer", "by_desk")


def _tallies() -> Tallies:
    return defaultdict(Tally)


@dataclass
class Sums:
    by_hour: Tallies = field(default_factory=_tallies)
    """By weekday (0 is Monday) and local hour."""
    by_servicer: Tallies = field(default_factory=_tallies)
    """By who called them last; None: nobody."""
    by_desk: Tallies = field(default_factory=_tallies)
    gave_up: list[GaveUp] = field(default_factory=list)
    duties: dict[str, tuple[float, float]] = field(default_factory=dict)
    texts: DayTexts = field(default_factory=DayTexts)
    channels: ByChannel = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.by_hour and not self.duties

    def add_day(self, day: date, figures: DayFigures) -> None:
        for place, tally in figures.tallies.items():
            self.by_hour[day.weekday(), place.hour] += tally
            self.by_servicer[place.servicer] += tally
            self.by_desk[place.desk_id] += tally
        self._add_rest(figures)

    def _add_rest(self, figures: DayFigures) -> None:
        self.gave_up += figures.gave_up
        self.duties = sum_duties((self.duties, figures.duties))
        self.texts = sum_texts((self.texts, figures.texts))
        self.channels = sum_channels((self.channels, figures.channels))

    # Stored form -----------------------------------------------------------------------------------------

    def packed(self) -> tuple[dict[str, Any], bytes]:
        durations = array("d")
        along = {name: list(_packed(getattr(self, name), durations)) for name in ALONG}
        rest = {
            "gave_up": [list(each) for each in self.gave_up],
            "duties": {servicer: list(times) for servicer, times in self.duties.items()},
            "texts": list(self.texts),
        } | stored_channels(self.channels)
        return along | rest, _little_endian(durations).tobytes()


class StoredSums:
    """Sums in their stored form; each grouping is unpacked only when it is used."""

    def __init__(self, figures: Mapping[str, Any], durations: bytes) -> None:
        self._figures, self._durations = figures, durations
        self.gave_up = [GaveUp(*each) for each in figures["gave_up"]]
        self.duties = {servicer: (times[0], times[1]) for servicer, times in figures["duties"].items()}
        self.texts = DayTexts(*figures["texts"])
        self.channels = channels_in(figures)

    @cached_property
    def by_hour(self) -> Tallies:
        return self._unpacked("by_hour")

    @cached_property
    def by_servicer(self) -> Tallies:
        return self._unpacked("by_servicer")

    @cached_property
    def by_desk(self) -> Tallies:
        return self._unpacked("by_desk")

    def _unpacked(self, name: str) -> Tallies:
        before = ALONG[: ALONG.index(name)]
        begun = sum(self._length(each) for each in before)
        end = begun + self._length(name)
        numbers = array("d")
        numbers.frombytes(self._durations[begun * numbers.itemsize : end * numbers.itemsize])
        values = _little_endian(numbers).tolist()
        tallies, begun = _tallies(), 0
        for key, counts, lengths in self._figures[name]:  # lists, as JSONB does not keep the order of keys
            tally = tallies[tuple(key) if isinstance(key, list) else key]
            tally.counts.update(counts)
            for measure, length in lengths:
                tally.durations[measure] = values[begun : begun + length]
                begun += length
        return tallies

    def _length(self, name: str) -> int:
        return sum(length for _, _, lengths in self._figures[name] for _, length in lengths)


def sum_duties(each: Iterable[Mapping[str, tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    """Seconds on duty and seconds idle, by servicer; rounded, so that the order of addition is irrelevant."""
    found: dict[str, tuple[float, float]] = {}
    for duties in each:
        for servicer, times in duties.items():
            before = found.get(servicer, (0.0, 0.0))
            found[servicer] = (round(before[0] + times[0], 6), round(before[1] + times[1], 6))
    return dict(sorted(found.items()))


def sum_texts(each: Iterable[DayTexts]) -> DayTexts:
    return DayTexts(*map(sum, zip(*each, strict=True)))


def _packed(tallies: Tallies, durations: "array[float]") -> Iterator[list[Any]]:
    """Each tally's key, counts, and how many durations of each measure it has appended to `durations`."""
    for key, tally in sorted(tallies.items(), key=lambda item: str(item[0])):
        plain = tally.as_json()
        for values in plain["durations"].values():
            durations.extend(values)
        lengths = [[measure, len(values)] for measure, values in plain["durations"].items()]
        yield [list(key) if isinstance(key, tuple) else key, plain["counts"], lengths]


def _little_endian(numbers: "array[float]") -> "array[float]":
    """Fixed byte order, as a backup may be restored on another kind of machine."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
