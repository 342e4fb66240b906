"""Pages are compressed where that tells nobody on the network a secret."""

import gzip

import pytest
from werkzeug.test import TestResponse

from models.queueing.tables.queues import Queue
from tests.one_database import in_turn
from tests.web.visitor import Page, Visitor
from web.http.compression import MOST_PADDING, compressed
from web.http.csrf import unmasked

QUEUE = "/q/CET236"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def asked(visitor: Visitor, path: str) -> TestResponse:
    return visitor.client.get(path, headers=GZIP)


def test_a_page_is_compressed_for_a_browser_that_takes_it(queue: Queue, visitor: Visitor) -> None:
    answer = asked(visitor, QUEUE)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Take a number" in gzip.decompress(answer.data).decode()
    assert answer.content_length == len(answer.data) < len(gzip.decompress(answer.data)) / 2


def test_another_browser_gets_it_whole_and_a_cache_knows_the_difference(
    queue: Queue, visitor: Visitor
) -> None:
    for path in (QUEUE, f"{QUEUE}/page.svg"):
        whole = visitor.client.get(path)
        assert "Content-Encoding" not in whole.headers
        assert "Accept-Encoding" in whole.headers["Vary"]
        assert "Accept-Encoding" in asked(visitor, path).headers["Vary"]


@in_turn
@pytest.mark.parametrize("path", [QUEUE, f"{QUEUE}/board", f"{QUEUE}/page.svg", "/", "/control/CET236"])
def test_it_is_so_for_the_pages_most_asked_for(queue: Queue, rosas: Visitor, path: str) -> None:
    assert asked(rosas, path).headers["Content-Encoding"] == "gzip"


def test_no_answer_is_compressed_that_may_repeat_what_somebody_typed(queue: Queue, rosas: Visitor) -> None:
    for path in (
        f"{QUEUE}?name=Ana",
        "/login?next=%2Fcontrol",
        "/control/CET236/find?q=Ana",
        "/no/such/page",
    ):
        assert "Content-Encoding" not in asked(rosas, path).headers
    rosas.open(QUEUE)
    _, form = rosas.page.form_of("Take a number")
    refused = rosas.client.post(QUEUE, data=form | {"name": "A" * 99}, headers=GZIP)
    assert refused.status_code == 422
    assert "Content-Encoding" not in refused.headers


def test_what_needs_no_compressing_is_left_alone(queue: Queue, visitor: Visitor) -> None:
    for path in (f"{QUEUE}/page.png", "/healthz", "/robots.txt"):
        answer = asked(visitor, path)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


def test_a_stream_is_neither_compressed_nor_held_back(queue: Queue, visitor: Visitor) -> None:
    stream = visitor.client.get("/events/CET236", headers=GZIP, buffered=False)
    assert stream.mimetype == "text/event-stream"
    assert stream.headers["Content-Encoding"] == "identity"
    assert next(iter(stream.response))
    stream.close()


def test_the_same_page_has_many_sizes() -> None:
    sizes = {len(compressed(b"<p>the same page</p>" * 50)) for _ in range(500)}
    assert len(sizes) > MOST_PADDING / 2


def tokens_of(page: Page) -> set[str]:
    return {field.attributes["value"] for field in page.root.all("input", name="csrf_token")}


def test_a_page_holds_another_token_each_time_and_each_of_them_is_good(queue: Queue, rosas: Visitor) -> None:
    action, form = rosas.page.form_of("Pause")
    (first,) = tokens_of(rosas.page)  # one for all forms of a page, so that they compress
    (second,) = tokens_of(rosas.open("/control/CET236"))
    alike = sum(one == other for one, other in zip(first, second, strict=True))
    assert alike < len(first) / 8
    for token in (first, second):
        assert rosas.client.post(action, data=form | {"csrf_token": token}).status_code == 303


@in_turn
@pytest.mark.parametrize("token", ["", "x", "AAAA", "//////", "é", "a" * 4000])
def test_what_is_no_token_is_refused(queue: Queue, rosas: Visitor, token: str) -> None:
    action, form = rosas.page.form_of("Pause")
    assert rosas.client.post(action, data=form | {"csrf_token": token}).status_code == 400


def test_what_is_no_pair_of_halves_is_no_token() -> None:
    assert unmasked("QUJD") == ""  # three bytes


def test_a_page_that_was_open_before_tokens_were_masked_goes_on(queue: Queue, rosas: Visitor) -> None:
    action, form = rosas.page.form_of("Pause")
    plain = unmasked(form["csrf_token"])
    assert rosas.client.post(action, data=form | {"csrf_token": plain}).status_code == 303
