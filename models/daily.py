"""What one business day was like: its figures from tickets, events and texts, and stored rows of them.

The figures are a pure function of what was read, so that a stored row can be thrown away and built again
to the same numbers. A median can't be had from other medians: whoever asks for a longer span, or for
several queues at once, asks the tickets.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, and_, delete, func, literal_column, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.business import Business
from models.database import Base, Json, insert_once
from models.event import Event, EventKind
from models.message import OutboundMessage, TextState
from models.queues import DAY_ENDED, Queue
from models.statistics import Distribution, Statistics, Visit, statistics, visits_of_days
from models.ticket import Ticket
from models.ticket_states import LIVE, TicketState

HOURS = 24
A_DAY = timedelta(days=1)
# Delivery reports come late; after this a day's texts no longer change.
SETTLED_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class DayFigures:
    statistics: Statistics
    live: int  # still waiting or being served
    gave_up: int  # left by themselves, before or after the call
    unserved: int  # still waited when the day ended
    turned_away: int  # wanted a number while the queue was closed or full
    joined_by_hour: tuple[int, ...]  # by the clock on the wall, from 0 to 23
    texts_sent: int
    texts_failed: int

    @property
    def nobody_came(self) -> bool:
        return self.statistics.joined == 0

    @property
    def busiest_hour(self) -> int | None:
        """The hour in which most joined, the first of them if several; None if nobody did."""
        most = max(self.joined_by_hour)
        return self.joined_by_hour.index(most) if most else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"joined_by_hour": list(self.joined_by_hour)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DayFigures":
        numbers = dict(stored["statistics"])
        for name in ("wait", "service", "total"):
            numbers[name] = Distribution(**numbers[name])
        hours = tuple(stored["joined_by_hour"])
        return cls(**(dict(stored) | {"statistics": Statistics(**numbers), "joined_by_hour": hours}))


class QueueDay(Base):
    """The figures of one queue on one business day, as the clock computed them last."""

    __tablename__ = "queue_days"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    computed_at: Mapped[datetime]
    is_final: Mapped[bool]  # the day is over, and so is everything that could change it


def day_figures(
    visits: Sequence[Visit], turned_away: int, texts: Mapping[bool, int], zone: ZoneInfo
) -> DayFigures:
    """`texts` counts those that failed (True) and those that were sent (False)."""
    joined = Counter(visit.joined_at.astimezone(zone).hour for visit in visits)
    left = [visit for visit in visits if visit.state == TicketState.LEFT]
    return DayFigures(
        statistics=statistics(visits),
        live=sum(visit.state in LIVE for visit in visits),
        gave_up=sum(visit.reason != DAY_ENDED for visit in left),
        unserved=sum(visit.reason == DAY_ENDED for visit in left),
        turned_away=turned_away,
        joined_by_hour=tuple(joined[hour] for hour in range(HOURS)),
        texts_sent=texts.get(False, 0),
        texts_failed=texts.get(True, 0),
    )


def figures_of(session: Session, business: Business, queue_ids: Sequence[int], day: date) -> DayFigures:
    """The figures of a day of these queues together, from what happened."""
    visits = [visit for queue_id in queue_ids for visit in visits_of_days(session, queue_id, day, day)]
    texts: Counter[bool] = Counter()
    for queue_id in queue_ids:
        texts += _texts_of(session, queue_id, day)
    turned_away = _count_turned_away(session, business, queue_ids, day)
    return day_figures(visits, turned_away, texts, business.zone)


def row_of_day(session: Session, queue: Queue, day: date, now: datetime) -> dict[str, Any] | None:
    """The day's row as it should be; None if it is so already. A day without anybody has none."""
    business = queue.business
    figures = figures_of(session, business, [queue.id], day)
    is_over = now >= business.end_of(day) + SETTLED_AFTER
    row = {"figures": figures.as_json(), "is_final": is_over and figures.live == 0}
    stored = session.get(QueueDay, (queue.id, day))
    if stored is None and figures.nobody_came and not figures.turned_away:
        return None
    if stored is not None and (stored.figures, stored.is_final) == (row["figures"], row["is_final"]):
        return None
    return {"queue_id": queue.id, "day": day, "computed_at": now} | row


def keep_day(session: Session, row: dict[str, Any]) -> None:
    """Store what `row_of_day` gave, unless another clock knows more by now."""
    table = QueueDay.__table__
    if insert_once(session, table, row, returning=table.c.queue_id) is None:  # type: ignore[arg-type]
        mine = (table.c.queue_id == row["queue_id"], table.c.day == row["day"])
        older = table.c.computed_at <= row["computed_at"]
        session.execute(update(table).where(*mine, older).values(row))  # type: ignore[arg-type]


def forget_days(session: Session, queue_id: int, first: date | None = None, last: date | None = None) -> None:
    """Throw stored rows away, as what they rest on has changed: the clock builds them again."""
    session.execute(delete(QueueDay).where(QueueDay.queue_id == queue_id, *_between(first, last)))


def days_to_refresh(session: Session, queue_id: int, today: date) -> list[date]:
    """Today, and earlier days whose figures may still change."""
    open_days = select(QueueDay.day).where(QueueDay.queue_id == queue_id, ~QueueDay.is_final)
    return sorted({today, today - A_DAY, *session.scalars(open_days)})


def days_without_row(session: Session, queue_id: int, before: date) -> list[date]:
    """Earlier days with tickets that nobody has computed yet: of an imported history, or of an outage."""
    known = select(QueueDay.day).where(QueueDay.queue_id == queue_id)
    known_days = set(session.scalars(known))
    return [day for day in _days_with_tickets(session, queue_id, before) if day not in known_days]


def figures_by_day(
    session: Session, queue: Queue, first: date | None, last: date | None
) -> dict[date, DayFigures]:
    """The figures of each of these days on which somebody came, the oldest first.

    From stored rows where nothing can change any more, else from what happened.
    """
    days: dict[date, QueueDay | None] = {row.day: row for row in _stored_days(session, queue.id, first, last)}
    after_last = last + A_DAY if last else date.max
    for day in _days_with_tickets(session, queue.id, after_last):
        if first is None or day >= first:
            days.setdefault(day, None)
    business = queue.business
    return {
        day: DayFigures.from_json(row.figures)
        if row and row.is_final
        else figures_of(session, business, [queue.id], day)
        for day, row in sorted(days.items())
    }


def _stored_days(
    session: Session, queue_id: int, first: date | None, last: date | None
) -> Sequence[QueueDay]:
    return session.scalars(
        select(QueueDay).where(QueueDay.queue_id == queue_id, *_between(first, last))
    ).all()


def _days_with_tickets(session: Session, queue_id: int, before: date) -> Sequence[date]:
    """From day to day, each one look into the index of numbers: never through all tickets of the past."""
    last = select(func.max(Ticket.day)).where(Ticket.queue_id == queue_id)
    days = select(last.where(Ticket.day < before).scalar_subquery().label("day")).cte("days", recursive=True)
    earlier = last.where(Ticket.day < days.c.day).correlate(days).scalar_subquery()
    days = days.union_all(select(earlier).where(days.c.day.is_not(None)))
    found = select(days.c.day).where(days.c.day.is_not(None)).order_by(days.c.day.desc())
    return session.scalars(found).all()


def _between(first: date | None, last: date | None) -> Iterable[Any]:
    return [
        *([QueueDay.day >= first] if first is not None else []),
        *([QueueDay.day <= last] if last is not None else []),
    ]


def _texts_of(session: Session, queue_id: int, day: date) -> Counter[bool]:
    """The texts about the day's tickets: how many failed, and how many reached the carrier.

    Failed are those that were refused or not delivered, and those that were never sent although true.
    """
    never_left = and_(OutboundMessage.state == TextState.EXPIRED, OutboundMessage.obsolete_at.is_(None))
    failed = or_(OutboundMessage.state.in_((TextState.FAILED, TextState.REJECTED)), never_left)
    sent = OutboundMessage.state.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED))
    rows = session.execute(
        select(failed, func.count())
        .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
        .where(Ticket.queue_id == queue_id, Ticket.day == day, or_(failed, sent))
        .group_by(failed)
    )
    return Counter({bool(has_failed): count for has_failed, count in rows})


def _count_turned_away(session: Session, business: Business, queue_ids: Sequence[int], day: date) -> int:
    # Written out as its partial index has it.
    turned_away = Event.kind == literal_column(f"'{EventKind.TURNED_AWAY}'")
    during = (Event.at >= business.start_of(day), Event.at < business.end_of(day))
    count = select(func.count()).where(Event.queue_id.in_(queue_ids), turned_away, *during)
    return session.scalar(count) or 0
