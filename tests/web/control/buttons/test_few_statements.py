"""How often a press asks the database, without the page after it; each write once, and nothing twice."""

from collections import Counter
from typing import Any

from sqlalchemy import event

from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.one_database import on_both
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join

MOST = 14


@on_both
def test_done_that_calls_the_next_takes_few_statements(db: Database, queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.open("/control/CET236")
    rosas.press("Call next")
    action, form = rosas.open("/control/CET236").form_of("Done")
    asked: list[str] = []

    def hear(*given: Any) -> None:
        asked.append(given[2])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        assert rosas.client.post(action, data=form).status_code == 303
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    changed = Counter(" ".join(each.split()[:3]) for each in asked if each[:6] in ("INSERT", "UPDATE"))
    assert changed == {
        "INSERT INTO presses": 1,
        "UPDATE duties SET": 1,
        "UPDATE tickets SET": 2,
        "INSERT INTO events": 2,
        "UPDATE outbound_messages SET": 2,
        "INSERT INTO outbound_messages": 1,
        "UPDATE queues SET": 1,
    }
    assert len(asked) <= MOST
