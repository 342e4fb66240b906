"""The servicers of a queue: who is signed in, whom they serve, and how likely each is really present.
Fed by `estimator.py`; of the line it knows only since when somebody has been waiting."""

from __future__ import annotations

from models.waiting.order import Ticket
from models.waiting.pace import Cycles, Servicer, Speeds
from models.waiting.presence import Gaps, serving_minutes, serving_presence


class Counter:
    def __init__(self, hint_minutes: float) -> None:
        self.on: dict[Servicer, float] = {}  # since when
        self.serving: dict[Servicer, Ticket] = {}
        self.serving_since: dict[Servicer, float] = {}
        self.idle: dict[Servicer, float] = {}  # on duty and serving nobody, since when
        self.free: dict[Servicer, float] = {}  # idle since before somebody waited
        self.most_recently_on = 1  # how many were on duty before the last one went
        self.line_since: float | None = None  # since when somebody has been waiting
        self.cycle_since: dict[Servicer, float] = {}  # the last call, if others have been waiting since
        self.speeds, self.cycles, self.gaps = Speeds(), Cycles(), Gaps(hint_minutes)

    # What happens -----------------------------------------------------------------------------------

    def sign_in(self, t: float, servicer: Servicer) -> None:
        self.on.setdefault(servicer, t)
        if servicer not in self.serving:
            self.idle.setdefault(servicer, t)

    def sign_out(self, servicer: Servicer) -> None:
        if self.on.pop(servicer, None) is not None:
            self.most_recently_on = len(self.on) + 1
        for gone in (self.idle, self.free, self.cycle_since):
            gone.pop(servicer, None)

    def begin_line(self, t: float) -> None:
        """Somebody waits where nobody did."""
        self.line_since = t
        self.free = dict(self.idle)

    def end_line(self) -> None:
        self.line_since = None

    def call(self, t: float, ticket: Ticket, servicer: Servicer, pace: float) -> None:
        """Learns from the servicer's pause before this call, so the ticket must still be in the line."""
        if self.line_since is not None and servicer in self.idle and servicer not in self.free:
            self.gaps.learn(t - max(self.idle[servicer], self.line_since), pace)
        if servicer in self.cycle_since:
            self.cycles.add((t - self.cycle_since[servicer]) * pace)
        self.on.setdefault(servicer, t)
        self.idle.pop(servicer, None)
        self.free.pop(servicer, None)
        self.serving[servicer], self.serving_since[servicer] = ticket, t
        self.cycle_since[servicer] = t

    def who_serves(self, ticket: Ticket) -> list[Servicer]:
        return [servicer for servicer, served in self.serving.items() if served == ticket]

    def end(self, t: float, servicer: Servicer) -> float:
        """The service is over; answers how many minutes it took."""
        del self.serving[servicer]
        if servicer in self.on:
            self.idle[servicer] = t
        if self.line_since is None:
            self.cycle_since.pop(servicer, None)
        return t - self.serving_since.pop(servicer)

    # Who is there -----------------------------------------------------------------------------------

    def present(self, now: float, pace: float) -> dict[Servicer, float]:
        """The probability that each servicer on duty is really present."""
        silence = self.gaps.silence(pace)
        chances = dict.fromkeys(self.on, 1.0)
        for servicer in self.on:
            if servicer in self.serving:
                chances[servicer] = serving_presence(now - self.serving_since[servicer], pace)
            elif servicer in self.idle and self.line_since is not None:
                chances[servicer] = silence.presence(now - max(self.idle[servicer], self.line_since))
        return chances

    def present_minutes(self, begin: float, end: float, pace: float) -> dict[Servicer, float]:
        """The expected minutes that each servicer on duty was present between two moments."""
        silence = self.gaps.silence(pace)
        minutes = dict.fromkeys(self.on, end - begin)
        for servicer in self.on:
            if servicer in self.serving:
                since = self.serving_since[servicer]
                minutes[servicer] = serving_minutes(begin - since, end - since, pace)
            elif servicer in self.idle and self.line_since is not None:
                since = max(self.idle[servicer], self.line_since)
                minutes[servicer] = silence.present_minutes(begin - since, end - since)
        return minutes

    def speed(self, present: dict[Servicer, float]) -> float:
        """The mean speed of those present."""
        staff = sum(present.values())
        return (
            sum(chance * self.speeds.of(each) for each, chance in present.items()) / staff if staff else 1.0
        )

    def head_start(self, now: float, pace: float, present: dict[Servicer, float]) -> float:
        """How many calls those present are ahead of servicers at a random moment of their work."""
        about_to_call, calls = self.cycles.about_to_call(), 0.0
        for servicer, chance in present.items():
            if servicer in self.serving:
                age = (now - self.serving_since[servicer]) * pace * self.speeds.of(servicer)
                calls += chance * self.cycles.head_start(age)
            elif servicer in self.idle and servicer not in self.free:
                calls += chance * about_to_call
        return calls
