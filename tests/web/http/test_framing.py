"""Which pages other sites may show in a frame: one."""

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, join

FRAMED = "other_sites.embed"


@pytest.mark.parametrize("who", ["a stranger", "a manager"])
def test_no_page_may_be_framed_but_the_one_for_it(app: Flask, queue: Queue, rosa: Servicer, who: str) -> None:
    given = {
        "keyword": queue.keyword,
        "token": join(queue, ANA).token,
        "language": "en",
        "kind": "turn",
        "what": "text",
    }
    visitor, framed, unframed = Visitor(app), [], 0
    if who == "a manager":
        visitor.sign_in(rosa)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        with app.test_request_context():
            built = rule.build({name: given.get(name, "1") for name in rule.arguments}, append_unknown=False)
        if built is None:
            continue
        answer = visitor.client.get(built[1])
        answer.close()  # some are streams without an end
        if is_unframed(answer.headers):
            unframed += 1
        else:
            framed.append(rule.endpoint)
            assert "X-Frame-Options" not in answer.headers
    assert framed == [FRAMED]
    assert unframed > 40


def test_what_has_not_changed_is_as_unframeable_as_before(queue: Queue, visitor: Visitor) -> None:
    for path, may_be_framed in (("/q/CET236.json", False), ("/q/CET236/embed", True)):
        known = {"If-None-Match": visitor.client.get(path).headers["ETag"]}
        answer = visitor.client.get(path, headers=known)
        assert answer.status_code == 304
        assert is_unframed(answer.headers) != may_be_framed


def is_unframed(headers: Headers) -> bool:
    by_policy = "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    return by_policy and headers["X-Frame-Options"] == "DENY"


def test_nor_what_is_answered_in_its_place(queue: Queue, visitor: Visitor) -> None:
    assert is_unframed(visitor.client.get("/q/NOPE/embed").headers)
