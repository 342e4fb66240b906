"""What the board says aloud and shows as a caption: numbers and desks, in the languages of the rules."""

import json

import pytest

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, call_next, join, make_desk, make_queue


def caption(page: Page) -> list[tuple[str, str]]:
    lines = page.root.all("p", **{"class": "board-caption"})
    return [(one.attributes["lang"], one.text) for line in lines for one in line.all("span")]


def test_the_newest_call_is_written_in_each_language_in_the_managers_order(
    business: Business, rosa: Servicer, luis: Servicer, visitor: Visitor
) -> None:
    queue = make_queue(business, spoken_languages="es en de")
    join(queue, ANA, name="Ana"), join(queue, BEN)
    call_next(queue, rosa, desk=make_desk(queue, "Chair 1"))
    page = visitor.open("/q/CET236/board")
    assert caption(page) == [
        ("es", "Número 1, Chair 1"),
        ("en", "Number 1, Chair 1"),
        ("de", "Nummer 1, Chair 1"),
    ]
    (board,) = page.root.all("div", **{"class": "board"})
    assert [each[0] for each in json.loads(board.attributes["data-spoken"])] == ["es", "en", "de"]
    assert "Ana" not in page.html
    call_next(queue, luis)
    assert caption(visitor.open("/q/CET236/board"))[1] == ("en", "Number 2")


def test_without_languages_it_says_nothing_and_while_nobody_is_called_there_is_no_caption(
    queue: Queue, business: Business, visitor: Visitor
) -> None:
    assert "data-spoken" not in visitor.open("/q/CET236/board").html
    make_queue(business, "SHAVE", spoken_languages="en")
    assert caption(visitor.open("/q/SHAVE/board")) == []


@pytest.mark.parametrize(
    ("chosen", "kept"), [(("es", "en", ""), "es en"), (("", "fr", "fr"), "fr"), (("", "", ""), "")]
)
def test_the_manager_chooses_the_languages_and_their_order(
    queue: Queue, rosa: Servicer, visitor: Visitor, chosen: tuple[str, ...], kept: str
) -> None:
    visitor.sign_in(rosa).open("/manage/queues/CET236/rules")
    fields = {f"spoken_{at}": code for at, code in enumerate(chosen, start=1)}
    page = visitor.press("Save", **fields)
    assert ("says calls aloud" in page.text) == bool(kept)
    visitor.open("/manage/queues/CET236/rules")
    again = visitor.page.form_of("Save")[1]
    assert " ".join(filter(None, (again[name] for name in fields))) == kept


def test_an_unknown_language_is_refused(queue: Queue, rosa: Servicer, visitor: Visitor) -> None:
    visitor.sign_in(rosa).open("/manage/queues/CET236/rules")
    assert visitor.press("Save", spoken_1="xx").status == 422
