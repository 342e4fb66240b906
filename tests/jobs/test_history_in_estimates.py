"""A history that is taken in while the clock runs: the waits learn from it as if it had been there before."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs import event_feed
from jobs.event_feed import EventFeed
from models.business import Business
from models.database import reading, transaction
from models.event import By
from models.history import Record
from models.history_tickets import History, take_in
from models.people import Servicer
from models.queues import Queue
from models.ticket_states import TicketState
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, minutes

YESTERDAY = NOON - timedelta(days=1)


def feed_of(queue: Queue) -> EventFeed:
    return EventFeed(queue.id, ZoneInfo("Europe/Lisbon"), queue.minutes_per_customer)


def places(feed: EventFeed) -> Sequence[tuple[float, float, float]]:
    with reading() as session:
        feed.catch_up(session, NOON + minutes(10))
    return feed.curve(NOON + minutes(10), 8).places


def take_in_yesterday(queue: Queue, business: Business) -> None:
    """Fifty people of a minute each, by somebody without an account."""
    records = [
        Record(
            number=100 + number,
            joined_at=YESTERDAY + minutes(number),
            called_at=YESTERDAY + minutes(number),
            started_at=None,
            ended_at=YESTERDAY + minutes(number + 1),
            outcome=TicketState.SERVED,
            servicer="Desk 2",
            party=1,
            line=number + 1,
        )
        for number in range(1, 51)
    ]
    history = History.of(business, records)
    transaction(lambda session: take_in(session, Queue.lock(session, queue.id), history, now=NOON))


@pytest.mark.parametrize("events_read", [10_000, 100])
def test_waits_learn_from_it_as_if_it_had_been_there_before(
    queue: Queue, business: Business, rosa: Servicer, monkeypatch: pytest.MonkeyPatch, events_read: int
) -> None:
    monkeypatch.setattr(event_feed, "EVENTS_READ", events_read)
    running = feed_of(queue)
    for customer in (ANA, BEN, CAI):
        join(queue, customer, NOON)
    call_next(queue, rosa, NOON + minutes(1))
    before = places(running)

    take_in_yesterday(queue, business)
    learned = places(running)
    assert learned[5][0] < before[5][0] / 2
    assert learned == places(feed_of(queue))

    change(1, queue, lambda s, t: t.finish(s, by=By.servicer(rosa.id), now=NOON + minutes(10)))
    assert places(running) == places(feed_of(queue)) != learned
