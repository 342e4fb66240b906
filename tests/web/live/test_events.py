"""Server-sent events of a queue: who gets which, when, and that nothing is left behind."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.delivery.failures import notify_pages
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.line import page_changes
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.acceptance.installation import comes_true
from tests.web.listener import Listener, broadcast_of, news_in
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, call_next, join, make_queue, phone
from web.live import broadcast, events
from web.live.broadcast import Channel, OpenPage, frames, number_ranges


@pytest.fixture
def listen(app: Flask, queue: Queue) -> Iterator[Callable[..., Listener]]:
    """Pages that follow CET236, closed when the test is over."""
    opened: list[Listener] = []

    def open_page(path: str = "/events/CET236", **values: str) -> Listener:
        opened.append(Listener(app, path, **values))
        return opened[-1]

    yield open_page
    for listener in opened:
        listener.close()
    assert comes_true(lambda: broadcast_of(app)._watcher is None)


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


@pytest.mark.usefixtures("queue")
def test_where_the_server_gives_no_connection_the_answer_ends_and_the_browser_asks_again(app: Flask) -> None:
    answer = app.test_client().get("/events/CET236")
    assert "retry: 5000\n" in answer.text
    assert news_in(answer.text)[0]["waiting"] == ""
    assert app.test_client().head("/events/CET236").status_code == 200
    assert broadcast_of(app).count() == 0


def test_a_closed_page_leaves_nothing_behind(app: Flask, listen: Callable[..., Listener]) -> None:
    pages = [listen() for _ in range(3)]
    assert comes_true(lambda: broadcast_of(app).count() == 3)
    for page in pages:
        page.close()
    assert broadcast_of(app).count() == 0
    assert comes_true(lambda: broadcast_of(app)._watcher is None)


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


def test_the_server_s_end_ends_every_page_and_takes_no_new_one(
    app: Flask, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [listen(), listen(protocol="HTTP/1.0")]
    monkeypatch.setattr(broadcast_of(app), "is_ending", lambda: True)
    assert [page.rest_until_closed() for page in pages] == [b"0\r\n\r\n", b""]
    for page in pages:
        page.wait_until_ended()
    assert app.test_client().get("/events/CET236").status_code == 503


@pytest.mark.usefixtures("queue")
def test_a_page_that_opens_while_the_others_are_ended_is_ended_too(
    app: Flask, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, servers = socket.socketpair()
    ours.settimeout(10)
    late = OpenPage(servers, is_chunked=False)
    channel = broadcast_of(app).channel("CET236")
    assert channel is not None
    opened: list[Channel] = []
    end = OpenPage.end

    def end_as_another_opens(page: OpenPage, last: bytes = b"") -> None:
        if not opened:
            opened.append(broadcast_of(app).open(late, channel))
        end(page, last)

    page = listen()
    assert comes_true(lambda: broadcast_of(app).count() == 1)
    monkeypatch.setattr(OpenPage, "end", end_as_another_opens)
    monkeypatch.setattr(broadcast_of(app), "is_ending", lambda: True)
    assert page.rest_until_closed() == b"0\r\n\r\n"
    assert ours.recv(1) == b""
    broadcast_of(app).close(late, opened[0])
    ours.close(), servers.close()


def test_there_is_room_for_so_many_pages_and_no_more(
    app: Flask, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_PAGES", 2)
    first, _ = listen(), listen()
    assert comes_true(lambda: broadcast_of(app).count() == 2)
    refused = app.test_client().get("/events/CET236")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "30"
    first.close()
    assert listen().response.status_code == 200


def test_one_address_holds_only_its_share_of_the_pages(
    app: Flask, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_PAGES", 8)
    one = {"REMOTE_ADDR": "203.0.113.7"}
    first, _ = listen(**one), listen(**one)
    assert comes_true(lambda: broadcast_of(app).count() == 2)
    refused = app.test_client().get("/events/CET236", environ_overrides=one)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert listen(REMOTE_ADDR="203.0.113.8").response.status_code == 200
    assert [listen().response.status_code for _ in range(4)] == [200] * 4, "a proxy on this machine"
    first.close()
    assert listen(**one).response.status_code == 200


def test_a_page_that_takes_nothing_any_more_is_ended_and_the_rest_are_told(
    app: Flask, queue: Queue, listen: Callable[..., Listener]
) -> None:
    ours, servers = socket.socketpair()
    servers.setblocking(False)
    dead = OpenPage(servers, is_chunked=True)
    channel = broadcast_of(app).channel("CET236")
    assert channel is not None
    channel = broadcast_of(app).open(dead, channel)
    page = listen()
    news = frames(b"x" * 10_000)
    began = time.monotonic()
    for _ in range(100):
        dead.write(news)
    assert time.monotonic() - began < 5
    join(queue, ANA)
    assert page.news()["waiting"] == "1"
    ours.settimeout(5)
    while ours.recv(1 << 20):
        pass  # and then it is closed
    broadcast_of(app).close(dead, channel)
    ours.close(), servers.close()


def test_pages_of_a_queue_that_is_there_no_more_are_ended(
    app: Flask, db: Database, queue: Queue, listen: Callable[..., Listener]
) -> None:
    page = listen()

    def rename(session: Session) -> None:
        session.get_one(Queue, queue.id).keyword = "DMV"

    transaction(rename)
    assert page.rest_until_closed() == b""


def test_the_more_pages_are_open_the_longer_they_are_given_to_come(
    app: Flask, queue: Queue, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "PAGES_AT_ONCE", 2)
    pages = [listen() for _ in range(4)]
    assert comes_true(lambda: broadcast_of(app).count() == 4)
    join(queue, CAI)
    assert pages[0].news()["spread"] == pytest.approx(2 * broadcast.SECONDS_PER_PAGE)


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
