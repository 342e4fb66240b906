"""How good estimated waits are, next to the plain average of services, on simulated days of a counter.

The same seed gives the same days: two servicers with lunch at noon and small breaks, people who come in waves
and sometimes give up, busier and slower days, and afternoons that turn slow. No database, no real time;
`flask waits evaluate` does the same with recorded history.
"""

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bench.tables import Table, spread
from models.history.estimator_score import Score, evaluate
from models.history.records import Record
from models.queueing.tables.ticket_states import TicketState

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
GUESS = 5.0  # minutes per customer, the guess of an owner; it takes six
MANY_DAYS = 15
NOON = 720
COLUMNS = ("", "error: ratio", "error, min", "plain, min", "bias", "plain", "held", "plain", "width", "plain")


@dataclass
class Shift:
    """A servicer's day, in minutes since midnight."""

    name: str
    begins: float
    lunch: float
    lunch_lasts: float
    had_lunch: bool = False


def measure(rounds: int) -> Table:
    """Each round is a seed of its own."""
    table = Table(f"Waits told, beside the plain average, {rounds} made-up counters", COLUMNS).begin()
    kinds: list[tuple[str, Callable[[int], list[Record]]]] = [
        (f"{MANY_DAYS} days", lambda seed: days(seed, MANY_DAYS)),
        ("the first day alone", lambda seed: days(seed, 1)),
        (f"{MANY_DAYS} days, each slow from noon", lambda seed: days(seed, MANY_DAYS, slow_from_noon=1.0)),
    ]
    for name, make in kinds:
        found = [evaluate(make(seed), GUESS) for seed in range(1, rounds + 1)]
        table.add(name, spread([ours.error / plain.error for ours, plain in found]), *_figures(found))
    table.notes.append(
        "Minutes; behind each figure stands that of the plain average. Bias above nothing: told too much; a "
        "range should hold four times in five."
    )
    return table


def days(seed: int, count: int, slow_from_noon: float = 0.2) -> list[Record]:
    """So many working days of a counter; `slow_from_noon` is the share of days that turn slow at noon."""
    chance = random.Random(seed)
    records: list[Record] = []
    for index in range(count):
        date = MONDAY + timedelta(days=index + index // 5 * 2)  # nobody works at weekends
        slow = 1.7 if chance.random() < slow_from_noon else 1.0
        records += _day(chance, date, slow, first_line=len(records) + 1)
    return records


def _day(chance: random.Random, date: datetime, slow: float, first_line: int) -> list[Record]:
    coming = _joins(chance, busy=chance.uniform(0.8, 1.15))
    usual = 6.0 * chance.uniform(0.85, 1.2)
    shifts = [Shift("Rosa", 540.0, 720.0, 45.0), Shift("Luis", 570.0, 780.0, 40.0)]
    free = [(shift.begins, index) for index, shift in enumerate(shifts)]  # when, and who
    records: list[Record] = []
    for number, joined in enumerate(coming, start=1):
        free_at, who = heapq.heappop(free)
        while free_at >= shifts[who].lunch and not shifts[who].had_lunch:
            shifts[who].had_lunch = True
            free_at, who = heapq.heappushpop(free, (free_at + shifts[who].lunch_lasts, who))
        called = max(free_at, joined)
        patience = chance.expovariate(1 / 300)
        record = Record(
            number=number,
            joined_at=_moment(date, joined),
            called_at=None,
            started_at=None,
            ended_at=_moment(date, joined + patience),
            outcome=TicketState.LEFT,
            servicer=None,
            party=1,
            line=first_line + number - 1,
        )
        if called - joined <= patience:
            minutes = usual * chance.lognormvariate(-0.18, 0.6) * (slow if called >= NOON else 1.0)
            ended = called + max(0.5, minutes)
            free_at = ended + (chance.uniform(4, 12) if chance.random() < 0.05 else chance.uniform(0, 0.7))
            record = replace(
                record,
                called_at=_moment(date, called),
                ended_at=_moment(date, ended),
                outcome=TicketState.SERVED,
                servicer=shifts[who].name,
            )
        heapq.heappush(free, (free_at, who))
        records.append(record)
    return records


def _joins(chance: random.Random, busy: float) -> list[float]:
    """Minutes since midnight, from half past eight to half past four: most at ten and at two."""
    found, t = [], 510.0
    while t < 990:
        t += chance.expovariate(0.27 * busy)
        wave = 0.55 + 0.45 * max(math.exp(-(((t - peak) / 70) ** 2)) for peak in (600, 840))
        if chance.random() < wave:
            found.append(t)
    return found


def _figures(found: Sequence[tuple[Score, Score]]) -> list[str]:
    kinds: list[tuple[Callable[[Score], float], str]] = [
        (lambda score: score.error, "{:.1f}"),
        (lambda score: score.bias, "{:+.1f}"),
        (lambda score: score.share_held, "{:.0%}"),
        (lambda score: score.width, "{:.0f}"),
    ]
    cells = []
    for figure, form in kinds:
        for side in range(2):
            cells.append(form.format(sum(figure(pair[side]) for pair in found) / len(found)))
    return cells


def _moment(date: datetime, minutes: float) -> datetime:
    return date + timedelta(seconds=round(minutes * 60))
