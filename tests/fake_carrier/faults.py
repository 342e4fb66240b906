"""The fake carrier's faults: scripted, one entry per coming call, or random from a seed."""

import random
import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class CallFault(StrEnum):
    """The fault of one API call. "After" means after the text was created."""

    REFUSE = "refuse"  # cut before; then no connection is accepted for `seconds`
    BUSY = "busy"  # 429 with Retry-After `seconds`
    ERROR_BEFORE = "error_before"  # 500
    ERROR_AFTER = "error_after"
    CUT_BEFORE = "cut_before"  # the connection is reset
    CUT_AFTER = "cut_after"
    SLOW_BEFORE = "slow_before"  # waits `seconds`, then creates, even if the client has gone
    SLOW_AFTER = "slow_after"  # creates, then answers after `seconds`
    GARBAGE = "garbage"  # creates, then answers 201 with a page of HTML
    TRICKLE = "trickle"  # creates, then answers one byte every 0.05 s for `seconds`
    REJECT = "reject"  # 400 with `code`


class ReportFault(StrEnum):
    """The fault of all the delivery reports of one text."""

    LOST = "lost"
    LATE = "late"  # `seconds` after they were due
    DOUBLED = "doubled"
    REORDERED = "reordered"  # the last one first
    EARLY = "early"  # all of them before the call that created the text is answered


@dataclass(frozen=True)
class Fault:
    """A fault with parameters; a bare CallFault or ReportFault has these defaults."""

    kind: CallFault | ReportFault
    seconds: float = 0.2
    code: int = 30001


@dataclass(frozen=True)
class Fate:
    """The final status of an accepted text; it is on the screen nevertheless if `arrives`."""

    code: int
    status: str = "undelivered"
    arrives: bool = False


# The random faults. TRICKLE and SLOW_BEFORE must be scripted: they take too long for most tests.
RANDOM_CALLS = (
    CallFault.REFUSE,
    CallFault.BUSY,
    CallFault.ERROR_BEFORE,
    CallFault.ERROR_AFTER,
    CallFault.CUT_BEFORE,
    CallFault.CUT_AFTER,
    CallFault.SLOW_AFTER,
    CallFault.GARBAGE,
)
RANDOM_LISTS = (CallFault.BUSY, CallFault.ERROR_BEFORE, CallFault.CUT_BEFORE, CallFault.GARBAGE)
RANDOM_REPORTS = tuple(ReportFault)

Entry = Fault | CallFault | ReportFault | None


class Faults:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._calls: deque[Entry] = deque()
        self._lists: deque[Entry] = deque()
        self._reports: deque[Entry] = deque()
        self._fates: deque[Fate | None] = deque()
        self._chance: random.Random | None = None
        self._choices: dict[str, Sequence[CallFault | ReportFault]] = {}
        self.behave()

    def next_calls(self, *entries: Entry) -> None:
        """For the next calls that create a text."""
        self._calls.extend(entries)

    def next_lists(self, *entries: Entry) -> None:
        """For the next calls that read."""
        self._lists.extend(entries)

    def next_reports(self, *entries: Entry) -> None:
        """For the reports of the next texts that are created."""
        self._reports.extend(entries)

    def next_fates(self, *fates: Fate | None) -> None:
        """For the next texts that are created."""
        self._fates.extend(fates)

    def misbehave(
        self,
        *,
        seed: int,
        rate: float = 0.3,
        calls: Sequence[CallFault] = RANDOM_CALLS,
        lists: Sequence[CallFault] = RANDOM_LISTS,
        reports: Sequence[ReportFault] = RANDOM_REPORTS,
        longest_seconds: float = 0.5,
    ) -> None:
        """From now on each call, and the reports of each text, have a fault with this probability."""
        with self._lock:
            self._chance = random.Random(seed)
            self._rate, self._longest = rate, longest_seconds
            self._choices = {"call": calls, "list": lists, "report": reports}

    def behave(self) -> None:
        """No more random faults; scripted ones remain."""
        with self._lock:
            self._chance = None

    def of_call(self) -> Fault | None:
        return self._draw(self._calls, "call")

    def of_list(self) -> Fault | None:
        return self._draw(self._lists, "list")

    def of_reports(self) -> Fault | None:
        return self._draw(self._reports, "report")

    def of_text(self) -> Fate | None:
        with self._lock:
            return self._fates.popleft() if self._fates else None

    def _draw(self, script: deque[Entry], about: str) -> Fault | None:
        with self._lock:
            entry = script.popleft() if script else self._by_chance(about)
            fault = Fault(entry) if isinstance(entry, CallFault | ReportFault) else entry
            self.counts[f"{about}:{fault.kind if fault else 'good'}"] += 1
            return fault

    def _by_chance(self, about: str) -> Fault | None:
        if self._chance is None or self._chance.random() >= self._rate or not self._choices[about]:
            return None
        kind = self._chance.choice(self._choices[about])
        return Fault(kind, seconds=self._chance.uniform(0, self._longest))
