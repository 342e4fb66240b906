"""The board, the poster, and the QR codes on both."""

import re
from datetime import time
from xml.etree import ElementTree

import pytest
import segno
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling
from models.queueing.hours.opening_hours import set_hours
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.web.customer.test_queue_page import close, pause
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_desk, make_queue
from web.customer.screens.board_and_poster import drawn


def test_the_board_shows_numbers_and_desks_and_who_is_next(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    join(queue, ANA, name="Ana"), join(queue, BEN), join(queue, CAI)
    call_next(queue, rosa, desk=make_desk(queue, "Chair 1"))
    page = visitor.open("/q/CET236/board")
    assert "Now serving 1 Chair 1" in page.text
    assert "Next 2 3" in page.text
    assert page.status_line == "2 waiting"
    assert "Text CET236 to +1 555-010-0000" in page.text
    assert "Ana" not in page.html
    assert page.buttons == []


def test_the_board_of_a_paused_or_closed_queue_says_so(queue: Queue, visitor: Visitor) -> None:
    join(queue, ANA)
    pause(queue, "lunch")
    page = visitor.open("/q/CET236/board")
    assert "Paused: lunch" in page.text
    assert "will appear here" not in page.text, "nobody is called"
    close(queue)
    page = visitor.open("/q/CET236/board")
    assert "Closed" in page.text
    assert "Text CET236" not in page.text
    assert "min" not in page.text


def test_the_poster_says_what_to_text_where_and_carries_the_small_print(
    queue: Queue, visitor: Visitor
) -> None:
    page = visitor.open("/q/CET236/poster")
    assert "Text CET236 to +1 555-010-0000" in page.text
    for words in (
        "Barber Lopes",
        "Haircuts",
        "Msg & data rates may apply",
        "Message frequency varies",
        "STOP",
        "HELP",
        "127.0.0.1:8000/privacy",
    ):
        assert words in page.text
    codes = [image.attributes["src"] for image in page.root.all("img", **{"class": "qr"})]
    assert codes == ["/q/CET236/text.svg", "/q/CET236/page.svg"]
    files = [link.attributes["href"] for link in page.root.all("a") if "download" in link.attributes]
    assert files == [
        f"/q/CET236/{name}?download=1" for name in ("text.svg", "text.png", "page.svg", "page.png")
    ]


def squares(svg: str) -> str:
    """The dark squares of a code: the SVG path that draws them."""
    path = re.search(r'<path [^>]*stroke="#000"[^>]* d="([^"]+)"', svg)
    assert path is not None
    return path[1]


def test_the_codes_open_the_text_and_the_page(queue: Queue, visitor: Visitor) -> None:
    for name, content in (
        ("text", "sms:+15550100000?&body=CET236"),
        ("page", "http://127.0.0.1:8000/q/CET236"),
    ):
        answer = visitor.client.get(f"/q/CET236/{name}.svg")
        assert answer.mimetype == "image/svg+xml"
        ElementTree.fromstring(answer.text)
        meant = segno.make_qr(content, error="M")
        assert squares(answer.text) == squares(meant.svg_inline(border=4, scale=8, light="white"))


def test_small_letters_lead_to_the_right_address(queue: Queue, visitor: Visitor) -> None:
    assert visitor.open("/q/cet236/board").path == "/q/CET236/board"
    assert visitor.open("/q/cet236/poster").path == "/q/CET236/poster"
    for name in ("board", "poster", "text.svg", "page.svg"):
        assert visitor.client.get(f"/q/NOBODY/{name}").status_code == 404


def test_a_business_without_a_number_asks_nobody_to_text(business: Business, visitor: Visitor) -> None:
    from_nobody = make_queue(without_number(), "WALKIN")
    join(from_nobody, None)
    page = visitor.open("/q/WALKIN/poster")
    assert "Open 127.0.0.1:8000/q/WALKIN" in page.text
    assert "Text" not in page.text.split()
    assert visitor.client.get("/q/WALKIN/text.svg").status_code == 404
    assert "Take a number at 127.0.0.1:8000/q/WALKIN" in visitor.open("/q/WALKIN/board").text
    assert visitor.open("/q/WALKIN").buttons == ["Take a number"]


def without_number() -> Business:
    def work(session: Session) -> Business:
        made = Business(name="Bakery", timezone="Europe/Lisbon", created_at=NOON)
        session.add(made)
        session.flush()
        return made

    return transaction(work)


def test_the_board_shows_the_newest_call_first_and_tells_when_somebody_is_called_again(
    queue: Queue, rosa: Servicer, luis: Servicer, visitor: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa), call_next(queue, luis)

    def shown() -> list[tuple[str, int]]:
        rows = visitor.open("/q/CET236/board").root.all("ul")[0].all("li")
        return [(row.attributes["data-number"], int(row.attributes["data-call"])) for row in rows]

    (second, first) = shown()
    assert (second[0], first[0]) == ("2", "1")
    change(
        1, queue, lambda session, found: calling.call_again(session, found, by=By.servicer(rosa.id), now=NOON)
    )
    (again, before) = shown()
    assert (again[0], before) == ("1", second)
    assert again[1] > second[1]


def test_the_board_of_a_closed_queue_says_when_it_opens(queue: Queue, visitor: Visitor) -> None:
    def open_at_nine(session: Session) -> None:
        hours = (time(9), time(17))
        set_hours(session, Queue.lock(session, queue.id), range(7), hours, now=NOON)

    transaction(open_at_nine)
    close(queue)
    assert "Closed It opens tomorrow at 09:00." in visitor.open("/q/CET236/board").text


def test_the_board_speaks_the_shops_language_whatever_the_browser(queue: Queue, visitor: Visitor) -> None:
    page = visitor.client.get("/q/CET236/board", headers={"Accept-Language": "es"})
    assert 'lang="en"' in page.text


def test_the_codes_can_be_taken_home_as_files(queue: Queue, visitor: Visitor) -> None:
    for name, kind, begins in (
        ("text", "png", b"\x89PNG"),
        ("page", "png", b"\x89PNG"),
        ("text", "svg", b"<"),
    ):
        answer = visitor.client.get(f"/q/cet236/{name}.{kind}?download")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="CET236-{name}.{kind}"'
        assert answer.data.startswith(begins)
    assert "Content-Disposition" not in visitor.client.get("/q/CET236/text.png").headers


def test_a_code_is_drawn_once_however_often_it_is_asked_for(
    queue: Queue, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn.cache_clear()
    made = []

    def draw(*given: str, **more: str) -> segno.QRCode:
        made.append(given)
        return make_qr(*given, **more)

    make_qr = segno.make_qr
    monkeypatch.setattr("web.customer.screens.board_and_poster.segno.make_qr", draw)
    pictures = {visitor.client.get("/q/CET236/text.png").data for _ in range(20)}
    assert len(pictures) == len(made) == 1
