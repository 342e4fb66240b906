"""All manager's pages: only for signed-in managers of the business."""

from flask import Flask

from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor


def test_a_manager_sees_the_queues(queue: Queue, rosas: Visitor) -> None:
    page = rosas.open("/manage")
    assert (page.status, page.headings[-1]) == (200, "Haircuts")


def test_a_servicer_is_turned_away(app: Flask, queue: Queue, luis: Servicer) -> None:
    visitor = Visitor(app).sign_in(luis)
    assert visitor.open("/manage").status == 403


def test_every_page_below_manage_is_of_a_guarded_part(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/manage"):
            part = rule.endpoint.partition(".")[0]
            guards = [guard.__name__ for guard in app.blueprints[part].before_request_funcs.get(None, [])]
            assert "_managers_only" in guards, rule.rule
