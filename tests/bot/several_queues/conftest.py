"""A second queue of the same business."""

import pytest

from models.people.business import Business
from models.queueing.tables.queues import Queue
from tests import world


@pytest.fixture
def shaves(business: Business) -> Queue:
    return world.make_queue(business, "SHAVE", name="Shaves")
