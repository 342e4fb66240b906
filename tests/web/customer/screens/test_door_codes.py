"""Only who is there may join: the page asks for the code that the board shows to those who are there."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from models.people.business import Business
from models.people.servicers import Role, Servicer
from models.queueing.door_codes import SLOT, board_key, make_new_codes, shown_code
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.storage.rate_limits import Limit
from tests.web.customer.screens.test_board_and_poster import without_number
from tests.web.customer.test_queue_page import close
from tests.web.visitor import Visitor
from tests.world import NOON, join, line, make_business, make_queue, make_servicer, ticket
from web.customer import joining
from web.customer.screens.board_and_poster import drawn

WRONG = "BBBB"


@pytest.fixture
def door(db: Database, business: Business) -> Queue:
    return make_queue(business, door_code=True)


def code(queue: Queue) -> str:
    shown = shown_code(queue, datetime.now(UTC))
    assert shown is not None
    return shown.code


def set_asks(queue: Queue, asks: bool) -> None:
    transaction(lambda session: setattr(session.get_one(Queue, queue.id), "door_code", asks))


def test_the_page_asks_for_the_code_and_takes_no_number_without(door: Queue, visitor: Visitor) -> None:
    assert "Four letters, on the screen at the counter." in visitor.open("/q/CET236").text
    page = visitor.press("Take a number", name="Ana")
    assert "Enter the code." in page.text
    page = visitor.press("Take a number", name="Ana", code=WRONG)
    assert "That code is wrong or too old." in page.text
    assert line(door) == []
    visitor.press("Take a number", name="Ana", code=f" {code(door).lower()} ")
    assert ticket(door, 1).name == "Ana"


def test_with_the_code_in_the_link_nothing_is_typed(door: Queue, visitor: Visitor) -> None:
    good = code(door)
    page = visitor.open(f"/q/CET236?code={good}")
    assert "Four letters" not in page.text
    assert f"Text CET236 {good} to" in page.text
    assert f"body=CET236%20{good}" in page.html
    visitor.press("Take a number")
    assert line(door) == [1]


def test_an_old_link_asks_for_the_code_of_now(door: Queue, visitor: Visitor) -> None:
    old = code(door)
    with time_machine.travel(NOON + 2 * SLOT, tick=False):
        visitor.open(f"/q/CET236?code={old}")
        page = visitor.press("Take a number")
        assert "That code is wrong or too old." in page.text
        assert "Four letters" in page.text
        assert line(door) == []
        visitor.press("Take a number", code=code(door))
        assert line(door) == [1]


def test_the_page_tells_no_good_code_from_a_wrong_one(door: Queue, visitor: Visitor) -> None:
    """A machine that looks at it with every code learns nothing; joining is counted."""

    def shown(given: str) -> str:
        page = visitor.open(f"/q/CET236?code={given}")
        return page.text.replace(given, "")

    assert shown(code(door)) == shown(WRONG)


def test_whoever_has_a_number_is_led_back_to_it_without_a_code(door: Queue, visitor: Visitor) -> None:
    visitor.open(f"/q/CET236?code={code(door)}")
    visitor.press("Take a number")
    assert "Four letters" not in visitor.open("/q/CET236").text
    visitor.press("Take a number")
    assert line(door) == [1]


def test_another_number_needs_the_code_too(door: Queue, visitor: Visitor) -> None:
    visitor.open(f"/q/CET236?code={code(door)}")
    taken = visitor.press("Take a number").path
    page = visitor.press("Leave the queue")
    assert "Take another number" in page.text
    assert "Take another number" not in page.buttons
    set_asks(door, False)
    visitor.open(taken)
    set_asks(door, True)
    page = visitor.press("Take another number")
    assert "you need the code shown there" in page.notices[0]
    assert line(door) == []


def test_so_many_wrong_codes_come_from_one_connection(
    monkeypatch: pytest.MonkeyPatch, app: Flask, door: Queue
) -> None:
    monkeypatch.setattr(joining, "GUESSES_OF_ADDRESS", Limit("door codes", 3, timedelta(hours=1)))
    guesser, other = Visitor(app), Visitor(app)
    other.client.environ_base["REMOTE_ADDR"] = "203.0.113.8"
    for _ in range(3):
        guesser.open("/q/CET236")
        guesser.press("Take a number", code=WRONG)
    guesser.open("/q/CET236")
    page = guesser.press("Take a number", code=code(door))
    assert "Too many wrong codes came from your connection." in page.notices[0]
    assert line(door) == []
    other.open("/q/CET236")
    other.press("Take a number", code=code(door))
    assert line(door) == [1]


def scanned(queue: Queue) -> str:
    """The address in the picture of a board that shows the code."""
    shown = shown_code(queue, datetime.now(UTC))
    assert shown is not None
    return f"/q/CET236?code={shown.code}&proof={shown.proof}"


def test_the_picture_on_a_board_has_the_proof_of_its_code(db: Database, visitor: Visitor) -> None:
    door = make_queue(without_number(), door_code=True)
    page = visitor.open(f"/q/CET236/board?key={board_key(door)}")
    (picture,) = re.findall(r'src="(/q/CET236/page\.svg[^"]+)"', page.html)
    assert picture == f"/q/CET236/page.svg?{scanned(door).partition('&')[2]}"
    assert f"/q/CET236?code={code(door)}" in visitor.client.get(picture).text


def test_whoever_scans_gets_in_however_many_wrong_codes_came_from_their_connection(
    monkeypatch: pytest.MonkeyPatch, app: Flask, door: Queue, visitor: Visitor
) -> None:
    monkeypatch.setattr(joining, "GUESSES_OF_ADDRESS", Limit("door codes", 1, timedelta(hours=1)))
    for _ in range(2):
        visitor.open("/q/CET236")
        visitor.press("Take a number", code=WRONG)
    address = scanned(door)
    for _ in range(2):
        there = Visitor(app)
        there.open(address)
        there.press("Take a number")
    assert line(door) == [1, 2]


def test_whoever_scans_gets_in_however_many_numbers_were_asked_for_on_their_connection(
    monkeypatch: pytest.MonkeyPatch, app: Flask, door: Queue, visitor: Visitor
) -> None:
    monkeypatch.setattr(joining, "WEB_JOINS", Limit("web joins", 2, timedelta(minutes=10)))
    monkeypatch.setattr(joining, "SCANNED_JOINS", Limit("scanned joins", 2, timedelta(minutes=10)))
    for _ in range(3):  # a machine on the same Wi-Fi, which sees no screen
        visitor.open("/q/CET236")
        visitor.press("Take a number")
    assert "from your connection. Scan the code on the screen, text the keyword" in visitor.page.text
    for _ in range(3):
        there = Visitor(app)
        there.open(scanned(door))
        there.press("Take a number")
    assert line(door) == [1, 2], "of those who scan there are only so many, too"
    assert "from your connection. Text the keyword, ask at the counter" in there.page.text


def test_what_was_scanned_proves_nothing_late_elsewhere_or_after_a_new_code(
    app: Flask, door: Queue, business: Business, visitor: Visitor
) -> None:
    other = make_queue(business, keyword="SHAVE", door_code=True)
    address = scanned(door).replace(f"code={code(door)}", f"code={WRONG}")
    with time_machine.travel(NOON + 2 * SLOT, tick=False):
        visitor.open(address)
        assert "wrong or too old" in visitor.press("Take a number").text
    visitor.open(address.replace("CET236", "SHAVE"))
    assert "wrong or too old" in visitor.press("Take a number").text
    transaction(lambda session: make_new_codes(session.get_one(Queue, door.id)))
    visitor.open(address)
    assert "wrong or too old" in visitor.press("Take a number").text
    assert line(door) == line(other) == []


def test_the_public_board_says_where_the_code_is_and_never_shows_it(door: Queue, visitor: Visitor) -> None:
    page = visitor.open("/q/CET236/board")
    assert "The code is on the screen at the counter." in page.text
    assert code(door) not in page.html
    stranger = make_servicer(make_business(name="Xylo", number="+15550109999"), "Zoe")
    for path in ("/q/CET236/board?key=", "/q/CET236/board?key=caf%C3%A9", "/q/CET236/board"):
        assert code(door) not in visitor.open(path).html
    visitor.sign_in(stranger)
    assert code(door) not in visitor.open("/q/CET236/board").html


def test_the_board_shows_it_to_its_own_staff_and_by_the_link_with_the_key(
    door: Queue, rosa: Servicer, app: Flask
) -> None:
    staff, screen = Visitor(app).sign_in(rosa), Visitor(app)
    for page in (
        staff.open("/q/CET236/board"),
        screen.open(f"/q/CET236/board?key={board_key(door)}"),
        screen.open(f"/q/cet236/board?key={board_key(door)}"),
    ):
        good = code(door)
        assert f"Text CET236 {good} to" in page.text
        assert f"/q/CET236/text.svg?{scanned(door).partition('&')[2]}" in page.html
        assert re.search(r'data-code-seconds="(59\d|600)"', page.html)


def test_the_key_of_one_board_opens_no_other(door: Queue, business: Business, visitor: Visitor) -> None:
    other = make_queue(business, keyword="SHAVE", door_code=True)
    assert code(other) not in visitor.open(f"/q/SHAVE/board?key={board_key(door)}").html


def test_a_new_code_ends_the_old_ones_and_the_old_address_of_the_board(
    door: Queue, app: Flask, visitor: Visitor, business: Business
) -> None:
    boss = Visitor(app).sign_in(make_servicer(business, "Boss", role=Role.MANAGER))
    old, old_key = code(door), board_key(door)
    boss.open("/manage/queues/CET236")
    page = boss.press("New code")
    assert "There's a new code now." in page.notices[0]
    (board,) = [a for a in page.root.all("a") if "Board that shows the code" in a.text]
    assert old_key not in board.attributes["href"]
    with reading() as session:
        new = code(session.get_one(Queue, door.id))
    assert old != new
    assert old not in visitor.open(f"/q/CET236/board?key={old_key}").text
    assert new not in visitor.page.text
    assert new in visitor.open(board.attributes["href"]).text
    visitor.open("/q/CET236")
    assert "That code is wrong or too old." in visitor.press("Take a number", code=old).text
    visitor.press("Take a number", code=new)
    assert line(door) == [1]


def test_the_codes_to_scan_carry_it(door: Queue, visitor: Visitor) -> None:
    good, proof = code(door), scanned(door).partition("&")[2]
    assert f"CET236 {good}" in visitor.client.get(f"/q/CET236/text.svg?{proof}").text
    assert f"/q/CET236?code={good}" in visitor.client.get(f"/q/CET236/page.svg?{proof}").text
    visitor.open(scanned(door))
    assert f"text.svg?{proof}" in visitor.page.html


@pytest.mark.parametrize("kind", ["page.svg", "text.svg", "page.png"])
def test_a_picture_is_drawn_once_whatever_code_or_proof_is_made_up(
    door: Queue, visitor: Visitor, kind: str
) -> None:
    """Drawing one costs as much as twenty plain answers; and none tells whether a code is good."""
    drawn.cache_clear()
    made_up = ("code=BCDF", f"code={code(door)}", "proof=" + "0" * 20, "proof=<script>", "proof=%C3%A9")
    shown = {visitor.client.get(f"/q/CET236/{kind}?{each}").data for each in ("", *made_up)}
    assert (len(shown), drawn.cache_info().misses) == (1, 1)


def test_neither_poster_nor_figures_nor_the_frame_carry_it(door: Queue, rosa: Servicer, app: Flask) -> None:
    staff = Visitor(app).sign_in(rosa)
    poster = staff.open("/q/CET236/poster")
    assert "with the code shown on the screen at the counter" in poster.text
    ends = (".json", "/badge.svg", "/embed", "/poster")
    others = [staff.client.get(f"/q/CET236{end}").text for end in ends]
    assert all(code(door) not in each for each in others)


def test_the_counter_sees_it_while_somebody_can_join(door: Queue, rosa: Servicer, app: Flask) -> None:
    staff = Visitor(app).sign_in(rosa)
    assert f"Code for joining: {code(door)}" in staff.open("/control/CET236").text
    close(door)
    assert "Code for joining" not in staff.open("/control/CET236").text


def test_a_queue_that_asks_for_none_shows_and_asks_for_none(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    assert 'name="code"' not in visitor.open("/q/CET236?code=BCDF").html
    assert 'name="proof"' not in visitor.open(f"/q/CET236?code=BCDF&proof={'0' * 20}").html
    visitor.sign_in(rosa)
    assert "data-code" not in visitor.open("/q/CET236/board").html
    assert "Code for joining" not in visitor.open("/control/CET236").text
    assert join(queue).number == 1
