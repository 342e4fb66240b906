"""What tests of the outbox read from the database, and a clock that dies."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.outbox.send_texts import LEASE
from models.delivery.claiming import RenderedText, claim_next
from models.people.customers import Customer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.world import NOON


def customer(session: Session, phone: str) -> Customer:
    return next(c for c in session.scalars(select(Customer)) if c.phone == phone)


def revision(queue: Queue) -> int:
    return transaction(lambda session: session.get_one(Queue, queue.id).revision)


def claim_and_die(our_number_id: int, clock: str = "elsewhere:1:00") -> None:
    """Claims a text as a clock does that is then killed during its call."""

    def work(session: Session) -> None:
        assert claim_next(
            session,
            our_number_id,
            NOON,
            render=lambda text, is_first: RenderedText("It's your turn", 1, welcomes=False),
            clock=clock,
            lease=LEASE,
            pause_per_segment=timedelta(0),
        )

    transaction(work)
