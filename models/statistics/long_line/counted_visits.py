"""The visits of a day as counts, by hour, servicer and desk; those of parts add up to the whole. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.queueing.tables.ticket_states import DAY_ENDED, TicketState
from models.statistics.distributions import Tally
from models.statistics.timelines import Busy, Visit


class Place(NamedTuple):
    """The key of a tally: the local hour of joining, and who called them to which desk."""

    hour: int
    servicer: str | None = None
    desk_id: int | None = None


class GaveUp(NamedTuple):
    """Somebody left by themselves."""

    hour: int  # in which they left
    seconds: float | None  # after joining; None if unknown
    place: int | None  # None: they had been called
    low: int | None  # the minutes they were promised
    high: int | None


@dataclass
class CountedVisits:
    tallies: dict[Place, Tally] = field(default_factory=lambda: defaultdict(Tally))
    gave_up: list[GaveUp] = field(default_factory=list)

    def add_visit(self, visit: Visit, zone: ZoneInfo, end: datetime) -> None:
        """Of somebody whose number is of this day; `end`: of the day so far."""
        place = Place(visit.joined_at.astimezone(zone).hour, visit.servicer, visit.desk_id)
        self.tallies[place].add_visit(visit, end)
        if visit.state == TicketState.LEFT and visit.ended_at and visit.reason != DAY_ENDED:
            self.gave_up.append(_gave_up(visit, visit.ended_at.astimezone(zone).hour))

    def add_visits(self, others: "CountedVisits") -> None:
        for place, tally in others.tallies.items():
            self.tallies[place] += tally
        self.gave_up += others.gave_up


@dataclass
class EndedVisits(CountedVisits):
    """Those that count the same until something happens to their tickets."""

    ticket_ids: set[int] = field(default_factory=set)
    busy: list[Busy] = field(default_factory=list)

    def copy(self) -> "EndedVisits":
        copied = EndedVisits(ticket_ids=self.ticket_ids.copy(), busy=self.busy.copy())
        copied.add_visits(self)
        return copied

    def add_ended(self, ticket_id: int, visit: Visit, zone: ZoneInfo, end: datetime) -> None:
        self.add_visit(visit, zone, end)
        self.ticket_ids.add(ticket_id)
        self.busy += visit.busy


def _gave_up(visit: Visit, hour: int) -> GaveUp:
    known = visit.ended_at is not None and not visit.forgotten
    seconds = (visit.ended_at - visit.joined_at).total_seconds() if known and visit.ended_at else None
    return GaveUp(hour, seconds, visit.place, visit.low, visit.high)
