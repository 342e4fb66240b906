"""A page has one style sheet, which holds all that it builds on."""

import re

import pytest

from models.queueing.tables.queues import Queue
from tests.one_database import in_turn
from tests.web.visitor import Visitor
from web.http.static.style_sheets import FOLDER, style_sheets

SHEETS = {path.relative_to(FOLDER).as_posix(): css.decode() for path, css in style_sheets().items()}
LINK = re.compile(r'<link rel="stylesheet" href="([^"]+)">')


def test_what_a_sheet_imports_stands_in_it_before_its_own_rules() -> None:
    of_each = (".btn{--bs-btn-padding-x", ".masthead{", ".expected,", ".ticket-page .page{")
    places = [SHEETS["customer/ticket.css"].find(rule) for rule in of_each]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_left_to_fetch_and_nothing_is_said_to_readers_of_the_file(name: str) -> None:
    assert "@import" not in SHEETS[name]
    assert "/*" not in SHEETS[name]
    assert re.findall(r"url\((?!\"data:)[^)]*\)", SHEETS[name]) == []


def test_words_in_quotes_and_sums_keep_their_spaces() -> None:
    assert '"Segoe UI",Roboto' in SHEETS["style.css"]
    assert "clamp(1.5rem,1.2rem + 1.4vw,2.125rem)" in SHEETS["style.css"]


@in_turn
@pytest.mark.parametrize(
    "path", ["/", "/q/CET236", "/q/CET236/board", "/control/CET236", "/manage/statistics"]
)
def test_a_page_links_one_sheet_that_is_there(queue: Queue, rosas: Visitor, path: str) -> None:
    (address,) = LINK.findall(rosas.open(path).html)
    answer = rosas.client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
