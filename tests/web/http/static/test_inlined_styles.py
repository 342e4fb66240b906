"""Whoever arrives from outside gets the styles inside the page; anybody else, and a script, gets a link."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from werkzeug.test import TestResponse

from models.queueing.tables.queues import Queue
from tests.one_database import in_turn
from tests.web.visitor import Visitor

QUEUE = "/q/CET236"
GZIP = {"Accept-Encoding": "gzip"}
OPENED = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
SCANNED = GZIP | OPENED | {"Sec-Fetch-Site": "none"}
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
LINK = '<link rel="stylesheet"'


def words(answer: TestResponse) -> str:
    return (gzip.decompress(answer.data) if "Content-Encoding" in answer.headers else answer.data).decode()


def policy(answer: TestResponse) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


@in_turn
@pytest.mark.parametrize("path", [QUEUE, "/", f"{QUEUE}/board", "/control/CET236"])
@pytest.mark.parametrize("site", ["none", "cross-site", "same-site"])
def test_who_arrives_sees_the_page_without_another_request(
    queue: Queue, rosas: Visitor, path: str, site: str
) -> None:
    answer = rosas.client.get(path, headers=SCANNED | {"Sec-Fetch-Site": site})
    (sheet,) = STYLE.findall(words(answer))
    assert ".masthead{" in sheet
    assert LINK not in words(answer)


def test_the_policy_allows_that_sheet_and_no_other_style(queue: Queue, visitor: Visitor) -> None:
    answer = visitor.client.get(QUEUE, headers=SCANNED)
    (sheet,) = STYLE.findall(words(answer))
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert policy(answer)["style-src"] == f"'self' 'sha256-{digest}'"
    assert policy(answer)["default-src"] == "'self'"


@in_turn
@pytest.mark.parametrize(
    "headers",
    [
        GZIP | OPENED | {"Sec-Fetch-Site": "same-origin"},
        GZIP | {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"},
        GZIP | {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"},
        GZIP,
        OPENED | {"Sec-Fetch-Site": "none"},
    ],
    ids=[
        "a link on our page",
        "a script",
        "a frame",
        "an older browser",
        "one that takes nothing compressed",
    ],
)
def test_anybody_else_gets_a_link(queue: Queue, visitor: Visitor, headers: dict[str, str]) -> None:
    answer = visitor.client.get(QUEUE, headers=headers)
    assert words(answer).count(LINK) == 1
    assert "<style" not in words(answer)
    assert "style-src" not in policy(answer)


def test_a_page_that_a_browser_keeps_links_its_sheet(queue: Queue, visitor: Visitor) -> None:
    """The answer that it has not changed brings a policy without the hash."""
    answer = visitor.client.get(f"{QUEUE}/embed", headers=SCANNED)
    assert LINK in words(answer)


def test_so_does_one_that_repeats_what_was_asked(queue: Queue, visitor: Visitor) -> None:
    for path in ("/no/such/page", f"{QUEUE}?name=Ana"):
        answer = visitor.client.get(path, headers=SCANNED)
        assert LINK in words(answer)
        assert "style-src" not in policy(answer)
