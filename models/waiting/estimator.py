"""How long until a ticket is called: one small class, fed a queue's events in order of time.
No database, no reading of the time, no threads. Minutes throughout; day d begins at minute d * 1440.

The steps, each in a file of its own: the pace of a servicer (pace, change_detection), who is really at the
counter (counters, presence), who usually is at that time of day (staffing), when a place comes up if all goes
as expected (outlook), how far such estimates were off (error_range). docs/waits.md explains the whole.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from models.waiting.answers import Estimate, Moment, Told, WaitState
from models.waiting.counters import Counter
from models.waiting.error_range import FREE, NOBODY, Errors, Guess, group_of
from models.waiting.order import Line, Ticket
from models.waiting.outlook import Outlook
from models.waiting.pace import Pace, Patience, Servicer
from models.waiting.staffing import QUARTER, UsualStaff
from models.waiting.state import load, saved

__all__ = ["Estimate", "Servicer", "Ticket", "WaitEstimator", "WaitState"]

VERSION = 1  # of what `saved` gives
DAY = 1440.0
NIGHT_ENDS = 240.0  # a day begins at four in the morning: bars have closed, bakeries not yet opened
# A line is stalled if probably nobody is present and nobody has been called for so long.
STALLED_AFTER, STALLED_AFTER_CALLS = 10.0, 3.0  # minutes, and expected times between two calls
LONGEST = 7 * DAY


class WaitEstimator:
    """Answers (expected, low, high): the median and the 80 % range of the minutes until a ticket is called.

    Unknown tickets and servicers are ignored, never an error; answers are finite and
    low <= expected <= high. It learns from events only: however often it is asked, the same events lead to
    the same answers. An event takes O(servicers on duty + log n), a question O(log n).
    """

    def __init__(self, hint_minutes: float = 10.0, weekday0: int = 0) -> None:
        self.hint = min(max(float(hint_minutes), 0.1), DAY)
        self.weekday0 = weekday0
        self.now = 0.0
        self.clock_ahead = 0.0
        self.last_call = 0.0
        self.counter = Counter(self.hint)
        self.pace, self.patience = Pace(self.hint), Patience()
        self.staff, self.errors = UsualStaff(), Errors()
        self._line = Line()
        self._told: dict[Ticket, Told] = {}
        self._moment: Moment | None = None

    # Events -----------------------------------------------------------------------------------------

    def joined(self, t: float, ticket: Ticket) -> None:
        self._pass(t)
        if ticket in self._line:
            return
        self._enter(ticket, len(self._line))
        guess = self._guess(len(self._line) - 1, self.now)
        _, low, high = self.errors.estimate(guess)
        self._told[ticket] = Told(self.now, guess, low, high)

    def called(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._pass(t)
        had_waited = self._line_stands() and ticket in self._line
        self.counter.call(self.now, ticket, servicer, self.pace.rate())
        if had_waited:
            self.pace.call(self.counter.cycles.variation())
            self.counter.speeds.call(servicer)
        self.staff.confirm()
        self.last_call = self.now
        told = self._told.get(ticket)
        if told is not None:
            self.errors.learn(told.guess, self.now - told.at, told.low, told.high)
        self._leave(ticket)

    def finished(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._pass(t)
        if self.counter.serving.get(servicer) == ticket:
            minutes = self.counter.end(self.now, servicer)
            if self.counter.line_since is None:
                self.pace.serve_in_quiet(minutes)

    def no_show(self, t: float, ticket: Ticket, servicer: Servicer) -> None:
        self._pass(t)
        if self.counter.serving.get(servicer) == ticket:
            self.counter.end(self.now, servicer)

    def left(self, t: float, ticket: Ticket) -> None:
        self._pass(t)
        if ticket in self._line:
            self.patience.left += 1
        self._leave(ticket)

    def put_back(self, t: float, ticket: Ticket, ahead: int) -> None:
        """A called ticket waits again, with `ahead` people before it."""
        self._pass(t)
        for servicer in self.counter.who_serves(ticket):
            self.counter.end(self.now, servicer)
        self._leave(ticket)
        self._enter(ticket, ahead)

    def moved(self, t: float, ticket: Ticket, ahead: int) -> None:
        """A waiting ticket changes its place: `ahead` people are before it now."""
        self._pass(t)
        self._told.pop(ticket, None)  # the estimate on joining was for another place
        joined_at = self._line.remove(ticket)
        if joined_at is not None:
            self._line.insert(ticket, joined_at, ahead)

    def servicer_on(self, t: float, servicer: Servicer) -> None:
        self._pass(t)
        self.counter.sign_in(self.now, servicer)

    def servicer_off(self, t: float, servicer: Servicer) -> None:
        self._pass(t)
        self.counter.sign_out(servicer)

    def clock_changed(self, t: float, minutes_ahead: float) -> None:
        """From t on, local time is so many minutes ahead of t (daylight saving time)."""
        self._pass(t)
        self.clock_ahead = minutes_ahead

    def tick(self, now: float) -> None:
        """A scheduled call between events; does nothing, as only events teach."""

    # Answers ----------------------------------------------------------------------------------------

    def estimate(self, ticket: Ticket, now: float) -> Estimate:
        """Minutes from `now` until the ticket is called: (expected, low, high), an 80 % range."""
        return self._at(self._ahead(ticket), now)

    def estimate_new(self, now: float) -> Estimate:
        """The same for somebody who would join now."""
        return self._at(len(self._line), now)

    def curve(self, now: float, upto: int) -> list[Estimate]:
        """The same for the first `upto` places of the line, first in line first."""
        return [self._at(ahead, now) for ahead in range(upto)]

    def at_least(self, ahead: int, now: float) -> float:
        """Minutes that somebody with so many ahead most probably still waits: what alerts use."""
        guess = self._guess(ahead, now)
        return min(LONGEST, guess.at(self.errors.quantiles(guess.group).soon))

    def alert_due(self, ticket: Ticket, now: float, lead: float) -> bool:
        """Whether to send "you are about `lead` minutes away" now."""
        return self.at_least(self._ahead(ticket), now) <= lead

    def state(self, now: float) -> WaitState:
        """Whether the estimates can be shown, or that nobody is calling."""
        counter, pace, now = self.counter, self.pace.rate(), max(now, self.now)
        if not counter.on:
            return WaitState.UNSTAFFED
        if counter.line_since is None:
            return WaitState.OK
        silent_for = now - max(self.last_call, counter.line_since)
        is_long = silent_for > max(STALLED_AFTER, STALLED_AFTER_CALLS / (pace * len(counter.on)))
        if is_long and sum(counter.present(now, pace).values()) < 0.5:
            return WaitState.STALLED
        return WaitState.OK

    # Saving -----------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Everything learned and the line, as plain JSON values."""
        told = [[ticket, t.at, *t.guess, t.low, t.high] for ticket, t in self._told.items()]
        return {"version": VERSION, "line": self._line.saved(), "told": told} | saved(self)

    @classmethod
    def loaded(cls, saved: dict[str, Any]) -> WaitEstimator:
        """The estimator that `saved` described; it gives the same answers.

        Raises ValueError for a state of another version: rebuild it from the events.
        """
        if saved.get("version") != VERSION:
            raise ValueError("this state was saved by another version: rebuild it from the events")
        estimator = cls()
        load(estimator, saved)
        estimator._line = Line.loaded(saved["line"])
        for ticket, at, group, minutes, advance, low, high in saved["told"]:
            estimator._told[ticket] = Told(at, Guess(group, minutes, advance), low, high)
        return estimator

    # The line ---------------------------------------------------------------------------------------

    def _enter(self, ticket: Ticket, ahead: int) -> None:
        if not len(self._line):
            self.counter.begin_line(self.now)
        self._line.insert(ticket, self.now, ahead)

    def _leave(self, ticket: Ticket) -> None:
        self._told.pop(ticket, None)
        self._line.remove(ticket)
        if not len(self._line):
            self.counter.end_line()

    def _ahead(self, ticket: Ticket) -> int:
        return self._line.ahead(ticket) if ticket in self._line else 0

    def _line_stands(self) -> bool:
        """Whether more people wait than servicers are free to call them at once."""
        return len(self._line) > len(self.counter.free)

    # Time passes ------------------------------------------------------------------------------------

    def _pass(self, t: float) -> None:
        """Learn from the time since the last event: who was present, and that nobody was called."""
        self._moment = None
        if t <= self.now:
            return
        t = float(t)
        if self._day(t) == self._day(self.now):
            self._learn_from_time(t)
        else:
            self.pace.sleep()
            self.staff.new_day()
            self.counter.cycle_since.clear()
        self.now = t

    def _learn_from_time(self, t: float) -> None:
        pace, waiting = self.pace.rate(), len(self._line)
        present = self.counter.present_minutes(self.now, t, pace)
        if self._line_stands():
            self.pace.work(sum(present.values()))
            for servicer, minutes in present.items():
                self.counter.speeds.expect(servicer, minutes * pace)
        self._learn_who_was_there(t, present, pace)
        if waiting:
            self.patience.minutes += (t - self.now) * waiting
            self.staff.confirm()

    def _learn_who_was_there(self, t: float, present: dict[Servicer, float], pace: float) -> None:
        quarter = self._quarter(self.now)
        if quarter == self._quarter(t):
            self.staff.add(quarter, sum(present.values()), t - self.now)
            return
        begin = self.now
        while begin < t:
            end = min(t, (quarter + 1) * QUARTER - self.clock_ahead)
            self.staff.add(quarter, sum(self.counter.present_minutes(begin, end, pace).values()), end - begin)
            begin, quarter = end, quarter + 1

    def _day(self, t: float) -> int:
        return int((t + self.clock_ahead - NIGHT_ENDS) // DAY)

    def _quarter(self, t: float) -> int:
        return int((t + self.clock_ahead) // QUARTER)

    # Estimates --------------------------------------------------------------------------------------

    def _at(self, ahead: int, now: float) -> Estimate:
        expected, low, high = self.errors.estimate(self._guess(ahead, now))
        return min(LONGEST, expected), min(LONGEST, low), min(LONGEST, high)

    def _guess(self, ahead: int, now: float) -> Guess:
        now = max(now, self.now)
        if self._moment is None or self._moment.now != now:
            self._moment = self._look(now)
        group = NOBODY if not self.counter.on else FREE if len(self.counter.free) > ahead else group_of(ahead)
        return Guess(group, self._moment.outlook.minutes_until(ahead), self._moment.minutes_per_call)

    def _look(self, now: float) -> Moment:
        counter, pace = self.counter, self.pace.rate()
        if self._line_stands():
            pace = self.pace.rate(sum(counter.present_minutes(self.now, now, pace).values()))
        present = counter.present(now, pace)
        staff, speed = sum(present.values()), counter.speed(present)
        usual_now = self.staff.at(self._quarter(now))
        outlook = Outlook(
            pace=pace * speed,
            leaving=self.patience.rate(),
            head_start=counter.head_start(now, pace, present),
            comes_with=counter.cycles.about_to_call(),
            staff=staff,
            staff_in=partial(self._staff_in, now, staff, staff if usual_now is None else usual_now),
        )
        servers = max(1.0, staff * speed if counter.on else counter.most_recently_on)
        return Moment(now, 1 / (pace * servers), outlook)

    def _staff_in(self, now: float, staff: float, usual_now: float, minutes: float) -> float:
        """How many servicers will be present in so many minutes."""
        known = self.staff.ahead(self._quarter(now + minutes), minutes, staff, usual_now)
        if known is not None:
            return known
        if not staff:
            return float(max(1, self.counter.most_recently_on))
        # Nothing is known of that time of day: assume that absent servicers return as from a break.
        back = 1 - math.exp(-minutes / self.counter.gaps.mean_break())
        return staff + (len(self.counter.on) - staff) * back
