"""The figures of one business day of a queue: computed from its events, and stored as rows.

Figures are a pure function of the events, so that a stored row can be deleted and rebuilt identically. A row
is empty until its day is settled. From then on it holds a tally with every single duration for each hour,
servicer and desk, so that any span of days and queues can be summed exactly from rows, medians included.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.statistics import day_events
from models.statistics.channels import ByChannel, channels_in, stored_channels, use_by_day
from models.statistics.day_bounds import (
    DAYS_READ_AT_ONCE,
    ON_DUTY_SINCE,
    bounds_of_days,
    busy_on,
    days_to_check,
    events_around,
    is_short,
)
from models.statistics.day_events import DayTexts
from models.statistics.distributions import Count, Tally
from models.statistics.duty_time import duty_times
from models.statistics.long_line.counted_visits import CountedVisits, GaveUp, Place
from models.statistics.long_line.only_joined import keep_ended, who_only_joined
from models.statistics.long_line.waiting_by_hour import WaitingByHour
from models.statistics.timelines import (
    Busy,
    Happened,
    servicer_of,
    visits_from,
    without_undone,
)
from models.storage.database import Base, Json, insert_once
from models.storage.heartbeats import CLOCKS_DIFFER, written_before

A_DAY = timedelta(days=1)
# Delivery reports come late, and so do ratings and Undo; after this a day seldom changes.
SETTLED_AFTER = timedelta(hours=6)
COUNTED_AGAIN_FOR = timedelta(days=1)  # a settled day of the last week, after its row was written
TURNED_AWAY = {"closed": Count.CLOSED, "last_call": Count.CLOSED, "full": Count.FULL}


@dataclass
class DayFigures(CountedVisits):
    duties: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Seconds on duty and seconds idle, by servicer."""
    texts: DayTexts = field(default_factory=DayTexts)
    channels: ByChannel = field(default_factory=dict)  # empty where there is SMS alone

    @property
    def is_empty(self) -> bool:
        return not self.tallies and not self.duties

    @property
    def whole(self) -> Tally:
        whole = Tally()
        for tally in self.tallies.values():
            whole += tally
        return whole

    def as_json(self) -> dict[str, Any]:
        in_order = sorted(self.tallies.items(), key=lambda item: tuple(map(str, item[0])))
        return {
            "tallies": [{"of": list(place)} | tally.as_json() for place, tally in in_order],
            "gave_up": [list(each) for each in self.gave_up],
            "duties": {servicer: list(times) for servicer, times in sorted(self.duties.items())},
            "texts": list(self.texts),
        } | stored_channels(self.channels)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DayFigures":
        figures = cls(
            gave_up=[GaveUp(*each) for each in stored["gave_up"]],
            duties={servicer: (times[0], times[1]) for servicer, times in stored["duties"].items()},
            texts=DayTexts(*stored["texts"]),
            channels=channels_in(stored),
        )
        for each in stored["tallies"]:
            figures.tallies[Place(*each["of"])] = Tally.from_json(each)
        return figures


class QueueDay(Base):
    """The stored figures of one queue on one business day."""

    __tablename__ = "queue_days"
    # Covers the frequent query for which days exist and are final, without reading the long figures.
    __table_args__ = (Index("ix_queue_days_standing", "queue_id", "day", "computed_at", "is_final"),)

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)  # of no visits until SETTLED_AFTER the day's end
    computed_at: Mapped[datetime]
    is_final: Mapped[bool]  # settled: whoever asks reads the figures here


def complete(
    figures: DayFigures,
    events: Iterable[Happened],
    busy: Iterable[Busy],
    *,
    only_joined: WaitingByHour | None = None,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    is_over: bool = True,
) -> DayFigures:
    """The figures of a day (so far) from start to end, of which the visits are counted.

    `events` are the queue's own, without undone ones. `busy`: when servicers had customers, of other queues
    and of another day as well.
    """
    figures.gave_up.sort(key=lambda each: tuple(-1 if fact is None else fact for fact in each))
    if only_joined is not None:
        for joined_in, tally in only_joined.tallies(end).items():
            figures.tallies[Place(joined_in)] += tally
    events = list(events)
    for event in events:
        if event.kind == EventKind.TURNED_AWAY and start <= event.at < end:
            reason = TURNED_AWAY.get((event.facts or {}).get("reason", ""), Count.OTHERWISE)
            figures.tallies[Place(event.at.astimezone(zone).hour)].counts[reason] += 1
    figures.duties = duty_times(events, busy, start, end, is_over=is_over)
    return figures


def figures_of_days(
    session: Session, queue: Queue, days: Collection[date], now: datetime
) -> dict[date, DayFigures]:
    """The figures of these days, computed from events."""
    found: dict[date, DayFigures] = {}
    in_order = sorted(days)
    while in_order:
        some = [day for day in in_order if day < in_order[0] + DAYS_READ_AT_ONCE * A_DAY]
        found |= _figures_of_days(session, queue, some, now)
        in_order = in_order[len(some) :]
    return found


def row_of_day(session: Session, queue: Queue, day: date, now: datetime) -> dict[str, Any] | None:
    """The day's row to store; None if the stored one is right. A day without activity has no row."""
    day_ends = bounds_of_days(session, queue, day, day).end_of(day)
    last_end = day_events.last_end_of(session, queue.id, day)
    is_settled = now >= max(day_ends, last_end or day_ends) + SETTLED_AFTER
    if not is_settled and _has_open_row(session, queue.id, day):
        return None
    figures = figures_of_days(session, queue, [day], now)[day]
    is_empty, is_final = figures.is_empty, is_settled and figures.whole[Count.LIVE] == 0
    row = {"figures": (figures if is_settled else DayFigures()).as_json(), "is_final": is_final}
    del figures  # of a long day they are large, and so is the row that is read now
    stored = session.get(QueueDay, (queue.id, day))
    if stored is None and is_empty and last_end is None:
        return None
    if stored is not None and (stored.figures, stored.is_final) == (row["figures"], row["is_final"]):
        return None
    return {"queue_id": queue.id, "day": day, "computed_at": now} | row


def _has_open_row(session: Session, queue_id: int, day: date) -> bool:
    is_final = select(QueueDay.is_final).where(QueueDay.queue_id == queue_id, QueueDay.day == day)
    return session.scalar(is_final) is False  # None: there is no row


def store_day(session: Session, row: dict[str, Any]) -> None:
    """Store what `row_of_day` gave, unless another clock has stored a newer row."""
    table = QueueDay.__table__
    if insert_once(session, table, row, returning=table.c.queue_id) is None:  # type: ignore[arg-type]
        mine = (table.c.queue_id == row["queue_id"], table.c.day == row["day"])
        older = written_before(table.c.computed_at, row["computed_at"])
        # The compiled statement is kept, and with it what `.values` was given first.
        session.execute(update(table).where(*mine, older), row)  # type: ignore[arg-type]


def delete_days(session: Session, queue_id: int, first: date | None = None, last: date | None = None) -> int:
    """Delete stored rows whose events have changed; the clock rebuilds them."""
    gone = session.execute(delete(QueueDay).where(QueueDay.queue_id == queue_id, *_between(first, last)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def days_to_refresh(session: Session, queue_id: int, today: date, now: datetime) -> list[date]:
    """Of today, yesterday and the days that have a row, those whose figures may still change."""
    days = select(QueueDay.day).where(QueueDay.queue_id == queue_id)
    final = session.scalars(days.where(QueueDay.day >= today - A_DAY, *_is_final(now)))
    may_change = {today, today - A_DAY}.difference(final)
    return sorted(may_change.union(session.scalars(days.where(~QueueDay.is_final))))


def days_to_count_again(session: Session, queue_id: int, today: date, now: datetime) -> list[date]:
    """Days settled a short time ago: texts are reported late, and after an outage duties end late."""
    settled = select(QueueDay.day).where(QueueDay.queue_id == queue_id, QueueDay.is_final)
    lately = (QueueDay.day >= today - 7 * A_DAY, QueueDay.computed_at > now - COUNTED_AGAIN_FOR)
    return list(session.scalars(settled.where(*lately)))


def days_without_row(session: Session, queue: Queue, before: date) -> list[date]:
    """Earlier days not computed yet (an outage, an imported history), the newest first."""
    known = select(QueueDay.day).where(QueueDay.queue_id == queue.id)
    with_tickets = day_events.days_with_tickets(session, queue.id, before=before)
    days = day_events.days_with_queue_events(session, queue, before).union(with_tickets)
    return sorted(days.difference(session.scalars(known)), reverse=True)


def figures_by_day(
    session: Session,
    queue: Queue,
    first: date | None,
    last: date | None,
    now: datetime,
    *,
    is_part: bool = False,
) -> dict[date, DayFigures]:
    """The figures of each of these days with any activity, the oldest first.

    From stored rows if they are final, else computed from events. `is_part`: of a longer span.
    """
    final = select(QueueDay.day, QueueDay.figures).where(QueueDay.queue_id == queue.id, *_is_final(now))
    rows = session.execute(final.where(*_between(first, last)))
    found = {day: DayFigures.from_json(figures) for day, figures in rows}
    not_final = select(QueueDay.day).where(QueueDay.queue_id == queue.id, ~QueueDay.is_final)
    rest = set(session.scalars(not_final.where(*_between(first, last))))
    rest |= set(day_events.days_with_tickets(session, queue.id, first, last + A_DAY if last else date.max))
    if queue.archived_at is None:
        rest |= days_to_check(queue.business.day_of(now), first, last, is_part=is_part)
        if is_part or not is_short(first, last):
            rest |= day_events.days_of_queue(session, queue, first, last)
    found |= figures_of_days(session, queue, rest - found.keys(), now)
    return {day: figures for day, figures in sorted(found.items()) if not figures.is_empty}


def _figures_of_days(
    session: Session, queue: Queue, days: Sequence[date], now: datetime
) -> dict[date, DayFigures]:
    first, last = days[0], days[-1]
    bounds = bounds_of_days(session, queue, first, last)
    only_joined = who_only_joined(session, queue, days)
    others = day_events.with_more(queue.id, days) if only_joined.others is None else only_joined.others
    found = {day: DayFigures() for day in days}
    ends = {day: max(bounds.start_of(day), min(now, bounds.end_of(day))) for day in days}
    busy: dict[date, list[Busy]] = {day: [] for day in days}
    ended = {day: known.ended.copy() for day, known in only_joined.cached.items()}
    for day, ticket_id, visit, is_settled in day_events.visits_of_days(session, queue.id, days, others):
        if is_settled and day in ended:
            ended[day].add_ended(ticket_id, visit, queue.business.zone, ends[day])
        else:
            found[day].add_visit(visit, queue.business.zone, ends[day])
            busy[day] += visit.busy
    for day, counted in ended.items():
        found[day].add_visits(counted)
        busy[day] += counted.busy
        keep_ended(session, queue, day, only_joined.cached[day], counted)
    texts = day_events.texts_of_days(session, queue, days, bounds)
    since, until = bounds.start_of(first) - ON_DUTY_SINCE, bounds.end_of(last)
    own = without_undone(day_events.queue_events(session, queue.id, since, until))
    servicers = {servicer for event in own if (servicer := servicer_of(event)) is not None}
    shared = day_events.shared_queues(session, queue, servicers, since, until) if servicers else set()
    beside = visits_from(day_events.events_elsewhere(session, queue.id, days, shared, bounds.start_of(first)))
    everywhere = [each for visit in beside.values() for each in visit.busy] + list(chain(*busy.values()))
    channels = use_by_day(session, queue, days, bounds)
    for day, figures in found.items():
        figures.texts, figures.channels = texts.get(day, DayTexts()), channels.get(day, {})
        complete(
            figures,
            events_around(own, bounds, day),
            [*busy[day], *busy_on(everywhere, bounds, day)],
            only_joined=only_joined.by_day.get(day),
            zone=queue.business.zone,
            start=bounds.start_of(day),
            end=ends[day],
            is_over=now >= bounds.end_of(day),
        )
    return found


def _is_final(now: datetime) -> Sequence[Any]:
    """Unless a clock that was ahead has said so."""
    return QueueDay.is_final, QueueDay.computed_at <= now + CLOCKS_DIFFER


def _between(first: date | None, last: date | None) -> Iterable[Any]:
    day = QueueDay.day
    return [*([day >= first] if first is not None else []), *([day <= last] if last is not None else [])]
