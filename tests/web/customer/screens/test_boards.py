"""Boards of several queues: all calls, newest first, each with its letter or name, and each queue's line."""

import json
from datetime import time

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.door_codes import board_key_of, make_new_codes, shown_code
from models.queueing.hours.opening_hours import set_hours
from models.queueing.tables.boards import Board, add_board, set_messages, set_queues
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.bot.transcript import text_in
from tests.one_database import on_sqlite
from tests.web.control.tickets import open_ticket
from tests.web.customer.screens.test_board_speaks import caption
from tests.web.customer.test_queue_page import close, pause
from tests.web.visitor import Element, Page, Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, join, make_desk, make_queue
from web.customer.screens.boards import in_turn


@pytest.fixture
def cuts(business: Business) -> Queue:
    return make_queue(business, "CUTS", name="Haircuts", prefix="A")


@pytest.fixture
def beards(business: Business) -> Queue:
    return make_queue(business, "BEARDS", name="Beards", prefix="B")


def make_board(
    business: Business, *queues: tuple[Queue, str], languages: str = "", **messages: list[str]
) -> Board:
    def work(session: Session) -> Board:
        board = add_board(session, business.id, "Waiting room", now=NOON)
        board.spoken_languages = languages
        set_queues(session, board, queues)
        set_messages(session, board, messages)
        return board

    return transaction(work)


def parts(page: Page, kind: str, tag: str = "section") -> list[Element]:
    return page.root.all(tag, **{"class": kind})


def test_the_calls_of_all_queues_stand_newest_first_each_in_its_queues_colour_and_with_its_letter(
    business: Business, cuts: Queue, beards: Queue, rosa: Servicer, luis: Servicer, visitor: Visitor
) -> None:
    board = make_board(business, (beards, "blue"), (cuts, "pink"), languages="en es")
    join(cuts, ANA, name="Ana"), join(beards, BEN), join(beards, CAI)
    call_next(cuts, rosa, desk=make_desk(cuts, "Chair 1"))
    page = visitor.open(f"/b/{board.token}")
    assert "Now serving A1 Chair 1" in page.text
    call_next(beards, luis)
    page = visitor.open(f"/b/{board.token.lower()}")
    shown = [
        (row.attributes["data-label"], row.attributes["class"]) for row in page.root.all("ul")[0].all("li")
    ]
    assert shown == [("B1", "colour-blue"), ("A1", "colour-pink")]
    assert caption(page) == [("en", "Number B1"), ("es", "Número B1")]
    assert next(one.text for one in parts(page, "board-queue")).startswith("B Beards Next B2 1 waiting")
    assert "Ana" not in page.html
    assert json.loads(page.root.all("div", **{"data-at-once": ""})[0].attributes["data-changes"]).keys() == {
        "BEARDS",
        "CUTS",
    }


@on_sqlite
def test_a_queue_without_a_letter_has_its_name_with_each_number_and_in_what_is_said(
    business: Business, queue: Queue, beards: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    board = make_board(business, (queue, "green"), (beards, "blue"), languages="en")
    join(queue, ANA), call_next(queue, rosa)
    page = visitor.open(f"/b/{board.token}")
    assert "Now serving 1 Haircuts" in page.text
    assert caption(page) == [("en", "Haircuts: Number 1")]


@on_sqlite
def test_each_queue_says_how_it_stands(
    business: Business, cuts: Queue, beards: Queue, visitor: Visitor
) -> None:
    board = make_board(business, (cuts, "yellow"), (beards, "blue"))
    transaction(
        lambda session: set_hours(
            session, Queue.lock(session, beards.id), range(7), (time(9), time(17)), now=NOON
        )
    )
    pause(cuts, "lunch"), close(beards)
    one, other = (part.text for part in parts(visitor.open(f"/b/{board.token}"), "board-queue"))
    assert "Paused: lunch" in one
    assert "Text CUTS to +1 555-010-0000" in one
    assert "Closed" in other
    assert "Text" not in other
    close(cuts)
    assert "Closed Please come back when we're open." in visitor.open(f"/b/{board.token}").text


def test_door_codes_are_shown_to_its_own_staff_and_with_the_key_until_there_are_new_codes(
    app: Flask, business: Business, beards: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    asking = make_queue(business, "CUTS", name="Haircuts", prefix="A", door_code=True)
    board = make_board(business, (asking, "yellow"), (beards, "blue"))
    key = board_key_of(board.id, [asking, beards])
    code = shown_code(asking, NOON)
    assert key is not None
    assert code is not None
    here = f"/b/{board.token}"

    def shows_code(who: Visitor, address: str) -> bool:
        return "data-code-seconds" in who.open(address).html

    assert not shows_code(visitor, here)
    assert "The code is on the screen at the counter." in visitor.page.text
    assert not shows_code(visitor, f"{here}?key={'0' * len(key)}")
    assert shows_code(visitor, f"{here}?key={key}")
    pictures = [image.attributes["src"] for image in visitor.page.root.all("img", **{"class": "qr"})]
    assert [("proof=" in picture) for picture in pictures] == [True, False]
    assert shows_code(Visitor(app).sign_in(rosa), here)
    transaction(lambda session: make_new_codes(Queue.lock(session, asking.id)))
    assert not shows_code(visitor, f"{here}?key={key}")


@on_sqlite
def test_messages_are_shown_one_at_a_time_in_their_language_and_what_looks_like_markup_is_text(
    business: Business, cuts: Queue, visitor: Visitor
) -> None:
    board = make_board(
        business, (cuts, "teal"), en=["Wet floor & <b>care</b>"], es=["Suelo mojado", "Gracias"]
    )
    said = parts(visitor.open(f"/b/{board.token}"), "board-messages")[0].all("p")
    assert [(one.attributes["lang"], one.text) for one in said] == [
        ("en", "Wet floor & <b>care</b>"),
        ("es", "Suelo mojado"),
        ("es", "Gracias"),
    ]
    assert sum("hidden" in one.attributes for one in said) == 2


def test_messages_take_turns_by_language() -> None:
    messages = {"de": ["eins"], "en": ["one", "two"], "es": []}
    assert in_turn(messages, "en") == [("en", "one"), ("de", "eins"), ("en", "two")]
    assert in_turn({}, "en") == []


@on_sqlite
def test_an_unknown_board_is_none_and_one_without_queues_says_so(
    business: Business, visitor: Visitor
) -> None:
    assert visitor.client.get("/b/XXXXXXXX").status_code == 404
    assert visitor.client.get("/events/board/XXXXXXXX").status_code == 404
    board = make_board(business)
    assert "This board has no queues yet." in visitor.open(f"/b/{board.token}").text
    assert visitor.client.get(f"/events/board/{board.token}").status_code == 404


@on_sqlite
def test_everybody_reads_the_letter_on_their_page_in_texts_and_at_the_counter(
    cuts: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    ana = join(cuts, ANA)
    assert "You are number A1" in visitor.open(f"/t/{ana.token}").text
    call_next(cuts, rosa)
    assert "Now serving A1" in visitor.open("/q/CUTS").text
    assert "Now serving A1" in visitor.open("/q/CUTS/board").text
    control = visitor.sign_in(rosa).open("/control/CUTS")
    assert control.now_serving == "A1"
    assert "You are number A2" in text_in("CUTS", BEN).text
    assert "number A2" in text_in("STATUS", BEN).text


@on_sqlite
def test_what_the_counter_says_of_a_number_has_its_letter_too(
    cuts: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    join(cuts, ANA), join(cuts, BEN), join(cuts, CAI)
    visitor.sign_in(rosa).open("/control/CUTS")
    assert "Called A1" in visitor.press("Call next").text
    assert "Done with A1, called A2" in visitor.press("Done").text
    old, new = open_ticket(visitor, cuts, 3), open_ticket(visitor, cuts, 3)
    assert "A3 was removed from the line." in visitor.press("Remove", new).text
    assert "Nothing was changed: A3" in visitor.press("Remove", old).text
