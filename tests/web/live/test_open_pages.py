"""How many pages may listen, how each is ended, and that nothing is left behind."""

import socket
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.business import Business
from models.queueing.tables.boards import Board, add_board, set_queues
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.acceptance.installation import comes_true
from tests.web.listener import Listener, broadcast_of, news_in
from tests.world import ANA, CAI, NOON, join, make_queue
from web.live import broadcast, events
from web.live.broadcast import Channel, OpenPage, frames


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


def test_the_server_s_end_ends_every_page_and_takes_no_new_one(
    app: Flask, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [listen(), listen(protocol="HTTP/1.0")]
    monkeypatch.setattr(broadcast_of(app), "is_ending", lambda: True)
    assert [page.rest_until_closed() for page in pages] == [b"0\r\n\r\n", b""]
    for page in pages:
        page.wait_until_ended()
    refused = app.test_client().get("/events/CET236")
    assert (refused.status_code, refused.headers["X-Restarts"]) == (503, "yes"), (
        "no crowd, though it is to wait"
    )


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


def test_a_board_of_several_queues_is_one_page(
    app: Flask,
    business: Business,
    queue: Queue,
    listen: Callable[..., Listener],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beards = make_queue(business, "BEARDS")

    def work(session: Session) -> Board:
        board = add_board(session, business.id, "Waiting room", now=NOON)
        set_queues(session, board, [(queue, "yellow"), (beards, "blue")])
        return board

    path = f"/events/board/{transaction(work).token}"
    monkeypatch.setattr(events, "MOST_PAGES", 8)
    one = {"REMOTE_ADDR": "203.0.113.7"}
    first, second = listen(path, **one), listen(path, **one)
    assert [first.response.status_code, second.response.status_code] == [200, 200]
    assert comes_true(lambda: len(broadcast_of(app).channel("BEARDS").pages) == 2)  # type: ignore[union-attr]
    assert (broadcast_of(app).count(), broadcast_of(app).count_from("203.0.113.7")) == (2, 2)
    assert app.test_client().get(path, environ_overrides=one).status_code == 429
    first.close()
    assert (broadcast_of(app).count(), broadcast_of(app).count_from("203.0.113.7")) == (1, 1)
    second.close()
    assert (broadcast_of(app).count(), broadcast_of(app).count_from("203.0.113.7")) == (0, 0)


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
