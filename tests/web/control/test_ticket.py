"""The page of one ticket: its status, its history, and only the buttons that apply."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import moving
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.web.control.tickets import open_ticket, presses
from tests.web.visitor import Page, Visitor
from tests.world import ANA, BEN, CAI, NOON, change, join, make_queue, ticket


def story(page: Page) -> list[str]:
    """The lines of its history without their times."""
    (lines,) = page.root.all("ol", **{"aria-labelledby": "story-title"})
    return [item.all("span")[0].text for item in lines.all("li")]


def test_each_row_of_the_line_leads_to_its_ticket(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN, name="Ben", party=3)
    page = rosas.open("/control/CET236")
    links = [a for a in page.root.all("a") if "/ticket/" in a.attributes["href"]]
    assert [link.text for link in links] == ["1 No name", "2 Ben party of 3"]
    page = rosas.open(links[1].attributes["href"])
    assert page.headings[0] == "2 Ben party of 3"
    assert "Waiting, 1 ahead" in page.text
    assert presses(page) == ["Call this one", "Move to front", "Remove"]


def test_who_waits_can_be_removed_there_and_brought_back(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    rosas.press("Call next")
    open_ticket(rosas, queue, 2)
    page = rosas.press("Remove")
    assert page.notices == ["2 was removed from the line."]
    assert (page.now_serving, page.status_line) == ("1", "0 waiting")
    page = rosas.press("Undo")
    assert (page.now_serving, page.status_line) == ("1", "1 waiting")


def test_an_old_page_removes_nobody_who_was_called_since(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA)
    old = open_ticket(rosas, queue, 1)
    luiss.press("Call next")
    page = rosas.press("Remove", old)
    assert page.notices == ["Nothing was changed: 1 has changed in the meantime. You're not serving anyone."]
    assert luiss.open("/control/CET236").now_serving == "1"


def test_whom_one_serves_has_no_second_remove(queue: Queue, rosas: Visitor) -> None:
    """Frequent actions are on the queue's page only, so that each name is one button; Coming is here too, as
    what they have written is."""
    join(queue, ANA)
    rosas.press("Call next")
    page = open_ticket(rosas, queue, 1)
    assert "Called by Rosa" in page.text
    assert presses(page) == ["Coming", "Hold"]
    page = rosas.open("/control/CET236")
    assert len(page.buttons) == len(set(page.buttons))


def test_whom_a_colleague_serves_can_be_taken_over_and_nothing_else(
    business: Business, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    make_queue(business, "SHAVES")
    join(queue, ANA)
    rosas.press("Call next")
    page = open_ticket(luiss, queue, 1)
    assert ("Called by Rosa" in page.text, presses(page)) == (True, ["Take over"])


def test_a_manager_ends_anything_of_anybody(
    business: Business, queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    make_queue(business, "SHAVES")
    join(queue, ANA)
    luiss.press("Call next")
    called = ["Take over", "Coming", "Hold", "Done", "No-show", "Put back", "Remove", "Transfer"]
    assert presses(open_ticket(rosas, queue, 1)) == called
    luiss.press("Start")
    assert presses(open_ticket(rosas, queue, 1)) == [
        button for button in called if button not in ("Coming", "Hold", "No-show")
    ]


def test_the_story_tells_what_happened_by_whom_and_which_texts_left(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    change(
        2, queue, lambda s, t: moving.let_others_go_first(s, t, 1, by=By.customer(), now=datetime.now(UTC))
    )
    rosas.press("Call next"), rosas.press("Undo")
    luiss.open("/control/CET236")
    luiss.press("Call next"), luiss.press("Start")

    def deliver(session) -> None:  # type: ignore[no-untyped-def]
        for text in session.query(OutboundMessage).filter_by(state=TextState.WAITING):
            text.state, text.read_at = TextState.DELIVERED, text.created_at

    transaction(deliver)
    assert story(open_ticket(rosas, queue, 1)) == [
        "Took a number by text, told 1–5 min (2 expected)",
        "Called by Rosa",
        "Text “your turn”: not sent, out of date",
        "Undone by Rosa: called",
        "Called by Luis",
        "Text “your turn”: read",
        "Started by Luis",
    ]
    assert story(open_ticket(rosas, queue, 2))[1] == "Let others go first, 2 ahead"


def test_no_phone_is_on_it(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert ANA[2:] not in open_ticket(rosas, queue, 1).html


def test_only_the_queues_own_tickets_are_found(
    app: Flask, business: Business, queue: Queue, rosas: Visitor
) -> None:
    shaves = make_queue(business, "SHAVES")
    join(shaves, ANA)
    of_shaves = ticket(shaves, 1).id
    assert rosas.open(f"/control/SHAVES/ticket/{of_shaves}").status == 200
    for ticket_id in (of_shaves, 999, 2**31, 10**30):
        assert rosas.open(f"/control/CET236/ticket/{ticket_id}").status == 404


def test_a_press_that_names_a_ticket_of_another_queue_changes_nothing(
    business: Business, queue: Queue, rosas: Visitor
) -> None:
    shaves = make_queue(business, "SHAVES")
    join(queue, ANA), join(shaves, BEN)
    open_ticket(rosas, queue, 1)
    page = rosas.press("Remove", ticket=str(ticket(shaves, 1).id))
    assert page.notices[0].startswith("Nothing was changed: that number isn't in this queue.")
    assert page.status_line == "1 waiting"


def test_the_story_of_a_past_day_says_which_day_it_was(
    queue: Queue, rosa: Servicer, at_counter: Callable[[Servicer], Visitor]
) -> None:
    join(queue, ANA, NOON - timedelta(days=3))
    assert "Saturday, March 7, 2026" in open_ticket(at_counter(rosa), queue, 1).text
