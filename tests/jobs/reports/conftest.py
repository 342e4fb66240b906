"""A queue with a day worth summing up."""

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from tests.world import ANA, NOON, call_next, join, minutes


@pytest.fixture
def shop(queue: Queue, rosa: Servicer) -> Queue:
    """Ana waited 12 minutes today, and Rosa, a manager, served her."""
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON + minutes(12))

    def work(session: Session) -> None:
        ticket = Ticket.lock(session, 1)
        assert ticket is not None
        ending.finish(session, ticket, by=By.servicer(rosa.id), now=NOON + minutes(20))

    transaction(work)
    return queue
