"""Rows of the line are kept from page to page, and never shown once they are out of date."""

from flask import Flask

from models.queueing.tables.queues import Queue
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, join
from web.control.line import Waiting, kept_rows
from web.http.clock_words import Moment
from web.http.language import use_language

ANAS = Waiting(
    id=1,
    number=7,
    name="Ana",
    party=2,
    joined=Moment("14:20", "2026-03-10T14:20:00+00:00"),
    waited="12 min",
    promise=None,
    texting=None,
    is_here=False,
    lead_minutes=None,
    bubble=None,
    note="",
    answer="",
    visit="",
    is_on_hold=False,
    held=None,
)


def kept_row(ticket: Waiting, keyword: str) -> str:
    [(_, row)] = kept_rows([ticket], keyword)
    return row


def test_a_row_of_which_nothing_has_changed_is_made_once(app: Flask) -> None:
    with app.test_request_context():
        first = kept_row(ANAS, "CET236")
    with app.test_request_context():
        assert kept_row(ANAS._replace(), "CET236") is first


def test_a_row_of_which_anything_has_changed_is_made_anew(app: Flask) -> None:
    with app.test_request_context():
        kept_row(ANAS, "CET236")
        assert "13 min" in kept_row(ANAS._replace(waited="13 min"), "CET236")
        assert "Wheelchair" in kept_row(ANAS._replace(note="Wheelchair"), "CET236")
        assert "/control/LAB1/ticket/1" in kept_row(ANAS, "LAB1")


def test_a_row_is_in_the_language_of_each_page(app: Flask) -> None:
    with app.test_request_context():
        assert "party of 2" in kept_row(ANAS, "CET236")
        use_language(own="es")
        assert "grupo de 2" in kept_row(ANAS, "CET236")


def test_servicers_of_one_line_see_its_changes_alike(queue: Queue, rosas: Visitor, luiss: Visitor) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben")
    assert "Ana" in rosas.open("/control/CET236").waiting[0]
    rosas.press("Call next")
    assert [row.split()[1] for row in luiss.open("/control/CET236").waiting] == ["Ben"]
