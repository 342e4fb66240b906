"""Server-sent events of a queue: who gets which, when, and what a line looks like in them."""

import time
from collections.abc import Callable

import pytest
from flask import Flask

from models.delivery.failures import notify_pages
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.line import page_changes
from models.queueing.tables.queues import Queue
from models.storage.database import Database, database, transaction
from tests.acceptance.installation import comes_true
from tests.web.listener import TIMEOUT_SECONDS, Listener, broadcast_of
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, call_next, join, make_queue, phone
from web.live import broadcast
from web.live.broadcast import number_ranges


def test_a_page_is_greeted_with_what_is_so_now_in_numbers_only(
    queue: Queue, rosa: Servicer, listen: Callable[..., Listener]
) -> None:
    for index, name in enumerate(["Ana", "Ben", "Cai"]):
        join(queue, phone(index), name=name)
    call_next(queue, rosa)
    page = listen()
    assert page.response.status_code == 200
    assert page.response.mimetype == "text/event-stream"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["X-Accel-Buffering"] == "no"
    assert page.response.headers["Content-Encoding"] == "identity"
    assert "Set-Cookie" not in page.response.headers
    now = page.first_state
    assert (now["state"], now["present"], now["waiting"]) == ("open", [1], "2-3")
    assert "retry: 1" in page.greeting
    assert "Ana" not in page.greeting


def test_a_change_is_told_to_every_open_page_at_once(queue: Queue, listen: Callable[..., Listener]) -> None:
    first, second = listen(), listen(protocol="HTTP/1.0")
    began = time.monotonic()
    join(queue, ANA)
    for page in (first, second):
        news = page.news()
        assert news["waiting"] == "1"
        assert news["change"] > page.first_state["change"]
    assert time.monotonic() - began < 1


def test_what_nobody_pressed_is_told_too(
    queue: Queue, rosa: Servicer, listen: Callable[..., Listener]
) -> None:
    join(queue, ANA)
    call_next(queue, rosa)
    page = listen()

    transaction(lambda session: notify_pages(session, {queue.id}))  # a text failed
    assert page.news()["present"] == [1]


def test_another_queue_is_none_of_its_business(
    business: Business, queue: Queue, listen: Callable[..., Listener]
) -> None:
    other = make_queue(business, "DMV")
    page, neighbour = listen(), listen("/events/DMV")
    join(other, ANA)
    neighbour.news()
    join(queue, BEN)
    assert page.news()["waiting"] == "1"


def test_a_keyword_ignores_case_and_an_unknown_one_is_not_found(
    app: Flask, queue: Queue, listen: Callable[..., Listener]
) -> None:
    assert listen("/events/cet236").response.status_code == 200
    assert app.test_client().get("/events/NOWHERE").status_code == 404
    assert app.test_client().post("/events/CET236").status_code in (400, 405)


def test_many_changes_are_few_events_and_the_last_is_the_latest(
    queue: Queue, listen: Callable[..., Listener]
) -> None:
    page = listen()
    began = time.monotonic()
    for index in range(30):
        join(queue, phone(index))
    spent = time.monotonic() - began
    told = [page.news()]
    while told[-1]["waiting"] != "1-30":
        told.append(page.news())
    assert len(told) <= spent / broadcast.SECONDS_BETWEEN_CALLS + 2


LONGER_THAN_A_LISTENER_WAITS = 2.0 * TIMEOUT_SECONDS


class NeverPolling(page_changes.Changes):
    def __init__(self, watched: Database) -> None:
        super().__init__(watched)
        self.poll_seconds = LONGER_THAN_A_LISTENER_WAITS


def test_what_this_process_commits_is_told_without_being_polled_for(
    app: Flask, queue: Queue, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "Changes", NeverPolling)
    page = listen()
    join(queue, ANA)
    assert page.news()["waiting"] == "1"
    page.close()
    # Else its watcher would wait for a minute.
    assert comes_true(lambda: transaction(lambda _: True) and broadcast_of(app)._watcher is None)
    # It lets go of the database a moment after it is no longer the one that a new page would use.
    assert comes_true(lambda: not database().after_commit)


def test_a_call_does_not_wait_for_more_news(
    queue: Queue, rosa: Servicer, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "SECONDS_BETWEEN_NEWS", 3600)
    page = listen()
    join(queue, ANA)
    time.sleep(0.3)
    call_next(queue, rosa)
    assert page.news()["present"] == [1]


def test_signs_of_life_come_in_between(
    listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "HEARTBEAT_SECONDS", 0.1)
    page = listen()
    assert [page.event(), page.event()] == ["event: alive\ndata:\n\n"] * 2


def test_a_database_that_does_not_answer_for_a_while_costs_no_news(
    queue: Queue, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([True, True, True])
    newest = page_changes.Changes.newest

    def at_first_not(self: page_changes.Changes, keywords: list[str]) -> dict[str, int] | None:
        if next(failures, False):
            raise ConnectionError
        return newest(self, keywords)

    monkeypatch.setattr(page_changes.Changes, "newest", at_first_not)
    page = listen()
    join(queue, ANA)
    assert page.news()["waiting"] == "1"


def test_every_page_knows_the_newest_change_that_it_shows(
    app: Flask, queue: Queue, rosa: Servicer, listen: Callable[..., Listener]
) -> None:
    taken = join(queue, ANA)
    call_next(queue, rosa)
    change = str(listen().first_state["change"])
    visitor = Visitor(app).sign_in(rosa)
    ticket = f"/control/CET236/ticket/{taken.ticket_id}"
    for path in ("/control/CET236", ticket, "/q/CET236", "/q/CET236/board", f"/t/{taken.token}"):
        (page,) = visitor.open(path).root.all(**{"data-live": "/events/CET236"})
        assert page.attributes["data-change"] == change, path


@pytest.mark.parametrize(
    ("numbers", "told", "is_cut"),
    [
        ([], "", False),
        ([7], "7", False),
        ([7, 8, 9, 12], "7-9,12", False),
        ([1, 2, 5, 3, 4], "1-2,5,3-4", False),
        ([3, 2, 1], "3,2,1", False),
        ([98, 99, 1, 2, 99], "98-99,1-2", True),  # two days in one line
    ],
)
def test_a_line_is_told_in_its_order_as_ranges(numbers: list[int], told: str, is_cut: bool) -> None:
    assert number_ranges(numbers, 100) == (told, is_cut)


def test_a_line_too_long_to_tell_is_cut_at_its_end() -> None:
    told, is_cut = number_ranges(range(1, 100_000, 2), 500)
    assert is_cut
    assert told.startswith("1,3,5,")
    assert len(told) < 520
