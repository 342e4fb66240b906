"""How long until a ticket is called: one small class fed a queue's events in time order.
No database, no clock, no threads. Minutes throughout; day d begins at minute d * 1440."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.waiting_line import Line, Ticket

Servicer = int | str
Estimate = tuple[float, float, float]


class WaitState(StrEnum):
    """Whether an estimate may be shown as it is."""

    OK = "ok"
    STALLED = "stalled"  # people wait, servicers are on duty, and nobody has been called for long
    UNSTAFFED = "unstaffed"  # nobody is on duty


class WaitEstimator:
    """The plain average: people ahead times the mean service, over the servicers on duty.

    Unknown tickets and servicers are ignored, never an error; answers are finite and
    low <= expected <= high.
    """

    def __init__(self, hint_minutes: float = 10.0, weekday0: int = 0) -> None:
        self.hint = min(max(float(hint_minutes), 0.1), 1440.0)
        self.weekday0 = weekday0
        self.now = 0.0
        self.line = Line()
        self.on: dict[Servicer, float] = {}
        self.serving: dict[Servicer, tuple[Ticket, float]] = {}
        self.last_call = 0.0
        self.services = 4.0  # the owner's guess counts as four customers
        self.service_minutes = 4.0 * self.hint

    def joined(self, t: float, ticket: Ticket) -> None:
        self._pass(t)
        if ticket not in self.line:
            if not len(self.line):
                self.last_call = self.now
            self.line.append(ticket, self.now)

    def called(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._pass(t)
        self.line.remove(ticket)
        self.on.setdefault(servicer, self.now)
        self.serving[servicer] = (ticket, self.now)
        self.last_call = self.now

    def finished(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._end(t, ticket, servicer)

    def no_show(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._end(t, ticket, servicer)

    def left(self, t: float, ticket: Ticket) -> None:
        self._pass(t)
        self.line.remove(ticket)

    def put_back(self, t: float, ticket: Ticket, ahead: int) -> None:
        """A called ticket waits again, with `ahead` people before it."""
        self._pass(t)
        for servicer, (served, _) in list(self.serving.items()):
            if served == ticket:
                del self.serving[servicer]
        self.line.remove(ticket)
        self.line.insert(ticket, self.now, ahead)

    def moved(self, t: float, ticket: Ticket, ahead: int) -> None:
        """A waiting ticket changes its place: `ahead` people are before it now."""
        self._pass(t)
        joined_at = self.line.remove(ticket)
        if joined_at is not None:
            self.line.insert(ticket, joined_at, ahead)

    def servicer_on(self, t: float, servicer: Servicer) -> None:
        self._pass(t)
        self.on[servicer] = self.now

    def servicer_off(self, t: float, servicer: Servicer) -> None:
        self._pass(t)
        self.on.pop(servicer, None)

    def tick(self, now: float) -> None:
        """The scheduled call between events."""
        self._pass(now)

    def estimate(self, ticket: Ticket, now: float) -> Estimate:
        """Minutes from `now` until the ticket is called: (expected, low, high), an 80 % range."""
        return self._at(self.line.ahead(ticket) if ticket in self.line else 0, now)

    def estimate_new(self, now: float) -> Estimate:
        """The same for somebody who would join now."""
        return self._at(len(self.line), now)

    def curve(self, now: float, upto: int) -> list[Estimate]:
        """The same for the first `upto` places of the line, first in line first."""
        return [self._at(ahead, now) for ahead in range(upto)]

    def alert_due(self, ticket: Ticket, now: float, lead: float) -> bool:
        """Whether to send "you are about `lead` minutes away" now."""
        return self.estimate(ticket, now)[0] <= lead

    def state(self, now: float) -> WaitState:
        """Whether the estimates can be shown, or the truth that nobody is calling."""
        if not self.on:
            return WaitState.UNSTAFFED
        gap = self._mean() / len(self.on)
        if len(self.line) and max(now, self.now) - self.last_call > max(10.0, 5 * gap):
            return WaitState.STALLED
        return WaitState.OK

    def saved(self) -> dict[str, Any]:
        """Everything that was learned and who waits, as plain JSON values."""
        return {
            "version": 0,
            "hint": self.hint,
            "weekday0": self.weekday0,
            "now": self.now,
            "line": self.line.saved(),
            "on": [list(item) for item in self.on.items()],
            "serving": [[servicer, *rest] for servicer, rest in self.serving.items()],
            "last_call": self.last_call,
            "services": self.services,
            "service_minutes": self.service_minutes,
        }

    @classmethod
    def loaded(cls, saved: dict[str, Any]) -> WaitEstimator:
        """The estimator that `saved` described; it gives the same answers.

        Raises ValueError for a state of another version: rebuild it from the events.
        """
        if saved.get("version") != 0:
            raise ValueError("this state was saved by another version: rebuild it from the events")
        estimator = cls(saved["hint"], saved["weekday0"])
        estimator.now = saved["now"]
        estimator.line = Line.loaded(saved["line"])
        estimator.on = dict(saved["on"])
        estimator.serving = {servicer: (ticket, t) for servicer, ticket, t in saved["serving"]}
        estimator.last_call = saved["last_call"]
        estimator.services = saved["services"]
        estimator.service_minutes = saved["service_minutes"]
        return estimator

    def _pass(self, t: float) -> None:
        if t > self.now:
            self.now = float(t)

    def _end(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._pass(t)
        served = self.serving.get(servicer)
        if served is None or served[0] != ticket:
            return
        del self.serving[servicer]
        self.services += 1
        self.service_minutes += self.now - served[1]

    def _mean(self) -> float:
        return max(0.1, self.service_minutes / self.services)

    def _at(self, ahead: int, now: float) -> Estimate:
        free = len(self.on) - sum(1 for servicer in self.serving if servicer in self.on)
        places = max(0.0, ahead + 1.0 - free) if free > ahead else ahead + 1.0
        expected = places * self._mean() / max(1, len(self.on))
        return expected, expected * 0.5, expected * 1.5 + 1.0
