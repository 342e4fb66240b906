"""A line of three, and a second queue to send people on to."""

import pytest

from models.people.business import Business
from models.queueing.tables.queues import Queue
from tests.world import ANA, BEN, CAI, NOON, join, make_queue, minutes


@pytest.fixture
def three(queue: Queue) -> Queue:
    for index, phone in enumerate((ANA, BEN, CAI)):
        join(queue, phone, NOON - minutes(10 - index))
    return queue


@pytest.fixture
def shaves(business: Business) -> Queue:
    return make_queue(business, "SHAVES", name="Shaves")
