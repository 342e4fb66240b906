"""How often the pages that are looked at all day ask the database, while three serve at desks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time

import pytest
from sqlalchemy import event

from models.business import Business
from models.database import Database, transaction
from models.hours import EVERY_DAY, set_hours
from models.people import Servicer
from models.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, join, make_desk, make_servicer, phone

AT_CONTROL, AT_TICKET, AT_QUEUE = 16, 12, 12


@contextmanager
def asked_of(db: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def hear(*given: object) -> None:
        if str(given[2]).startswith("SELECT"):
            asked.append(str(given[2]))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


@pytest.fixture
def busy(business: Business, queue: Queue, rosa: Servicer, luis: Servicer, db: Database) -> str:
    """Three called to three chairs, two waiting, and closing time ahead. The token of the first who waits."""
    transaction(lambda s: set_hours(s, s.get_one(Queue, queue.id), EVERY_DAY, (time(8), time(20)), now=NOON))
    tokens = [join(queue, each).token for each in (ANA, BEN, CAI, phone(1), phone(2))]
    for servicer in (rosa, luis, make_servicer(business, "Mia")):
        call_next(queue, servicer, desk=make_desk(queue, f"Chair of {servicer.name}"))
    return tokens[3]


def test_a_servicers_page_asks_little(db: Database, busy: str, rosas: Visitor) -> None:
    with asked_of(db) as asked:
        assert rosas.open("/control/CET236").status == 200
    assert len(asked) <= AT_CONTROL, "\n\n".join(asked)


@pytest.mark.parametrize(("page", "most"), [("/t/{}", AT_TICKET), ("/q/CET236", AT_QUEUE)])
def test_a_customers_page_asks_little(
    db: Database, busy: str, visitor: Visitor, page: str, most: int
) -> None:
    with asked_of(db) as asked:
        assert visitor.open(page.format(busy)).status == 200
    assert len(asked) <= most, "\n\n".join(asked)
