"""Made-up counters whose other day is known, beside what the model says of it.

Two servicers, a rush in the morning, and somebody who helps for an hour and a half; a third of the people
give up after fifteen to ninety minutes. The model gets the day without the helper. A table of forty days:
`python -m tests.models.statistics.whatif.simulated`.
"""

import heapq
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from models.people.actors import Actor
from models.queueing.tables.events import EventKind
from models.statistics.durations import quantile
from models.statistics.timelines import Happened
from models.statistics.whatif.changes import Change
from models.statistics.whatif.counter import SECOND
from models.statistics.whatif.outcome import Figures, Outcome, outcome_of
from models.statistics.whatif.recording import recording_of

START = datetime(2026, 3, 10, 4, tzinfo=UTC)
HOUR = 3600.0
OPENS, CLOSES = 5 * HOUR, 13 * HOUR  # seconds after the day's start
RUSH = (6 * HOUR, 8 * HOUR)
HELP = (6.5 * HOUR, 8 * HOUR)
REACTION = 20.0
SERVICERS = ("1", "2")
HELPER = "3"


@dataclass(frozen=True)
class Customer:
    joins: float
    service: float
    patience: float


@dataclass(frozen=True)
class Served:
    called_at: float | None
    ended_at: float
    servicer: str | None


def customers(seed: int) -> list[Customer]:
    chance, found, now = Random(seed), [], OPENS
    while now < CLOSES:
        now += chance.expovariate(1 / (150 if RUSH[0] < now < RUSH[1] else 260))
        patience = chance.uniform(900, 5400) if chance.random() < 0.3 else CLOSES
        found.append(Customer(now, chance.lognormvariate(6.0, 0.6), patience))
    return found


def serve(people: Sequence[Customer], *, with_help: bool) -> list[Served]:
    """First come, first served; the helper calls nobody before or after their time."""
    free = [(OPENS, servicer) for servicer in SERVICERS] + [(HELP[0], HELPER)] * with_help
    heapq.heapify(free)
    found = []
    for each in people:
        while (called_at := max(free[0][0], each.joins) + REACTION) >= HELP[1] and free[0][1] == HELPER:
            heapq.heappop(free)
        if called_at - each.joins >= each.patience:
            found.append(Served(None, each.joins + each.patience, None))
            continue
        ended_at = called_at + each.service
        _, servicer = heapq.heapreplace(free, (ended_at, free[0][1]))
        found.append(Served(called_at, ended_at, servicer))
    return found


def events_of(people: Sequence[Customer], served: Sequence[Served]) -> list[Happened]:
    told: list[tuple[float, int, EventKind, str | None]] = []
    for number, (each, how) in enumerate(zip(people, served, strict=True), start=1):
        told.append((each.joins, number, EventKind.JOINED, None))
        if how.called_at is not None:
            told.append((how.called_at, number, EventKind.CALLED, how.servicer))
        end = EventKind.LEFT if how.called_at is None else EventKind.SERVED
        told.append((how.ended_at, number, end, how.servicer))
    return [
        Happened(
            number,
            ticket,
            kind,
            START + timedelta(seconds=seconds),
            Actor.SERVICER,
            None if servicer is None else int(servicer),
            None,
            None,
        )
        for number, (seconds, ticket, kind, servicer) in enumerate(sorted(told, key=lambda each: each[0]), 1)
    ]


def compare(seed: int, runs: int) -> tuple[Outcome, Figures]:
    """What the model says of a day, and what it was with the helper."""
    people = customers(seed)
    before, after = (serve(people, with_help=with_help) for with_help in (False, True))
    shift = [(START + timedelta(seconds=OPENS), START + timedelta(seconds=CLOSES + HOUR))]
    on_duty = dict.fromkeys(SERVICERS, shift)
    recording = recording_of(events_of(people, before), START, START + timedelta(days=1), on_duty, {})
    change = Change(1, round(HELP[0] * SECOND), round(HELP[1] * SECOND))
    told = outcome_of(recording, 0.0, change, runs=runs)
    waits = sorted(
        how.called_at - each.joins
        for each, was, how in zip(people, before, after, strict=True)
        if was.called_at is not None and how.called_at is not None
    )
    gave_up = sum(how.called_at is None for how in after)
    return told, Figures(quantile(waits, 0.5), quantile(waits, 0.9), gave_up, 0.0)


def main() -> None:
    found = [compare(seed, 200) for seed in range(1, 41)]
    print(f"{'':28}{'as it was':>10}{'told':>8}{'was':>8}{'off by':>8}{'in range':>10}")
    for name, unit in (("median", 60.0), ("p90", 60.0), ("gave_up", 1.0)):
        was, told, true = (
            [getattr(figures, name) / unit for figures in column]
            for column in (
                [outcome.was for outcome, _ in found],
                [outcome.would_be for outcome, _ in found],
                [true for _, true in found],
            )
        )
        off = statistics.mean(abs(one - other) for one, other in zip(told, true, strict=True))
        inside = sum(
            getattr(outcome.low, name) <= getattr(true, name) <= getattr(outcome.high, name)
            for outcome, true in found
        )
        means = "".join(
            f"{statistics.mean(each):{10 if place == 0 else 8}.1f}"
            for place, each in enumerate((was, told, true))
        )
        print(f"{name + (', min' if unit > 1 else ''):28}{means}{off:8.1f}{inside:>7} of {len(found)}")


if __name__ == "__main__":
    main()
