"""Why somebody waited: what they were promised when, and how the time was spent, from the event log alone.

Pure. The parts sum to the wait to the second: each moment of it belongs to what kept the line then, shared
equally between those who were called or served at that moment. What was undone is as if it had never been.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from models.people.actors import Actor
from models.queueing.tables.events import EventKind
from models.statistics.timelines import ENDS, Happened, joined_at_of, without_undone


class Part(StrEnum):
    """What a part of the wait was spent on."""

    BEFORE = "before"  # before the line moved: nobody had been called yet, and nobody was being served
    AHEAD = "ahead"  # people who were ahead already
    RETURNED = "returned"  # people who came back into the line: put back, on hold, brought back
    MOVED = "moved"  # people who were moved to the front, transferred, or called before their turn
    PAUSED = "paused"
    CLOSED = "closed"
    NOBODY = "nobody"  # the line had moved, and nobody was called or served
    OWN = "own"  # they were called or on hold, had left, let others go first, or were served elsewhere
    ELSEWHERE = "elsewhere"  # in the queue from which they were transferred


class Told(NamedTuple):
    """A range that they were told: minutes from that moment until they would be called."""

    at: datetime
    low: int
    high: int


class Receipt(NamedTuple):
    joined_at: datetime
    until: datetime  # called for good, or gone
    was_called: bool
    told: tuple[Told, ...]
    parts: Mapping[Part, int]
    """Seconds, without parts of none; they sum to `seconds`."""

    @property
    def seconds(self) -> int:
        return int((self.until - self.joined_at).total_seconds())


_JOINS = (EventKind.JOINED, EventKind.TRANSFERRED)
_BACK = (EventKind.PUT_BACK, EventKind.SET_ASIDE, EventKind.BROUGHT_BACK)
# Whoever these happen to had been called before.
_OF_PRESENT = (
    *(EventKind.STARTED, EventKind.SERVED, EventKind.NO_SHOW, EventKind.PUT_BACK, EventKind.SET_ASIDE),
    *(EventKind.CALLED_AGAIN, EventKind.TAKEN_OVER),
)
STATES = (EventKind.OPENED, EventKind.PAUSED, EventKind.LAST_CALL, EventKind.CLOSED)
# The events that `receipt_of` asks for: of the ticket itself, and of the others and the queue.
OF_OTHERS = (
    *(*ENDS, *_BACK, *_OF_PRESENT, *STATES),
    *(EventKind.CALLED, EventKind.MOVED, EventKind.TRANSFERRED, EventKind.UNDONE),
)
OF_TICKET = (*OF_OTHERS, EventKind.JOINED, EventKind.ALERTED, EventKind.PROMISE_CHANGED)


def receipt_of(events: Iterable[Happened], ticket_id: int) -> Receipt | None:
    """Of this ticket, from its queue's events in the order they were recorded: those of its wait, and some
    from before, by which is known who was being served. None while it waits. Tickets are numbered as they
    are taken, so the id of another tells who was first.
    """
    stood = without_undone(events)
    mine = [event for event in stood if event.ticket_id == ticket_id]
    if not mine or mine[0].kind not in _JOINS:
        return None
    last, was_called = _last_of_wait(mine)
    if last is None:
        return None
    joined_at = joined_at_of(mine[0])
    until = max(joined_at, last.at)
    line = _Line(ticket_id, mine[0].id, _already_present(stood, ticket_id))
    parts: dict[Part, Fraction] = defaultdict(Fraction)
    at = joined_at
    for event in stood:
        if event.id >= mine[0].id:
            moment = until if event.id == last.id else min(max(event.at, at), until)
            _share(parts, line.spent_on(), moment - at)
            at = moment
        if event.id == last.id:
            break
        line.apply(event)
    told = tuple(_told(event for event in mine if event.id <= last.id and event.at <= until))
    return Receipt(joined_at, until, was_called, told, _whole_seconds(parts, until - joined_at))


def _last_of_wait(mine: Sequence[Happened]) -> tuple[Happened | None, bool]:
    """The call that stood, or else the end; and whether it is a call."""
    call: Happened | None = None
    end: Happened | None = None
    for event in mine:
        if event.kind == EventKind.CALLED:
            call = event
        elif event.kind in _BACK:
            call = end = None
        elif event.kind in ENDS:
            end = event
    return call or end, call is not None


def _already_present(events: Iterable[Happened], ticket_id: int) -> list[int]:
    """Who had been called before the first of these events."""
    first: dict[int, EventKind] = {}
    for event in events:
        if event.ticket_id is not None and event.ticket_id != ticket_id:
            first.setdefault(event.ticket_id, event.kind)
    return [other for other, kind in first.items() if kind in _OF_PRESENT]


class _Line:
    """The line as the customer sees it: who is called or served, and why before them."""

    def __init__(self, ticket_id: int, joined_id: int, present: Iterable[int]) -> None:
        self._ticket_id, self._joined_id = ticket_id, joined_id
        self._present = dict.fromkeys(present, Part.AHEAD)
        self._came_before: dict[int, Part] = {}  # since they joined, who has moved within the line
        self._state = EventKind.OPENED
        self._is_away = False
        self._has_moved = False
        self._has_joined = False

    def spent_on(self) -> list[Part]:
        """What time is spent on now; several share it."""
        if not self._has_joined:
            return [Part.ELSEWHERE]
        if self._is_away:
            return [Part.OWN]
        if self._state in (EventKind.CLOSED, EventKind.PAUSED):
            return [Part.CLOSED if self._state == EventKind.CLOSED else Part.PAUSED]
        if self._present:
            return list(self._present.values())
        return [Part.NOBODY if self._has_moved else Part.BEFORE]

    def apply(self, event: Happened) -> None:
        if event.ticket_id == self._ticket_id:
            self._apply_own(event.kind)
        elif event.ticket_id is None:
            self._state = event.kind if event.kind in STATES else self._state
        else:
            self._apply_other(event, event.ticket_id)

    def _apply_own(self, kind: EventKind) -> None:
        if kind in _JOINS:
            self._has_joined, self._has_moved = True, bool(self._present)
        elif kind in (EventKind.CALLED, EventKind.SET_ASIDE, *ENDS):
            self._is_away = self._has_moved = True
        elif kind in (EventKind.PUT_BACK, EventKind.BROUGHT_BACK, EventKind.MOVED):
            self._is_away = False

    def _apply_other(self, event: Happened, other: int) -> None:
        kind, is_later = event.kind, event.id > self._joined_id
        if kind == EventKind.CALLED:
            self._present[other] = self._why_before(event, other) if is_later else Part.AHEAD
            self._has_moved = True
        elif kind in (*ENDS, *_BACK):
            self._present.pop(other, None)
        if not is_later:
            return
        if kind in _BACK:
            self._came_before[other] = Part.RETURNED
        elif kind == EventKind.TRANSFERRED or (kind == EventKind.MOVED and event.actor != Actor.CUSTOMER):
            self._came_before[other] = Part.MOVED

    def _why_before(self, event: Happened, other: int) -> Part:
        if other in self._came_before:
            return self._came_before[other]
        if (event.facts or {}).get("ahead"):  # called before their turn
            return Part.MOVED
        return Part.OWN if other > self._ticket_id else Part.AHEAD


def _share(parts: dict[Part, Fraction], between: Sequence[Part], time: timedelta) -> None:
    each = Fraction(time // timedelta(microseconds=1), 1_000_000 * len(between))
    for part in between:
        parts[part] += each


def _whole_seconds(parts: Mapping[Part, Fraction], wait: timedelta) -> dict[Part, int]:
    """Rounded down, and the seconds that are left given to the parts that lost most."""
    whole = {part: int(seconds) for part, seconds in parts.items()}
    left = int(wait.total_seconds()) - sum(whole.values())
    lost_most = sorted(parts, key=lambda part: (whole[part] - parts[part], part))
    for part in lost_most[:left]:
        whole[part] += 1
    return {part: whole[part] for part in Part if whole.get(part)}


def _told(mine: Iterable[Happened]) -> Iterable[Told]:
    for event in mine:
        facts = event.facts or {}
        if facts.get("low") and facts.get("high"):
            yield Told(event.at, facts["low"], facts["high"])
