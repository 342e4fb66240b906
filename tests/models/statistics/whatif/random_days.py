"""Days that might have been: a line, a counter and everything that people do at it, as recorded events."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from models.people.actors import Actor
from models.queueing.tables.events import EventKind
from models.queueing.tables.ticket_states import DAY_ENDED, TRANSFERRED
from models.statistics.timelines import Happened, visits_from, without_undone
from models.statistics.whatif.recording import Recording, recording_of

START = datetime(2026, 3, 10, 4, tzinfo=UTC)
OPENS, CLOSES = 5 * 3600, 13 * 3600  # seconds after the day's start
Spans = dict[str, list[tuple[datetime, datetime]]]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class Day:
    """A day under way; `line` is in order."""

    chance: Random
    events: list[Happened] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    on_duty: Spans = field(default_factory=dict)
    ends: dict[int, tuple[int, float]] = field(default_factory=dict)  # who called a ticket, and how it ends
    tickets: int = 0

    def record(
        self,
        kind: EventKind,
        ticket: int | None,
        seconds: float,
        *,
        servicer: int | None = None,
        undoes: int | None = None,
        facts: Mapping[str, Any] | None = None,
        actor: Actor = Actor.SERVICER,
    ) -> int:
        event_id = len(self.events) + 1
        moment = at(seconds)
        self.events.append(Happened(event_id, ticket, kind, moment, actor, servicer, facts, undoes))
        return event_id

    def recording(self) -> Recording:
        return recording_of(self.events, START, at(24 * 3600), self.on_duty, {})

    def calls(self) -> dict[int, datetime]:
        """When each ticket's last call was that stood, as the statistics see it."""
        visits = visits_from(without_undone(self.events))
        return {ticket: visit.called_at for ticket, visit in visits.items() if visit.called_at}


def random_day(seed: int) -> Day:
    """One to four servicers and up to a hundred customers, busy or quiet."""
    chance = Random(seed)
    day = Day(chance)
    hands: list[tuple[float, int, str, int]] = []  # what happens next: when, in which order, what, to whom
    order = iter(range(10**6))

    def plan(seconds: float, what: str, whom: int) -> None:
        heapq.heappush(hands, (seconds, next(order), what, whom))

    seconds = float(OPENS - 600)
    pace = chance.choice((90, 200, 400, 900))
    for _ in range(chance.randint(1, 100)):
        seconds += chance.expovariate(1 / pace)
        if seconds < CLOSES:
            plan(round(seconds, chance.choice((0, 6))), "join", 0)
    for servicer in range(1, chance.randint(2, 5)):
        comes = OPENS + chance.choice((0, 0, 1800, 7200))
        goes = CLOSES - chance.choice((0, 0, 3600))
        day.on_duty[str(servicer)] = [(at(comes), at(goes))]
        plan(comes, "free", servicer)
    plan(CLOSES + 1800, "close", 0)
    goes_home = {who: (spans[0][1] - START).total_seconds() for who, spans in day.on_duty.items()}
    while hands:
        now, _, what, whom = heapq.heappop(hands)
        match what:
            case "join":
                _join(day, now, plan)
            case "leave" if whom in day.line:
                day.line.remove(whom)
                day.record(EventKind.LEFT, whom, now, actor=Actor.CUSTOMER)
            case "here" if whom in day.line:
                day.record(EventKind.ARRIVED, whom, now, actor=Actor.CUSTOMER)
            case "free" if now < goes_home[str(whom)] + 3600:
                _next(day, now, whom, plan)
            case "end":
                _end(day, now, whom, plan)
            case "close":
                for ticket in day.line:
                    day.record(EventKind.LEFT, ticket, now, facts={"reason": DAY_ENDED}, actor=Actor.CLOCK)
                day.line.clear()
    return day


def _join(day: Day, now: float, plan: Any) -> None:
    chance = day.chance
    day.tickets += 1
    ticket = day.tickets
    if chance.random() < 0.05:
        facts = {"joined_at": at(now - 900).isoformat()}
        day.record(EventKind.TRANSFERRED, ticket, now, facts=facts)
    else:
        joined = day.record(EventKind.JOINED, ticket, now, actor=Actor.CUSTOMER)
        if chance.random() < 0.03:
            day.record(EventKind.UNDONE, ticket, now + 5, undoes=joined)
            return
    is_first = chance.random() < 0.05
    day.line.insert(0 if is_first else len(day.line), ticket)
    if is_first:
        day.record(EventKind.MOVED, ticket, now)
    elif chance.random() < 0.05 and len(day.line) > 2:
        day.line.remove(ticket)
        day.line.insert(len(day.line) - 1, ticket)
        day.record(EventKind.MOVED, ticket, now, actor=Actor.CUSTOMER)
    if chance.random() < 0.2:
        plan(now + chance.uniform(60, 4000), "leave", ticket)


def _next(day: Day, now: float, servicer: int, plan: Any) -> None:
    chance = day.chance
    if chance.random() < 0.05:
        plan(now + chance.uniform(60, 3000), "free", servicer)  # a break
        return
    if not day.line:
        plan(now + chance.uniform(5, 90), "free", servicer)
        return
    ticket = day.line.pop(0)
    called = day.record(EventKind.CALLED, ticket, now, servicer=servicer)
    done = now + chance.choice((0, chance.expovariate(1 / 300), chance.uniform(60, 900)))
    what = chance.random()
    if what < 0.05:
        day.record(EventKind.UNDONE, ticket, now + 3, servicer=servicer, undoes=called)
        day.line.insert(0, ticket)
        plan(now + 10, "free", servicer)
        return
    day.ends[ticket] = servicer, what
    plan(done, "end", ticket)
    plan(done + chance.choice((0, 0, chance.uniform(0, 120))), "free", servicer)


def _end(day: Day, done: float, ticket: int, plan: Any) -> None:
    chance = day.chance
    servicer, what = day.ends.pop(ticket)
    if what < 0.12:
        held = what < 0.08
        day.record(EventKind.SET_ASIDE if held else EventKind.PUT_BACK, ticket, done, servicer=servicer)
        day.line.insert(chance.randint(0, len(day.line)), ticket)
        if held and chance.random() < 0.5:
            plan(done + 300, "here", ticket)
    elif what < 0.2:
        day.record(EventKind.NO_SHOW, ticket, done, servicer=servicer)
        if chance.random() < 0.3:
            day.record(EventKind.BROUGHT_BACK, ticket, done, servicer=servicer)
            day.line.insert(0, ticket)
    elif what < 0.23:
        day.record(EventKind.REMOVED, ticket, done, servicer=servicer, facts={"reason": TRANSFERRED})
    elif what < 0.26:
        day.record(EventKind.LEFT, ticket, done, actor=Actor.CUSTOMER)
    else:
        day.record(EventKind.SERVED, ticket, done, servicer=servicer)
