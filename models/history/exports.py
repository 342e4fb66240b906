"""The rows of exported tickets and days: times with offset.

Phones are included only if the caller asks for them, on behalf of somebody who may see them. Reads only.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.history.csv_cells import Cell
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import UNDONE
from models.queueing.tables.tickets import Ticket
from models.statistics.distributions import Count
from models.statistics.span import QueueOnDay

TICKET_HEADS = (
    *("queue", "day", "number", "name", "party", "source", "joined_at", "called_at", "started_at"),
    *("ended_at", "outcome", "reason", "servicer", "desk", "promised_low", "promised_high", "rating"),
    "promised_expected",
)
DAY_HEADS = (
    *("queue", "day", "joined", "served", "gave_up", "unserved", "no_show", "removed", "turned_away"),
    *("called", "wait_mean", "wait_median", "wait_p90", "wait_max", "wait_median_with_gave_up"),
    *("services", "service_mean", "service_median", "service_p90", "service_max"),
    *("promise_kept", "promise_early", "promise_late", "ratings", "rating_mean"),
    *("texts_sent", "texts_delivered", "texts_failed", "segments", "replies", "reply_segments"),
    *("said", "answered", "answer_median", "saved_by_coming"),
)
ROWS_AT_ONCE = 2_000


def ticket_rows(
    session: Session, queues: Sequence[Queue], first: date, last: date, *, with_phones: bool = False
) -> Iterator[list[Cell]]:
    """The header, then every ticket of these days, by queue, day and number."""
    yield [*TICKET_HEADS, *(["phone"] if with_phones else [])]
    for queue in queues:
        zone = queue.business.zone
        found = (
            select(Ticket, Servicer.name, Desk.name, Customer)
            .outerjoin(Servicer, Servicer.id == Ticket.servicer_id)
            .outerjoin(Desk, Desk.id == Ticket.desk_id)
            .join(Customer, Customer.id == Ticket.customer_id)
            .where(Ticket.queue_id == queue.id, Ticket.day.between(first, last))
            .where(Ticket.reason.is_distinct_from(UNDONE))
            .order_by(Ticket.day, Ticket.number)
        )
        for ticket, servicer, desk, customer in session.execute(
            found.execution_options(yield_per=ROWS_AT_ONCE)
        ):
            row = _ticket_row(queue.keyword, ticket, servicer, desk, zone)
            yield [*row, *([customer.phone] if with_phones else [])]


def day_rows(days: Iterable[QueueOnDay], keywords: dict[int, str]) -> Iterator[list[Cell]]:
    """The header, then every queue and day with any activity; durations in seconds."""
    yield list(DAY_HEADS)
    for queue_id, day, figures in days:
        tally = figures.whole
        wait, service, rating = tally.wait, tally.service, tally.rating
        yield [
            *(keywords[queue_id], day, tally[Count.JOINED], tally[Count.SERVED], tally[Count.GAVE_UP]),
            *(tally[Count.UNSERVED], tally[Count.NO_SHOW], tally[Count.REMOVED], tally.turned_away),
            *(wait.n, wait.mean, wait.median, wait.p90, wait.max, tally.wait_with_gave_up),
            *(service.n, service.mean, service.median, service.p90, service.max),
            *(tally[Count.KEPT], tally[Count.EARLY], tally[Count.LATE], rating.n, rating.mean),
            *figures.texts,
            *(tally[Count.SAID], tally.answer.n, tally.answer.median, tally[Count.SAVED]),
        ]


def _ticket_row(
    keyword: str, ticket: Ticket, servicer: str | None, desk: str | None, zone: ZoneInfo
) -> list[Cell]:
    moments = (ticket.joined_at, ticket.called_at, ticket.started_at, ticket.ended_at)
    return [
        *(keyword, ticket.day, ticket.number, ticket.name, ticket.party, ticket.source.value),
        *(at.astimezone(zone).replace(microsecond=0) if at else None for at in moments),
        *(ticket.state.value, ticket.reason, servicer, desk),
        *(ticket.promised_low, ticket.promised_high, ticket.rating, ticket.promised_expected),
    ]
