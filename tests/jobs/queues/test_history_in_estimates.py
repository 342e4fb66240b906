"""A history imported while the clock runs: estimates learn from it as if it had been there before."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.queues import event_feed
from jobs.queues.estimates import Estimates
from jobs.queues.event_feed import EventFeed
from models.history.records import Record
from models.history.tickets import History, import_records
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.line.wait_table import learned_minutes
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading, transaction
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, minutes

YESTERDAY = NOON - timedelta(days=1)


def feed_of(queue: Queue) -> EventFeed:
    return EventFeed(queue.id, ZoneInfo("Europe/Lisbon"), queue.minutes_per_customer)


def places(feed: EventFeed) -> Sequence[tuple[float, float, float]]:
    with reading() as session:
        feed.catch_up(session, NOON + minutes(10))
    return feed.curve(NOON + minutes(10), 8).places


def take_in_yesterday(queue: Queue, business: Business, *, waited: int = 0) -> None:
    """Fifty people of a minute each, by somebody without an account; `waited`: minutes."""
    records = [
        Record(
            number=100 + number,
            joined_at=YESTERDAY + minutes(number - waited),
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
    transaction(lambda session: import_records(session, Queue.lock(session, queue.id), history, now=NOON))


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

    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(10)))
    assert places(running) == places(feed_of(queue)) != learned


def test_the_pages_know_of_it_at_once_and_call_nothing_a_guess_any_more(
    queue: Queue, business: Business
) -> None:
    clock = Estimates()
    clock.run(NOON)
    take_in_yesterday(queue, business, waited=5)
    clock.run(NOON + minutes(1))
    with reading() as session:
        learned = learned_minutes(session, queue)
    assert learned is not None
    assert learned < queue.minutes_per_customer
