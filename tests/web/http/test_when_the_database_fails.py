"""While the database is full, read-only or unreachable, pages explain it; afterwards they work again."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import failing_database
from tests.one_database import on_both
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join, line

pytestmark = on_both

Trouble = Callable[[Database], AbstractContextManager[None]]
TROUBLES = [failing_database.read_only, failing_database.full, failing_database.away]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_press_changes_nothing_says_so_and_counts_once_it_is_over(
    db: Database, queue: Queue, rosas: Visitor, trouble: Trouble
) -> None:
    join(queue, ANA), join(queue, BEN)
    before = rosas.open(f"/control/{queue.keyword}")
    with trouble(db):
        if trouble is failing_database.full and db.is_sqlite:
            pytest.skip("a press may still find room in SQLite's file; the texts' test fills it")
        page = rosas.press("Call next", before)
        assert page.status == 503
        assert "Nothing was changed." in page.text
    assert line(queue) == [1, 2]
    assert rosas.press("Call next", before).now_serving == "1"


def test_a_database_that_only_reads_shows_the_line_and_is_not_ready(
    db: Database, queue: Queue, visitor: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN)
    with failing_database.read_only(db):
        assert "2" in visitor.open(f"/q/{queue.keyword}").text
        answer = visitor.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json["checks"]["database"]["status"] == "ok"  # type: ignore[index]
        assert answer.json["checks"]["writing"]["status"] == "failing"  # type: ignore[index]
        assert visitor.client.get("/readyz/web").status_code == 200, "pages still show the line"
    again = visitor.client.get("/readyz")
    assert again.json["checks"]["writing"]["status"] == "ok"  # type: ignore[index]


def test_machines_are_told_that_the_database_is_away(db: Database, visitor: Visitor) -> None:
    with failing_database.away(db):
        for address in ("/readyz", "/readyz/web"):
            answer = visitor.client.get(address)
            assert answer.status_code == 503
            assert answer.json["status"] == "down"  # type: ignore[index]
            assert answer.json["checks"]["database"]["status"] == "failing"  # type: ignore[index]
        assert visitor.client.get("/healthz").status_code == 200
