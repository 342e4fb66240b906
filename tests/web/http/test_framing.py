"""Which pages other sites may show in a frame: one."""

from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, join

FRAMED = "other_sites.embed"


def test_no_page_may_be_framed_but_the_one_for_it(app: Flask, queue: Queue, rosa: Servicer) -> None:
    given = {
        "keyword": queue.keyword,
        "token": join(queue, ANA).token,
        "language": "en",
        "kind": "turn",
        "what": "text",
    }
    visitor, framed, unframed = Visitor(app).sign_in(rosa), [], 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith("live."):
            continue
        with app.test_request_context():
            built = rule.build({name: given.get(name, "1") for name in rule.arguments}, append_unknown=False)
        if built is None:
            continue
        headers = visitor.client.get(built[1]).headers
        if "frame-ancestors 'none'" in headers["Content-Security-Policy"]:
            assert headers["X-Frame-Options"] == "DENY"
            unframed += 1
        else:
            framed.append(rule.endpoint)
            assert "X-Frame-Options" not in headers
    assert framed == [FRAMED]
    assert unframed > 40


def test_nor_what_is_answered_in_its_place(queue: Queue, visitor: Visitor) -> None:
    headers = visitor.client.get("/q/NOPE/embed").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
