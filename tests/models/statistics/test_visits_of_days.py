"""A long day's visits are made one by one, so that reading it takes little memory."""

import pytest

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.statistics import day_events
from models.statistics.day_events import tickets_of_days, visits_of_days, with_more
from models.statistics.timelines import Happened, Visit, visits_from
from models.storage.database import Database, reading
from tests.models.statistics.day_rows import TODAY, leave
from tests.world import NOON, call_next, join, minutes, phone


def test_the_visits_of_a_day_are_those_of_its_events_read_a_ticket_at_a_time(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(4):
        join(queue, phone(index), NOON + minutes(index))
    call_next(queue, rosa, NOON + minutes(10))
    leave(queue, 2)
    at_once: list[int] = []

    def counted(events: list[Happened]) -> dict[int, Visit]:
        at_once.append(len({event.ticket_id for event in events}))
        return visits_from(events)

    monkeypatch.setattr(day_events, "visits_from", counted)
    with reading() as session:
        some = with_more(queue.id, [TODAY])
        ids = set(session.scalars(some))
        events = [
            event for event in tickets_of_days(session, queue.id, [TODAY])[TODAY] if event.ticket_id in ids
        ]
        whole = visits_from(events)
        found = list(visits_of_days(session, queue.id, [TODAY], some))
    assert [each[:3] for each in found] == [(TODAY, ticket_id, visit) for ticket_id, visit in whole.items()]
    assert [each.is_settled for each in found] == [False, True]  # one is called, one has left
    assert at_once == [1, 1]
