"""What the holder of a ticket can do to and fro, by a machine, is stopped; leaving never is."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading
from models.storage.rate_limits import Limit
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, ticket
from web.customer import ticket as page_of_ticket


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_ticket, "CHANGES", Limit("changes on a ticket", 2, timedelta(hours=1)))


def events() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_who_leaves_and_comes_back_without_end_stays_away(queue: Queue, visitor: Visitor) -> None:
    visitor.open(f"/t/{join(queue, ANA).token}")
    for _ in range(2):
        visitor.press("Leave the queue")
        visitor.press("I'm still coming")
    visitor.press("Leave the queue")
    before = events()
    page = visitor.press("I'm still coming")
    assert page.notices[0].startswith("You've changed this too often. Try again in")
    assert (ticket(queue, 1).state, events()) == (TicketState.LEFT, before)


def test_nor_are_minutes_changed_without_end(queue: Queue, visitor: Visitor) -> None:
    join(queue, BEN)
    visitor.open(f"/t/{join(queue, ANA).token}")
    for lead in ("5", "10"):
        visitor.press("Set", lead=lead)
    before = events()
    page = visitor.press("Set", lead="30")
    assert page.notices[0].startswith("You've changed this too often.")
    assert (ticket(queue, 2).lead_minutes, events()) == (10, before)
    assert visitor.press("Leave the queue").status == 200
    assert ticket(queue, 2).state == TicketState.LEFT
