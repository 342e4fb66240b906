"""Service statistics: how long people waited, were served and stayed in all, each as a small distribution.

Pure functions over what is known of each ticket, and the one query that reads it. No data is None, never
0; days are the business days that the tickets carry; a duration may pass 24 hours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from models.event import Event, EventKind
from models.ticket import Ticket
from models.ticket_states import UNDONE, TicketState


@dataclass(frozen=True)
class Visit:
    """One ticket, as far as statistics look at it."""

    state: TicketState
    joined_at: datetime
    called_at: datetime | None = None  # the last call that stood: neither undone nor put back
    started_at: datetime | None = None
    ended_at: datetime | None = None
    forgotten: bool = False  # nobody pressed Done: when the service ended is not known
    reason: str | None = None  # why it ended as it did


@dataclass(frozen=True)
class Distribution:
    """Seconds, and how many durations they rest on; all None where there are none."""

    n: int = 0
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Statistics:
    joined: int
    served: int
    left: int
    no_show: int
    removed: int
    wait: Distribution  # joined to called, of everybody who was called
    service: Distribution  # started to ended, of the served; without Start the call is the beginning
    total: Distribution  # joined to ended, of the served


def statistics(visits: Iterable[Visit]) -> Statistics:
    visits = list(visits)

    def count(state: TicketState) -> int:
        return sum(visit.state == state for visit in visits)

    return Statistics(
        joined=len(visits),
        served=count(TicketState.SERVED),
        left=count(TicketState.LEFT),
        no_show=count(TicketState.NO_SHOW),
        removed=count(TicketState.REMOVED),
        wait=distribution(v.called_at - v.joined_at for v in visits if v.called_at),
        service=distribution(_services(visits)),
        total=distribution(v.ended_at - v.joined_at for v in visits if v.ended_at and _seen_to_the_end(v)),
    )


def distribution(durations: Iterable[timedelta]) -> Distribution:
    seconds = sorted(duration.total_seconds() for duration in durations)
    if not seconds:
        return Distribution()
    return Distribution(
        n=len(seconds),
        mean=sum(seconds) / len(seconds),
        median=quantile(seconds, 0.5),
        p90=quantile(seconds, 0.9),
        max=seconds[-1],
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, between two values in proportion.

    Source: R-7 of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996).
    """
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def visits_of_days(session: Session, queue_id: int, first: date | None, last: date | None) -> list[Visit]:
    """What is known of the tickets of these business days, both included; None: no limit on that side."""
    forgotten = exists().where(
        Event.ticket_id == Ticket.id,
        Event.kind == EventKind.SERVED,
        Event.at == Ticket.ended_at,
        Event.facts["forgotten"].as_boolean(),
    )
    days = [Ticket.reason.is_distinct_from(UNDONE)]  # a press that was taken back added them
    days += [Ticket.day >= first] if first else []
    days += [Ticket.day <= last] if last else []
    rows = session.execute(
        select(
            Ticket.state,
            Ticket.joined_at,
            Ticket.called_at,
            Ticket.started_at,
            Ticket.ended_at,
            and_(Ticket.state == TicketState.SERVED, forgotten),
            Ticket.reason,
        ).where(Ticket.queue_id == queue_id, *days)
    )
    return [Visit(*row) for row in rows]


def _services(visits: Iterable[Visit]) -> Iterable[timedelta]:
    for visit in visits:
        began_at = visit.started_at or visit.called_at
        if began_at and visit.ended_at and _seen_to_the_end(visit):
            yield visit.ended_at - began_at


def _seen_to_the_end(visit: Visit) -> bool:
    return visit.state == TicketState.SERVED and not visit.forgotten
