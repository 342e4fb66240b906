"""Transfers and their Undo in both directions at the same moment: nobody is lost, nor waits for long."""

import time
from contextlib import suppress

from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.queueing.line.queries import waiting_tickets
from models.queueing.presses.presses import Button, begin_press
from models.queueing.presses.undo import lock_for_undo, undo_last_press
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, reading, transaction
from tests.models.queueing.at_once.test_races import at_once, staff
from tests.world import NOON, join, line, make_queue, phone

EACH = 4


def send_on_and_undo(here: Queue, there: Queue, servicer_id: int) -> None:
    """One servicer, again and again: the first who waits is sent on, and brought back."""
    for turn in range(EACH):
        press_id = f"{servicer_id}-{turn}"

        def send_on(session: Session, press_id: str = press_id) -> None:
            locked, to = lock_both(session, here.id, there.id)
            begin_press(session, press_id, Button.TRANSFER, queue=locked, servicer_id=servicer_id, now=NOON)
            by = By.servicer(servicer_id, press_id)
            transfer(session, waiting_tickets(session, locked)[0], to, by=by, now=NOON)

        def undo(session: Session, press_id: str = press_id) -> None:
            locked = lock_for_undo(session, here.id, press_id)
            undo_last_press(session, locked, by=By.servicer(servicer_id, f"undo {press_id}"), now=NOON)

        transaction(send_on)
        with suppress(NotPossible):  # a colleague there has sent them on meanwhile
            transaction(undo)


def test_nobody_is_lost_between_two_queues(db: Database, business: Business) -> None:
    queues = make_queue(business, "HAIR1"), make_queue(business, "SHAVE1")
    for index in range(20):
        join(queues[index % 2], phone(index))
    servicers = staff(business, 4)
    began = time.monotonic()
    at_once(
        *(
            lambda one=one, way=index % 2: send_on_and_undo(queues[way], queues[1 - way], one.id)
            for index, one in enumerate(servicers)
        )
    )
    assert time.monotonic() - began < 20
    with reading() as session:
        waiting = [t for queue in queues for t in waiting_tickets(session, session.get_one(Queue, queue.id))]
        assert len(waiting) == len({t.customer_id for t in waiting}) == 20
    assert len(line(queues[0])) + len(line(queues[1])) == 20
