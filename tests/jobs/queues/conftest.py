"""A queue with hours, and another queue whose events must not matter."""

import pytest

from models.people.business import Business
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from tests.jobs.queues.hours import NIGHT, give_hours
from tests.jobs.queues.served import serve
from tests.world import make_queue, make_servicer


@pytest.fixture
def shop(business: Business) -> Queue:
    """Open from 9 to 17 every day, since the evening before, and closed then."""
    queue = make_queue(business, created_at=NIGHT, state=QueueState.CLOSED)
    give_hours(queue, NIGHT)
    return queue


@pytest.fixture
def luis_serves_elsewhere(business: Business) -> None:
    """Another queue's events must not matter."""
    elsewhere = make_queue(business, "ELSE")
    serve(elsewhere, make_servicer(business, "Nuno"), range(1, 2), each=50.0)
