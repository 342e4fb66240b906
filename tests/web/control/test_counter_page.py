"""How the servicer's page is laid out for a full line: in short, and each sheet a page without JavaScript."""

from datetime import UTC, datetime

from models.queueing.tables.queues import Queue
from tests.bot.transcript import text_in
from tests.web.visitor import Element, Page, Visitor
from tests.world import join, phone, ticket
from web.control.line import SHOWN_IN_SHORT

CROWD = 14


def crowd(queue: Queue, count: int = CROWD) -> None:
    for index in range(count):
        join(queue, phone(index), datetime.now(UTC), name=f"Guest {index + 1}")


def link(page: Page, words: str) -> Element | None:
    return next((a for a in page.root.all("a") if a.text == words), None)


def classes_of_line(page: Page) -> list[str]:
    (line,) = page.root.all("ol", **{"aria-labelledby": "waiting-title"})
    return line.attributes["class"].split()


def given(page: Page) -> str:
    return " ".join(one.text for one in page.root.all("div", **{"class": "given"}))


def test_a_long_line_is_shown_in_short_until_all_is_asked_for(queue: Queue, rosas: Visitor) -> None:
    crowd(queue)
    page = rosas.open("/control/CET236")
    assert "line-short" in classes_of_line(page)
    assert len(page.waiting) == SHOWN_IN_SHORT
    everybody = link(page, f"Show all {CROWD}")
    assert everybody is not None
    page = rosas.open(everybody.attributes["href"])
    assert "line-short" not in classes_of_line(page)
    assert len(page.waiting) == CROWD
    assert link(page, "Show fewer") is not None


def test_who_said_something_is_in_a_short_line_too(queue: Queue, rosas: Visitor) -> None:
    crowd(queue)
    text_in("Is there parking?", phone(CROWD - 1), datetime.now(UTC))
    page = rosas.open("/control/CET236")
    assert len(page.waiting) == SHOWN_IN_SHORT + 1
    assert "Is there parking?" in page.waiting[-1]


def test_a_search_in_the_line_has_all_its_rows(queue: Queue, rosas: Visitor) -> None:
    crowd(queue)
    page = rosas.open("/control/CET236?search=1")
    assert len(page.waiting) == CROWD
    assert "line-short" in classes_of_line(page)


def test_a_line_that_fits_offers_no_more(queue: Queue, rosas: Visitor) -> None:
    crowd(queue, 6)
    assert "Show all" not in rosas.open("/control/CET236").html


def test_a_row_is_named_by_number_and_person(queue: Queue, rosas: Visitor) -> None:
    crowd(queue, 1)
    page = rosas.open("/control/CET236")
    assert [row.text for row in page.root.all("a", **{"class": "line-open"})] == ["1 Guest 1"]


def test_every_sheet_is_a_place_or_a_page_of_its_own(queue: Queue, rosas: Visitor) -> None:
    crowd(queue, 2)
    page = rosas.open("/control/CET236")
    leads = [a.attributes["href"] for a in page.root.all("a") if "data-sheet" in a.attributes]
    assert {"#walk-in", "#you", "#queue", "/control/CET236/message"} <= set(leads)
    for place in (lead for lead in leads if lead.startswith("#")):
        assert page.root.all("section", id=place[1:]), place
    for address in (lead for lead in leads if lead.startswith("/")):
        sheet = rosas.open(address)
        assert sheet.status == 200
        assert "data-sheet-page" in sheet.html


def test_the_number_of_a_walk_in_is_shown_until_it_is_dismissed(queue: Queue, rosas: Visitor) -> None:
    crowd(queue, 2)
    rosas.open("/control/CET236")
    page = rosas.press("Add walk-in", name="Dona Rute")
    assert given(page) == "3 2 ahead Got it"
    page = rosas.open(page.path)
    assert given(page) == "3 2 ahead Got it", "after reloading too"
    dismiss = link(page, "Got it")
    assert dismiss is not None
    assert "given-number" not in rosas.open(dismiss.attributes["href"]).html


def test_a_number_that_was_taken_back_is_not_shown(queue: Queue, rosas: Visitor) -> None:
    page = rosas.press("Add walk-in", name="Dona Rute")
    shown = page.path
    rosas.press("Undo")
    assert "given-number" not in rosas.open(shown).html


def test_a_press_whose_answer_was_lost_shows_the_number_that_it_gave(queue: Queue, rosas: Visitor) -> None:
    before = rosas.page
    rosas.press("Add walk-in", name="Dona Rute")
    page = rosas.press("Add walk-in", before, name="Dona Rute")
    assert given(page).startswith("1 next")


def test_another_queues_number_is_not_shown(business: object, queue: Queue, rosas: Visitor) -> None:
    given = rosas.press("Add walk-in", name="Dona Rute").path.partition("given=")[2]
    assert ticket(queue, 1).name == "Dona Rute"
    for press_id in (given[::-1], "x", "", "0" * 32):
        assert "given-number" not in rosas.open(f"/control/CET236?given={press_id}").html
