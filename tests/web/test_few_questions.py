"""How many database queries the most used pages make, while three servicers are at desks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time

import pytest
import time_machine
from flask import Flask

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.web.customer.screens.test_boards import make_board
from tests.web.visitor import Visitor
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    join,
    make_desk,
    make_queue,
    make_servicer,
    phone,
    statements,
)
from web.control.rendered import IN_PLACE
from web.operations.health import KeptFigures

AT_CONTROL, AT_TICKET, AT_QUEUE, AT_BOARD, AT_METRICS = 8, 6, 7, 5, 9
WITHOUT_DESKS_AND_HOURS, BEFORE_THE_FIRST_PRESS = 6, 7
AT_FIGURES = 40
OF_DONE = 6
OF_DONE_IN_PLACE = 11


@contextmanager
def queries_of(db: Database) -> Iterator[list[str]]:
    queries: list[str] = []
    with statements(db) as asked:
        yield queries
    queries += [each for each in asked if each.startswith("SELECT")]


@pytest.fixture
def busy(business: Business, queue: Queue, rosa: Servicer, luis: Servicer, db: Database) -> str:
    """Three called to three chairs, two waiting, closing time ahead. The token of the first who waits."""
    transaction(lambda s: set_hours(s, s.get_one(Queue, queue.id), EVERY_DAY, (time(8), time(20)), now=NOON))
    tokens = [join(queue, each).token for each in (ANA, BEN, CAI, phone(1), phone(2))]
    for servicer in (rosa, luis, make_servicer(business, "Mia")):
        call_next(queue, servicer, desk=make_desk(queue, f"Chair of {servicer.name}"))
    return tokens[3]


def test_a_servicers_page_makes_few_queries(db: Database, busy: str, rosas: Visitor) -> None:
    with queries_of(db) as queries:
        assert rosas.open("/control/CET236").status == 200
    assert len(queries) <= AT_CONTROL, "\n\n".join(queries)


def test_without_desks_and_hours_a_servicers_page_makes_six(
    db: Database, queue: Queue, rosas: Visitor
) -> None:
    for each in (ANA, BEN, CAI):
        join(queue, each)
    rosas.press("Call next")
    with queries_of(db) as queries:
        assert rosas.open("/control/CET236").now_serving == "1"
    assert len(queries) <= WITHOUT_DESKS_AND_HOURS, "\n\n".join(queries)


def test_before_the_first_press_a_servicers_page_makes_seven(
    db: Database, queue: Queue, rosas: Visitor
) -> None:
    """Whether they had a break today is told with the figures; whether a customer was taken away, by one."""
    join(queue, ANA)
    with queries_of(db) as queries:
        assert "Your first press puts you on duty" in rosas.open("/control/CET236").text
    assert len(queries) <= BEFORE_THE_FIRST_PRESS, "\n\n".join(queries)


def test_done_which_calls_the_next_makes_few_queries(db: Database, queue: Queue, rosas: Visitor) -> None:
    for each in (ANA, BEN, CAI):
        join(queue, each)
    rosas.press("Call next")
    with queries_of(db) as queries:
        rosas.press("Done")
    assert rosas.page.now_serving == "2"
    of_press = queries[:-WITHOUT_DESKS_AND_HOURS]
    assert len(of_press) <= OF_DONE, "\n\n".join(of_press)


def test_done_by_a_script_asks_once_who_is_signed_in(db: Database, queue: Queue, rosas: Visitor) -> None:
    for each in (ANA, BEN, CAI):
        join(queue, each)
    rosas.press("Call next")
    action, form = rosas.page.form_of("Done")
    with queries_of(db) as queries:
        assert rosas.client.post(action, data=form, headers={IN_PLACE: "yes"}).status_code == 200
    assert len(queries) <= OF_DONE_IN_PLACE, "\n\n".join(queries)


@pytest.mark.parametrize(("page", "most"), [("/t/{}", AT_TICKET), ("/q/CET236", AT_QUEUE)])
def test_a_customers_page_makes_few_queries(
    db: Database, busy: str, visitor: Visitor, page: str, most: int
) -> None:
    with queries_of(db) as queries:
        assert visitor.open(page.format(busy)).status == 200
    assert len(queries) <= most, "\n\n".join(queries)


def test_a_board_asks_once_in_a_second_for_what_has_not_changed(
    db: Database, business: Business, queue: Queue, busy: str, visitor: Visitor
) -> None:
    others = [make_queue(business, f"Q{index}") for index in range(2)]
    board = make_board(business, *zip((queue, *others), ("yellow", "blue", "green"), strict=True))
    with time_machine.travel(NOON, tick=False):
        visitor.open(f"/b/{board.token}")
        with queries_of(db) as queries:
            assert "2 waiting" in visitor.open(f"/b/{board.token}").text
        assert len(queries) <= AT_BOARD, "\n\n".join(queries)
        join(queue, phone(3))
        assert "3 waiting" in visitor.open(f"/b/{board.token}").text


def test_the_metrics_ask_as_much_of_a_hundred_queues_as_of_one(
    app: Flask, db: Database, business: Business, busy: str
) -> None:
    with queries_of(db) as of_one:
        KeptFigures().text(0)
    for index in range(99):
        make_queue(business, f"Q{index:03d}")
    with queries_of(db) as of_many:
        assert b'queue_waiting{keyword="Q098"}' in KeptFigures().text(0)
    assert len(of_many) == len(of_one) <= AT_METRICS, "\n\n".join(of_many)


@pytest.mark.parametrize("address", ["", "?span=month", "/days.csv?span=month", "/days.csv?span=year"])
def test_the_figures_of_queues_that_were_not_used_ask_nothing(
    db: Database, business: Business, queue: Queue, rosas: Visitor, address: str
) -> None:
    """A manager may make very many queues, and everybody else waits while their figures are read."""
    join(queue, ANA)

    def asked() -> int:
        with queries_of(db) as queries:
            assert rosas.client.get(f"/manage/statistics{address}").status_code == 200
        return len(queries)

    of_one = asked()
    for index in range(10):
        make_queue(business, f"Q{index:03d}", archived_at=NOON if index else None)
    assert asked() - of_one <= 2, "the forecast of the queue in use"
    assert of_one <= AT_FIGURES
