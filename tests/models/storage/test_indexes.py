"""Everyday queries use an index on tables that only grow, on both databases, and never scan one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from config.settings import Settings
from jobs.outbox.send_texts import TextSender
from jobs.schedule import schedule_of
from jobs.watchdog import Watch
from models.people.servicers import Servicer
from models.queueing.line.positions import count_before
from models.queueing.line.queries import count_ahead, first_in_line, in_line_count
from models.queueing.tables.boards import add_board, set_queues
from models.queueing.tables.queues import Queue
from models.storage.database import Base, Database, transaction
from tests import world
from tests.bot.transcript import text_in
from tests.jobs.scripted import ScriptedCarrier
from tests.one_database import on_sqlite
from tests.web.conftest import app  # noqa: F401
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, minutes

# These only grow; businesses, queues, desks and servicers stay few.
GROWING = ("tickets", "events", "customers", "inbound_messages", "outbound_messages")
ASKS = ("SELECT", "UPDATE", "DELETE")
# Partial indexes over open work only, however long the history.
OF_A_FEW = {
    index.name
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}

Asked = list[tuple[str, Any]]


@contextmanager
def listening(database: Database) -> Iterator[Asked]:
    """Every query in the block, with its parameters."""
    asked: Asked = []

    def hear(_connection: Connection, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        if statement.lstrip().startswith(ASKS):
            asked.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def read_whole(database: Database, asked: Asked) -> set[tuple[str, str]]:
    """(table, statement) of queries that no index can answer."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    found = set()
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            # The tables of a test are so small that scanning them would be fastest.
            connection.execute(text("SET enable_seqscan = off"))
        for statement, given in asked:
            plan = connection.exec_driver_sql(explain + statement, given)
            lines = [str(row[-1]) for row in plan]
            for table in GROWING:
                if any(_is_whole(line, table, statement) for line in lines):
                    found.add((table, statement))
    return found


def _is_whole(line: str, table: str, statement: str) -> bool:
    words = line.replace("->", "").split()
    if words[0] == "SCAN":  # SQLite: by no index, or through all of one
        return (words[1] == table or f"{table} AS {words[1]}" in statement) and words[-1] not in OF_A_FEW
    return line.strip(" ->").startswith(f"Seq Scan on {table} ")


@pytest.fixture
def visitor(app: Flask, db: Database) -> Visitor:  # noqa: F811
    return Visitor(app)


def _board_of(rosa: Servicer) -> str:
    """The address of a board with her business's queues."""

    def work(session: Session) -> str:
        board = add_board(session, rosa.business_id, "Waiting room", now=NOON)
        set_queues(session, board, [(each, "blue") for each in Queue.of_business(session, rosa.business_id)])
        return f"/b/{board.token}"

    return transaction(work)


def open_pages(visitor: Visitor, rosa: Servicer, token: str) -> None:
    visitor.sign_in(rosa)
    board = _board_of(rosa)
    for path in (f"/t/{token}", "/q/CET236", "/q/CET236/board", board, "/control/CET236", "/control/"):
        assert visitor.open(path).status == 200, path


def asked_by_the_clock(
    db: Database, queue: Queue, rosa: Servicer, folder: Path
) -> tuple[Asked, ScriptedCarrier]:
    """What all its jobs and the sending ask, eight minutes after the first of three was called."""
    for phone in (ANA, BEN, CAI):
        world.join(queue, phone)
    world.call_next(queue, rosa, NOON + minutes(1))
    settings = Settings.from_environment({"DATA_DIR": str(folder)})
    carrier = ScriptedCarrier()
    sender = TextSender(carrier, public_url=settings.public_url, texts_per_second=50, settle_seconds=45)
    jobs = schedule_of(sender, carrier, settings, Watch())
    with time_machine.travel(NOON + minutes(9)), listening(db) as asked:
        for job in jobs.get_jobs():
            job.func()
        sender.send_due()
        assert sender.wait_until_idle(10)
    return asked, carrier


DOINGS: dict[str, Callable[[Queue, Servicer], object]] = {
    "join": lambda queue, rosa: text_in("CET236", "+351910000077", NOON),
    "join again": lambda queue, rosa: text_in("CET236", ANA, NOON),
    "status": lambda queue, rosa: text_in("STATUS", BEN, NOON),
    "later": lambda queue, rosa: text_in("LATER", BEN, NOON),
    "leave": lambda queue, rosa: text_in("LEAVE", CAI, NOON),
    "call next": lambda queue, rosa: world.call_next(queue, rosa, NOON + minutes(1)),
}


@pytest.mark.parametrize("doing", DOINGS)
def test_verbs_find_what_they_need_by_an_index(
    doing: str, db: Database, queue: Queue, rosa: Servicer
) -> None:
    for phone in (ANA, BEN, CAI):
        world.join(queue, phone)
    with listening(db) as asked:
        DOINGS[doing](queue, rosa)
    assert asked
    assert read_whole(db, asked) == set()


def test_pages_find_what_they_need_by_an_index(
    db: Database, queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    for phone in (ANA, BEN, CAI):
        world.join(queue, phone)
    token = world.ticket(queue, 2).token
    world.call_next(queue, rosa, NOON + minutes(1))
    with listening(db) as asked:
        open_pages(visitor, rosa, token)
    assert read_whole(db, asked) == set()


def test_the_clock_finds_what_is_due_by_an_index(
    db: Database, queue: Queue, rosa: Servicer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked, carrier = asked_by_the_clock(db, queue, rosa, tmp_path)
    assert "job failed" not in caplog.text
    assert carrier.got
    asked = [(statement, given) for statement, given in asked if "PRAGMA" not in statement]
    assert read_whole(db, asked) == set()


@on_sqlite
def test_counting_the_line_reads_no_ticket_and_sorts_nothing(db: Database, queue: Queue) -> None:
    world.join(queue, ANA), world.join(queue, BEN)
    with listening(db) as asked, db.reading() as session:
        line = session.get_one(Queue, queue.id)
        last = session.merge(world.ticket(queue, 2))
        asked.clear()
        assert count_ahead(session, last) == count_before(session, queue.id, last.position) == 1
        assert in_line_count(session, line) == 2
        [(first, *_), *_] = first_in_line(session, line)
        assert first == 1
    with db.engine.connect() as connection:
        for statement, given in asked:
            plan = [
                str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            ]
            assert "ix_tickets_waiting" in plan[0]
            assert "COVERING" in plan[0] or "number" in statement, plan
            assert not any("ORDER BY" in line for line in plan), plan


def test_a_table_read_whole_is_noticed(db: Database, queue: Queue) -> None:
    with listening(db) as asked, db.reading() as session:
        session.execute(text("SELECT id FROM tickets WHERE name = 'Ana'")).all()
    assert {table for table, _ in read_whole(db, asked)} == {"tickets"}
