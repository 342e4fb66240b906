"""A clock is an hour ahead and then put right: the line goes on, and no text waits for that hour."""

from datetime import timedelta

from models.people import Servicer
from models.queues import Queue
from tests.jobs.scripted import Day, ScriptedCarrier, sender_with, soon, texts
from tests.world import ANA, BEN, NOON, call_next, join, ticket

HOUR = timedelta(hours=1)


def test_texts_written_by_a_clock_that_is_ahead_leave_once_it_is_put_right(
    queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA, NOON + HOUR)
    call_next(queue, rosa, NOON + HOUR)
    carrier, day = ScriptedCarrier(), Day()
    sender = sender_with(carrier, day)
    sender.send_due()
    assert texts()[0].attempts == 0
    sender.put_in_order(NOON)
    sender.send_due()
    assert soon(lambda: texts()[0].accepted_at)


def test_the_line_goes_on_when_time_goes_back(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, NOON + HOUR)
    assert join(queue, BEN, NOON).number == 2
    assert call_next(queue, rosa, NOON) == 1
    called = ticket(queue, 1)
    assert called.called_at is not None
    assert called.called_at >= called.joined_at, "no figure is negative"
