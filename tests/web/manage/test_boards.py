"""The manager's pages of boards of several queues."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.setup.queue_settings import archive
from models.queueing.tables.boards import MOST_BOARDS, MOST_MESSAGES, Board, add_board, messages_on, queues_on
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.one_database import on_sqlite
from tests.web.visitor import Visitor
from tests.world import NOON, make_business, make_queue, make_servicer
from web.manage.screens.board_form import BoardForm


@pytest.fixture
def board(business: Business) -> Board:
    return transaction(lambda session: add_board(session, business.id, "Waiting room", now=NOON))


def shown(board: Board) -> list[tuple[str, str]]:
    with reading() as session:
        return [(row.queue.keyword, row.colour) for row in queues_on(session, board)]


def said(board: Board) -> dict[str, list[str]]:
    with reading() as session:
        return messages_on(session, board)


def test_a_manager_adds_a_board_and_sets_its_queues_in_order(
    queue: Queue, business: Business, rosas: Visitor
) -> None:
    make_queue(business, "BEARDS", name="Beards", prefix="B")
    rosas.open("/manage/screens")
    page = rosas.press("Add", name="Waiting room")
    assert "Waiting room" in page.headings
    chosen = {"queues-0": "BEARDS", "colours-0": "pink", "queues-2": "CET236", "colours-2": "blue"}
    page = rosas.press("Save", spoken_1="de", **{"said-1": "Wet floor.\n\n Mind  the step. "}, **chosen)
    assert page.notices[0] == "Waiting room is saved."
    assert "have the same letter, or none" in page.notices[1]
    with reading() as session:
        (board,) = Board.of_business(session, business.id)
    assert shown(board) == [("BEARDS", "pink"), ("CET236", "blue")]
    assert said(board) == {"en": ["Wet floor.", "Mind the step."]}
    assert board.spoken_languages == "de"
    page = rosas.press("Save", **{"queues-0": "CET236", "queues-1": "BEARDS", "said-1": ""})
    assert shown(board) == [("CET236", "pink"), ("BEARDS", "blue")]
    assert said(board) == {}
    assert "Beards" in rosas.open("/manage/screens").text


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"said-1": "Visit www.example.com"}, "Leave web addresses"),
        ({"said-0": "Call +1 555 010 0000"}, "Leave web addresses"),
        ({"said-0": "<b>Sale</b>"}, "Leave web addresses"),
        ({"said-0": "a" * 141}, "is too long"),
        ({"said-0": "\n".join("abcdef")}, f"Use at most {MOST_MESSAGES} messages"),
        ({"queues-0": "CET236", "queues-1": "CET236"}, "on the board already"),
        ({"queues-0": "NOBODY"}, "Nothing was saved yet"),
        ({"colours-0": "black"}, "Nothing was saved yet"),
        ({"name": "www.example.com"}, "Nothing was saved yet"),
    ],
)
def test_what_does_not_belong_on_a_board_is_refused(
    fields: dict[str, str], problem: str, queue: Queue, board: Board, rosas: Visitor
) -> None:
    rosas.open(f"/manage/screens/{board.token}")
    page = rosas.press("Save", **fields)
    assert page.status == 422
    assert problem in page.text
    assert (shown(board), said(board)) == ([], {})


@on_sqlite
@pytest.mark.parametrize("odd", ["queues-100", "queues_1", "queues-1-1"])
def test_a_place_that_the_form_does_not_have_is_left_out(app: Flask, queue: Queue, odd: str) -> None:
    with app.test_request_context(method="POST", data={odd: "CET236", "name": "Waiting room"}):
        form = BoardForm([queue])
    assert form.name.data == "Waiting room"
    assert "CET236" not in [field.data for field in form.queues]


def test_a_board_is_its_own_businesss_and_shows_no_other_ones_queue(
    app: Flask, queue: Queue, board: Board, rosas: Visitor
) -> None:
    other = make_business(name="Bakery", number="+15550100099")
    make_queue(other, "BREAD")
    eva: Servicer = make_servicer(other, "Eva", email="eva@example.com", role=Role.MANAGER)
    theirs = transaction(lambda session: add_board(session, other.id, "Shop", now=NOON))
    rosas.open(f"/manage/screens/{board.token}")
    _action, fields = rosas.page.form_of("Save")
    assert rosas.press("Save", **{"queues-0": "BREAD"}).status == 422
    evas = Visitor(app).sign_in(eva)
    assert evas.open(f"/manage/screens/{board.token}").status == 404
    evas.open(f"/manage/screens/{theirs.token}")
    _, own = evas.page.form_of("Save")
    stolen = fields | {"csrf_token": own["csrf_token"], "name": "Mine now"}
    assert evas.client.post(f"/manage/screens/{board.token}", data=stolen).status_code == 404
    assert evas.client.post(f"/manage/screens/{board.token}/remove", data=own).status_code == 404
    assert board.token not in evas.open("/manage/screens").html
    assert board.token in rosas.open("/manage/screens").html


def test_an_archived_queue_is_on_no_board(queue: Queue, board: Board, rosa: Servicer, rosas: Visitor) -> None:
    rosas.open(f"/manage/screens/{board.token}")
    rosas.press("Save", **{"queues-0": "CET236"})
    assert shown(board) == [("CET236", "yellow")]

    def work(session: Session) -> None:
        archive(session, Queue.lock(session, queue.id), by=By.servicer(rosa.id), now=NOON)

    transaction(work)
    assert shown(board) == []


def test_a_board_is_removed_and_there_are_not_too_many(
    business: Business, board: Board, rosas: Visitor
) -> None:
    rosas.open(f"/manage/screens/{board.token}")
    page = rosas.press("Remove this board")
    assert page.notices == ["Waiting room is removed. Its address shows nothing any more."]
    assert rosas.client.get(f"/b/{board.token}").status_code == 404

    def fill(session: Session) -> None:
        for at in range(MOST_BOARDS):
            add_board(session, business.id, f"Board {at}", now=NOON)

    transaction(fill)
    rosas.open("/manage/screens")
    assert "at most 20 boards" in rosas.press("Add", name="One more").text
