"""The same day with servicers more or fewer for a time. Pure.

With more, nobody is called later than they were. The recorded servicers take the customers who are left to
them in the recorded order, each no later than recorded; those who are added take only whom they can call
sooner. Somebody who gave up is called by the recorded ones only where all of them have since gained the time
that it takes. With fewer, nobody is called sooner.
"""

import heapq
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass

from models.statistics.whatif.counter import (
    EARLIEST,
    LATEST,
    Away,
    Call,
    Counter,
    Leaving,
    Step,
    step_away,
    take_first,
)


@dataclass(frozen=True)
class Change:
    servicers: int  # so many more; below 0, fewer
    since: int
    until: int
    """No customer is called after that; the last one is still served."""


@dataclass(frozen=True)
class Result:
    calls: list[int | None]
    """By stay: when they would have been called; None: not at all."""
    added_until: list[int]
    """When each servicer who was added would have gone."""
    more_work: int
    """How much longer servicers would have had customers."""
    last_end: int
    """When the last customer would have gone."""


Service = Callable[[int], int]  # how long a servicer who was added takes for a stay


def replay(counter: Counter, change: Change, service: Service | None = None) -> Result:
    """The day with this change. `service`: as long as the customer took, or usually takes, unless given."""
    if change.servicers <= 0:
        return _with_fewer(counter, change)
    result = _WithMore(counter, change, service).play()
    if change.servicers > 1:  # whom fewer would have called sooner is called then, too
        fewer = replay(counter, Change(change.servicers - 1, change.since, change.until), service)
        for stay, called_at in enumerate(fewer.calls):
            result.calls[stay] = _sooner(result.calls[stay], called_at)
    return result


def _sooner(one: int | None, other: int | None) -> int | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _with_fewer(counter: Counter, change: Change) -> Result:
    steps = list(counter.steps)
    place = next((place for place, step in enumerate(steps) if _moment(counter, step) >= change.since), None)
    place = len(steps) if place is None else place
    steps[place:place] = [Away(change.since, change.until)] * -change.servicers
    calls: list[int | None] = [None] * len(counter.stays)
    ready, previous, last_end = list(counter.ready), EARLIEST, EARLIEST
    for step in steps:
        if isinstance(step, Away):
            step_away(ready, step)
        elif isinstance(step, Call):
            since = _since(counter, calls, step.stay)
            previous = calls[step.stay] = max(since, take_first(ready), previous) + step.delay
            insort(ready, previous + counter.keeps[step.stay])
            last_end = max(last_end, previous + _service(counter, step.stay))
    return Result(calls, [], 0, last_end)


def _moment(counter: Counter, step: Step) -> int:
    if isinstance(step, Away):
        return step.since
    return counter.stays[step.stay].called_at or EARLIEST


def _since(counter: Counter, calls: list[int | None], index: int) -> int:
    """From when they could be called; who was put back, so long after the call before."""
    stay = counter.stays[index]
    if stay.follows is None:
        return stay.since
    called_at, was = calls[stay.follows], counter.stays[stay.follows].called_at
    return stay.since if called_at is None or was is None else stay.since - was + called_at


def _service(counter: Counter, index: int) -> int:
    """How long they have a servicer; of those whom nobody called, as long as others."""
    stay = counter.stays[index]
    if stay.called_at is None or stay.until is None:
        return counter.usual_service
    return stay.until - stay.called_at


class _WithMore:
    def __init__(self, counter: Counter, change: Change, service: Service | None) -> None:
        self.counter = counter
        self.change = change
        self.service = service or (lambda stay: _service(counter, stay))
        self.calls: list[int | None] = [None] * len(counter.stays)
        self.added = [change.since] * change.servicers
        self.ready, self.was_ready = list(counter.ready), list(counter.ready)
        self.previous = self.last_end = EARLIEST
        self.more_work = 0
        self.order = {
            step.stay: place for place, step in enumerate(counter.steps) if not isinstance(step, Away)
        }
        self.coming = [
            (stay.since, self.order[index], index)
            for index, stay in enumerate(counter.stays)
            if stay.follows is None
        ]
        heapq.heapify(self.coming)
        self.line: list[tuple[int, int]] = []  # place and stay, of those who came
        self.followed_by = {
            stay.follows: index for index, stay in enumerate(counter.stays) if stay.follows is not None
        }

    def play(self) -> Result:
        for step in self.counter.steps:
            if isinstance(step, Away):
                step_away(self.ready, step)
                step_away(self.was_ready, step)
            elif isinstance(step, Leaving):
                self._perhaps_save(step)
            else:
                self._call_in_turn(step)
        self._call_before(LATEST)
        gone = [max(self.change.until, free_at) for free_at in self.added]
        return Result(self.calls, gone, self.more_work, self.last_end)

    def _call_in_turn(self, step: Call) -> None:
        stay = self.counter.stays[step.stay]
        at = max(_since(self.counter, self.calls, step.stay), self.ready[0], self.previous) + step.delay
        self._call_before(at)
        if self.calls[step.stay] is None:
            take_first(self.ready)
            insort(self.ready, at + self.counter.keeps[step.stay])
            self.previous = at
            self._called(step.stay, at, _service(self.counter, step.stay))
        take_first(self.was_ready)
        insort(self.was_ready, (stay.called_at or 0) + self.counter.keeps[step.stay])

    def _perhaps_save(self, step: Leaving) -> None:
        """Call somebody who gave up, if they are still there and nobody is called later for it."""
        if not self.ready or self.calls[step.stay] is not None:
            return
        at = max(_since(self.counter, self.calls, step.stay), self.ready[0])
        if not self._is_there(step.stay, at):
            return
        service = _service(self.counter, step.stay)
        then = self.ready[1:]
        insort(then, at + service + self.counter.pause)
        if any(now > before for now, before in zip(then, self.was_ready, strict=True)):
            return
        self._call_before(at)
        if self.calls[step.stay] is None:
            self.ready = then
            self._called(step.stay, at, service)

    def _call_before(self, limit: int) -> None:
        """Those who were added call whom they can before that moment."""
        while (found := self._next_of_added()) is not None:
            at, stay = found
            if at >= min(limit, self.change.until):
                return
            takes = self.service(stay)
            heapq.heapreplace(self.added, at + takes)
            self._called(stay, at, takes)

    def _next_of_added(self) -> tuple[int, int] | None:
        """Whom they could call next, and when: the first in line, or who comes next."""
        free_at = self.added[0] if self.added else LATEST
        while self.coming and self.coming[0][0] <= free_at:
            _, place, stay = heapq.heappop(self.coming)
            heapq.heappush(self.line, (place, stay))
        while self.line:
            at, stay = free_at + self.counter.pause, self.line[0][1]
            if self.calls[stay] is None and self._is_there(stay, at):
                return at, stay
            heapq.heappop(self.line)
        while self.coming:
            at, stay = self.coming[0][0] + self.counter.pause, self.coming[0][2]
            if self.calls[stay] is None and self._is_there(stay, at):
                return at, stay
            heapq.heappop(self.coming)
        return None

    def _is_there(self, index: int, at: int) -> bool:
        """Nobody leaves sooner than they did."""
        stay = self.counter.stays[index]
        return stay.called_at is not None or at < (stay.until or 0)

    def _called(self, index: int, at: int, takes: int) -> None:
        stay = self.counter.stays[index]
        self.calls[index] = at
        self.last_end = max(self.last_end, at + takes)
        self.more_work += takes - (0 if stay.called_at is None else _service(self.counter, index))
        following = self.followed_by.get(index)
        if following is not None:
            since = _since(self.counter, self.calls, following)
            heapq.heappush(self.coming, (since, self.order[following], following))
