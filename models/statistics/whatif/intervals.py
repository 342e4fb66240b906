"""Sets of time as sorted, disjoint intervals of moments. Pure."""

from collections.abc import Iterable, Sequence

from models.statistics.duty_time import merged

Interval = tuple[int, int]


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """As few as cover the same; empty ones are left out."""
    return merged((since, until) for since, until in intervals if since < until)


def within(intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    """The parts between these moments."""
    cut = ((max(begin, since), min(end, until)) for begin, end in intervals)
    return [(begin, end) for begin, end in cut if begin < end]


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """The parts of the first that are in none of the second; both as `united` gives them."""
    left: list[Interval] = []
    for since, until in intervals:
        for begin, end in taken:
            if begin >= until:
                break
            if end <= since:
                continue
            if since < begin:
                left.append((since, begin))
            since = end
        if since < until:
            left.append((since, until))
    return left


def length(intervals: Iterable[Interval]) -> int:
    return sum(until - since for since, until in intervals)
