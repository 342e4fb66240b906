"""How often a press asks the database; each write once, and nothing twice."""

from collections import Counter

from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.one_database import on_both
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, statements
from web.control.rendered import IN_PLACE

MOST, MOST_WITH_THE_PAGE = 14, 18


def asked_by_done(db: Database, queue: Queue, rosas: Visitor, headers: dict[str, str]) -> list[str]:
    """The statements of a press of Done that calls the next."""
    join(queue, ANA), join(queue, BEN)
    rosas.open("/control/CET236")
    rosas.press("Call next")
    action, form = rosas.open("/control/CET236").form_of("Done")
    with statements(db) as asked:
        assert rosas.client.post(action, data=form, headers=headers).status_code in (200, 303)
    return asked


@on_both
def test_done_that_calls_the_next_takes_few_statements(db: Database, queue: Queue, rosas: Visitor) -> None:
    asked = asked_by_done(db, queue, rosas, {})
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


def test_with_the_page_after_it_the_queue_is_read_once(db: Database, queue: Queue, rosas: Visitor) -> None:
    asked = asked_by_done(db, queue, rosas, {IN_PLACE: "yes"})
    assert len([each for each in asked if each.startswith("SELECT queues.id, ")]) == 1
    assert len(asked) <= MOST_WITH_THE_PAGE
