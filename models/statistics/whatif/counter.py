"""The counter of a recorded day as a model: who could call when, and what of each call it does not explain.

Servicers are interchangeable: each is a moment from which somebody can call (ready), and whoever is first in
line is called by whoever is ready first. What belongs to a customer, and happens whenever they are called:
how long they keep a servicer, with the short pause after them. What belongs to the day, and happens when it
did: who joined when, shifts, breaks, other queues. The rest of each call is kept as that customer's own
delay, so that an unchanged counter calls everybody at the recorded moment.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from statistics import median_low

from models.statistics.whatif.intervals import Interval, united, within, without
from models.statistics.whatif.recording import Recording, Stay

SECOND = 1_000_000
MINUTE = 60 * SECOND
# Who is there and free calls within this; else they were away, though on duty.
LONGEST_REACTION = 2 * MINUTE
# A longer time between two customers, while somebody waits, is a break, and has its own time of day.
LONGEST_PAUSE = 5 * MINUTE
LATEST = 10**15  # 31 years after the day
EARLIEST = -LATEST
USUAL_SERVICE = 5 * MINUTE  # of a day on which nobody was served


@dataclass(frozen=True, slots=True)
class Call:
    stay: int
    delay: int  # the customer's own: what neither the line nor the counter explains


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody in line whom nobody called; at the place that they had in it."""

    stay: int


@dataclass(frozen=True, slots=True)
class Away:
    """One servicer calls nobody for a time."""

    since: int
    until: int | None  # None: for the rest of the day


Step = Call | Leaving | Away


@dataclass(frozen=True)
class Counter:
    stays: Sequence[Stay]
    """As recorded, each with a known end."""
    steps: Sequence[Step]
    """In the order of the day."""
    ready: Sequence[int]
    """When each servicer could first call somebody."""
    keeps: Sequence[int]
    """By stay: how long the customer keeps a servicer from calling the next one."""
    pause: int
    """The usual time until a servicer who is free calls somebody who is there."""
    services: Sequence[int]
    """The services of the day, shortest first."""

    @property
    def usual_service(self) -> int:
        return median_low(self.services) if self.services else USUAL_SERVICE


def counter_of(recording: Recording) -> Counter:
    """The model that calls everybody when they were called."""
    by_servicer = _by_servicer(recording.stays)
    services = sorted(
        stay.until - stay.called_at
        for stay in recording.stays
        if stay.served and stay.called_at is not None and stay.until is not None
    )
    usual = median_low(services) if services else USUAL_SERVICE
    stays = _with_ends(recording.stays, by_servicer, usual)
    keeps = [0] * len(stays)
    unheeded = united(_unheeded(stays))
    ready: list[int] = []
    away: list[Away] = []
    for servicer in sorted(by_servicer.keys() | recording.on_duty.keys()):
        theirs = by_servicer.get(servicer, [])
        held = [_held(stays[index]) for index in theirs]
        there = recording.on_duty.get(servicer) or [(held[0][0], max(until for _, until in held))]
        at_hand = without(
            without(united(there), united(chain(held, recording.elsewhere.get(servicer, ())))), unheeded
        )
        first, theirs_away = _follow(theirs, stays, at_hand, keeps)
        ready.append(first)
        away += theirs_away
    steps = _with_delays(stays, _in_order(stays, away), ready, keeps)
    return Counter(stays, steps, sorted(ready), keeps, _usual_pause(stays, by_servicer), services)


def take_first(ready: list[int]) -> int:
    """Whoever is ready first calls."""
    return ready.pop(0)


def step_away(ready: list[int], away: Away) -> None:
    """Whoever was ready last before that moment is away; if nobody was, whoever is ready first after it."""
    last = bisect_right(ready, away.since)
    was_ready = ready.pop(max(0, last - 1)) if ready else away.since
    if away.until is not None:
        insort(ready, max(away.until, was_ready))


def _by_servicer(stays: Sequence[Stay]) -> dict[str, list[int]]:
    """The calls of each, by time; of calls without a name, as few servicers as could have made them."""
    found: dict[str, list[int]] = defaultdict(list)
    nameless: list[tuple[int, str]] = []  # when free again, and who
    called = [(stay.called_at, index) for index, stay in enumerate(stays) if stay.called_at is not None]
    for called_at, index in sorted(called):
        stay = stays[index]
        servicer = stay.servicer
        if servicer is None:
            free = bisect_right(nameless, (called_at, chr(0x10FFFF)))
            servicer = nameless.pop(free - 1)[1] if free else f"?{len(nameless)}"
            insort(nameless, (called_at if stay.until is None else stay.until, servicer))
        found[servicer].append(index)
    return found


def _with_ends(stays: Sequence[Stay], by_servicer: Mapping[str, list[int]], usual: int) -> list[Stay]:
    """A customer keeps the servicer until the next call at the longest: they have one at a time."""
    found = list(stays)
    for theirs in by_servicer.values():
        next_calls = [stays[index].called_at for index in theirs[1:]]
        for index, next_call in zip(theirs, [*next_calls, None], strict=True):
            stay = stays[index]
            until = (stay.called_at or 0) + usual if stay.until is None else stay.until
            found[index] = replace(stay, until=until if next_call is None else min(until, next_call))
    return found


def _held(stay: Stay) -> Interval:
    assert stay.called_at is not None
    assert stay.until is not None
    return stay.called_at, stay.until


def _unheeded(stays: Sequence[Stay]) -> Iterator[Interval]:
    """When somebody waited whom a servicer who was ready would have called."""
    for stay in stays:
        until = stay.until if stay.called_at is None else stay.called_at
        yield stay.since + LONGEST_REACTION, until or 0


def _follow(
    theirs: Sequence[int], stays: Sequence[Stay], at_hand: Sequence[Interval], keeps: list[int]
) -> tuple[int, list[Away]]:
    """When a servicer was first ready, and the times away; fills in how long their customers keep them.

    `at_hand`: when they had nobody, and could have called.
    """
    calls = [_held(stays[index]) for index in theirs]
    before = within(at_hand, EARLIEST, calls[0][0] if calls else LATEST)
    first, away = _between(before, calls[0][0] if calls else None)
    for place, index in enumerate(theirs):
        called_at, free_at = calls[place]
        next_call = calls[place + 1][0] if place + 1 < len(calls) else None
        pieces = within(at_hand, free_at, LATEST if next_call is None else next_call)
        comes, then_away = _between(pieces, next_call)
        keeps[index] = free_at - called_at
        if comes is not None and comes - free_at <= LONGEST_PAUSE:
            keeps[index] += comes - free_at
        else:
            away.append(Away(free_at, comes))
        away += then_away
    return LATEST if first is None else first, away


def _between(pieces: Sequence[Interval], next_call: int | None) -> tuple[int | None, list[Away]]:
    """From when a servicer could call again, None if never; and the times away between then and the call."""
    if not pieces:
        return next_call, []
    away = [Away(one[1], other[0]) for one, other in pairwise(pieces)]
    if next_call is None or pieces[-1][1] < next_call:
        away.append(Away(pieces[-1][1], next_call))
    return pieces[0][0], away


def _in_order(stays: Sequence[Stay], away: Sequence[Away]) -> list[Step]:
    """Calls and absences by time; who left without a call comes behind all who were before them in line."""
    by_time = sorted(
        (stay.called_at, index) for index, stay in enumerate(stays) if stay.called_at is not None
    )
    behind: dict[int, list[Step]] = defaultdict(list)  # by the place in `by_time`
    for index, stay in sorted(enumerate(stays), key=lambda each: each[1].since):
        if stay.called_at is None:
            ahead = [place for place, (_, other) in enumerate(by_time) if _is_ahead(stays, other, index)]
            behind[max(ahead, default=bisect_left(by_time, (stay.since, 0)) - 1)].append(Leaving(index))
    steps: list[Step] = [*behind[-1]]
    left = sorted(away, key=lambda each: each.since, reverse=True)
    for place, (called_at, index) in enumerate(by_time):
        while left and left[-1].since < called_at:
            steps.append(left.pop())
        steps += [Call(index, 0), *behind[place]]
    return [*steps, *reversed(left)]


def _is_ahead(stays: Sequence[Stay], other: int, index: int) -> bool:
    """Whether the other was called first while both waited, or would have been."""
    called, left = stays[other], stays[index]
    called_at = called.called_at or 0
    if called_at < (left.until or 0):
        return called_at >= left.since
    return (called.since, other) < (left.since, index) and not called.moved and called.follows is None


def _with_delays(
    stays: Sequence[Stay], steps: Sequence[Step], ready: Sequence[int], keeps: Sequence[int]
) -> list[Step]:
    """Each call with what the model does not explain of its moment."""
    found: list[Step] = []
    now_ready, previous = sorted(ready), EARLIEST
    for step in steps:
        if isinstance(step, Away):
            step_away(now_ready, step)
        if not isinstance(step, Call):
            found.append(step)
            continue
        stay = stays[step.stay]
        called_at = stay.called_at or 0
        found.append(Call(step.stay, called_at - max(stay.since, take_first(now_ready), previous)))
        insort(now_ready, called_at + keeps[step.stay])
        previous = called_at
    return found


def _usual_pause(stays: Sequence[Stay], by_servicer: Mapping[str, list[int]]) -> int:
    pauses = []
    for theirs in by_servicer.values():
        for index, following in pairwise(theirs):
            called_at, _ = _held(stays[following])
            pauses.append(called_at - max(_held(stays[index])[1], stays[following].since))
    short = [pause for pause in pauses if 0 <= pause <= LONGEST_PAUSE]
    return median_low(short) if short else 0
