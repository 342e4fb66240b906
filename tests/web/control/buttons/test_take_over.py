"""Take over: a colleague's customer becomes one's own, for whoever is left at the counter; and what a manager
may do about somebody else's customer without that."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, returning
from models.queueing.duties import on_duty
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Page, Visitor
from tests.world import (
    ANA,
    BEN,
    CAI,
    call_next,
    change,
    join,
    line,
    make_desk,
    make_queue,
    make_servicer,
    outbox,
    ticket,
)


@pytest.fixture
def left(queue: Queue, rosas: Visitor) -> None:
    """Rosa has called Ana, and gone home. Ben waits."""
    join(queue, ANA, name="Ana"), join(queue, BEN, name="Ben")
    rosas.press("Call next")


def colleagues(page: Page) -> list[str]:
    """The rows of the colleagues."""
    lines = page.root.all("ul", **{"aria-labelledby": "others-title"})
    return [row.text for each in lines for row in each.all("li")]


def test_who_is_left_at_the_counter_takes_over_and_finishes(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    luiss.open("/control/CET236")
    page = luiss.press("Take over")
    assert page.now_serving == "1"
    assert "Took over 1 from Rosa" in page.text
    assert "Take over" not in page.html
    assert rosas.open("/control/CET236").now_serving == "nobody"
    luiss.press("Start"), luiss.press("Done")
    assert ticket(queue, 1).state == TicketState.SERVED
    assert story(open_ticket(rosas, queue, 1))[-3:] == [
        "Luis took over from Rosa",
        "Started by Luis",
        "Done by Luis",
    ]


@pytest.mark.parametrize(
    "button", ["Call again", "No-show", "Put back", "Remove", "Start", "Done", "Transfer"]
)
def test_afterwards_every_button_works(
    business: Business, queue: Queue, left: None, luiss: Visitor, button: str
) -> None:
    make_queue(business, "SHAVES", name="Shaves")
    luiss.open("/control/CET236")
    luiss.press("Take over")
    before = ticket(queue, 1)
    if button == "Transfer":
        open_ticket(luiss, queue, 1)
    luiss.press(button)
    after = ticket(queue, 1)
    assert (after.state, after.remind_after) != (before.state, before.remind_after)


def test_it_is_taken_back_by_undo(queue: Queue, left: None, rosas: Visitor, luiss: Visitor) -> None:
    before = ticket(queue, 1).servicer_id
    luiss.open("/control/CET236")
    luiss.press("Take over")
    page = luiss.press("Undo")
    assert (page.now_serving, page.notices) == ("nobody", ["Undone: took over 1 from Rosa."])
    assert ticket(queue, 1).servicer_id == before
    assert rosas.open("/control/CET236").now_serving == "1"


def test_it_is_not_given_back_to_somebody_who_has_called_another(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    luiss.open("/control/CET236")
    luiss.press("Take over")
    rosas.open("/control/CET236")
    rosas.press("Call next")
    old = luiss.page
    page = luiss.open("/control/CET236")
    assert "Undo" not in page.buttons
    assert "You can't undo this any more: 1 has changed in the meantime." in page.text
    page = luiss.press("Undo", old)
    assert page.notices[0].startswith("Nothing was changed: something else has happened since.")
    assert page.now_serving == "1"


def test_who_comes_back_finds_that_their_old_page_does_nothing(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    old = rosas.page
    luiss.open("/control/CET236")
    luiss.press("Take over")
    page = rosas.press("Done", old)
    assert page.notices[0].startswith("Nothing was changed")
    assert ticket(queue, 1).state == TicketState.CALLED
    assert "Undo" not in page.buttons
    assert "Called 1. You can't undo this any more: 1 has changed in the meantime." in page.text
    assert rosas.press("Undo", old).notices[0].startswith("Nothing was changed")


def test_of_two_who_take_over_at_once_one_gets_them(
    business: Business, queue: Queue, left: None, luiss: Visitor, at_counter: Callable[[Servicer], Visitor]
) -> None:
    mias = at_counter(make_servicer(business, "Mia"))
    old = luiss.open("/control/CET236")
    mias.press("Take over")
    page = luiss.press("Take over", old)
    assert page.notices[0].startswith("Nothing was changed: a colleague has 1 now.")
    assert mias.open("/control/CET236").now_serving == "1"


def test_whoever_serves_somebody_takes_nobody_over(queue: Queue, left: None, luiss: Visitor) -> None:
    old = luiss.open("/control/CET236")
    page = luiss.press("Call next")
    assert "Take over" not in page.html
    page = luiss.press("Take over", old)
    assert page.notices[0].startswith("Nothing was changed: finish with 2 first.")
    page = open_ticket(luiss, queue, 1)
    assert "Take over" not in page.buttons
    assert "You're serving 2. Finish first, then you can take over this customer." in page.text


def test_who_was_called_is_told_the_new_desk(queue: Queue, rosa: Servicer, luiss: Visitor) -> None:
    join(queue, ANA)
    call_next(queue, rosa, desk=make_desk(queue, "Chair 1"))
    desk = make_desk(queue, "Chair 2")
    luiss.open("/control/CET236")
    luiss.press("Choose desk", desk=str(desk.id)), luiss.press("Take over")
    assert outbox(queue, 1) == [(1, "your_turn", "expired"), (1, "your_turn", "waiting")]
    luiss.press("Undo")
    assert [state for _, _, state in outbox(queue, 1)] == ["expired", "expired", "waiting"]


def test_nobody_is_texted_where_the_desk_stays_the_same(queue: Queue, left: None, luiss: Visitor) -> None:
    before = outbox(queue)
    luiss.open("/control/CET236")
    luiss.press("Take over"), luiss.press("Undo")
    assert outbox(queue) == before


def alert(page: Page) -> str:
    """What stands in place of the customer."""
    (ticket,) = page.root.all("section", **{"aria-labelledby": "now-title"})
    return " ".join(each.text for each in ticket.all("p", role="alert"))


def test_the_open_page_of_who_had_them_says_who_took_over(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    luiss.open("/control/CET236")
    luiss.press("Take over")
    assert alert(rosas.open("/control/CET236")) == "Luis took over 1 from you."
    luiss.press("Start"), luiss.press("Done")
    assert alert(rosas.open("/control/CET236")) == "Luis took over 1 from you.", "until their next press"
    join(queue, CAI)
    assert alert(rosas.press("Call next")) == ""
    assert alert(rosas.press("Done")) == ""


def test_it_says_so_no_more_once_that_is_undone(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    luiss.open("/control/CET236")
    luiss.press("Take over"), luiss.press("Undo")
    page = rosas.open("/control/CET236")
    assert (page.now_serving, alert(page)) == ("1", "")


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("Done", "Rosa did it for you: done with 1."),
        ("No-show", "Rosa did it for you: marked 1 as a no-show."),
        ("Put back", "Rosa did it for you: put 1 back."),
        ("Remove", "Rosa did it for you: removed 1."),
        ("Transfer", "Rosa transferred 1 to another queue."),
    ],
)
def test_the_open_page_says_what_a_manager_did_with_them(
    business: Business, queue: Queue, rosas: Visitor, luiss: Visitor, button: str, words: str
) -> None:
    make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA), join(queue, BEN)
    luiss.press("Call next")
    open_ticket(rosas, queue, 1)
    rosas.press(button)
    page = luiss.open("/control/CET236")
    assert (page.now_serving, alert(page)) == ("nobody", words)
    assert alert(luiss.press("Call next")) == ""


def test_the_open_page_says_that_who_was_called_has_left(queue: Queue, left: None, rosas: Visitor) -> None:
    change(1, queue, lambda s, called: ending.leave(s, called, by=By.customer(), now=datetime.now(UTC)))
    page = rosas.open("/control/CET236")
    assert (page.now_serving, alert(page)) == ("nobody", "1 has left the line.")
    change(1, queue, lambda s, gone: returning.bring_back(s, gone, by=By.customer(), now=datetime.now(UTC)))
    assert alert(rosas.open("/control/CET236")) == "", "they are still coming"


def test_nothing_is_said_of_what_colleagues_do_with_their_own(
    queue: Queue, left: None, rosas: Visitor, luiss: Visitor
) -> None:
    rosas.press("Done"), rosas.press("Done")
    join(queue, CAI)
    luiss.press("Call next"), luiss.press("Start"), luiss.press("Put back")
    assert alert(rosas.open("/control/CET236")) == ""


@pytest.mark.parametrize(
    ("button", "state"),
    [
        ("Done", TicketState.SERVED),
        ("No-show", TicketState.NO_SHOW),
        ("Put back", TicketState.WAITING),
        ("Remove", TicketState.REMOVED),
    ],
)
def test_a_manager_ends_a_colleagues_customer_who_is_gone(
    queue: Queue, rosas: Visitor, luiss: Visitor, button: str, state: TicketState
) -> None:
    join(queue, ANA)
    luiss.press("Call next")
    open_ticket(rosas, queue, 1)
    page = rosas.press(button)
    assert ticket(queue, 1).state == state
    assert page.now_serving == "nobody", "Done of somebody else's customer calls nobody"
    assert [told for told in story(open_ticket(rosas, queue, 1)) if " by Rosa, for Luis" in told]
    rosas.open("/control/CET236")
    rosas.press("Undo")
    assert luiss.open("/control/CET236").now_serving == "1"


def test_who_tidies_up_for_a_colleague_is_not_on_duty_by_that(
    queue: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN)
    luiss.press("Call next")
    open_ticket(rosas, queue, 1)
    rosas.press("Done")
    with reading() as session:
        assert [duty.servicer.name for duty in on_duty(session, queue.id)] == ["Luis"]
    assert line(queue) == [2]


def test_a_servicer_ends_no_colleagues_customer(queue: Queue, left: None, luiss: Visitor) -> None:
    open_ticket(luiss, queue, 1)
    _, fields = luiss.page.form_of("Take over")
    for address in ("done", "no-show", "put-back", "remove"):
        answer = luiss.client.post(
            f"/control/CET236/{address}", data=fields | {"press": address.encode().hex().ljust(32, "0")[:32]}
        )
        assert answer.status_code == 303
    assert ticket(queue, 1).state == TicketState.CALLED


def test_call_next_says_whom_it_passes_over_and_where_they_are(
    business: Business, queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    """Luis has called Ana for a shave and gone home."""
    shaves = make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA), join(queue, BEN), join(shaves, ANA)
    call_next(shaves, luis)
    page = rosas.press("Call next")
    assert page.now_serving == "2"
    assert "Called 2 (elsewhere right now: 1)" in page.text
    assert "at Shaves with Luis for" in page.waiting[0]
    rosas.press("Done")
    page = rosas.press("Call next")
    assert page.notices == ["Nobody was called. Everyone waiting here is at another queue right now."]
    [link] = [a for a in page.root.all("a") if a.text.startswith("at Shaves with Luis")]
    rosas.open(link.attributes["href"])
    assert rosas.press("No-show").status == 200
    rosas.open("/control/CET236")
    assert rosas.press("Call next").now_serving == "1"


def test_the_row_of_a_colleague_leads_to_their_customer(queue: Queue, left: None, luiss: Visitor) -> None:
    page = luiss.open("/control/CET236")
    assert colleagues(page)[0].startswith("1 Rosa called")
    [link] = [a for a in page.root.all("a") if a.text == "1" and "/ticket/" in a.attributes["href"]]
    assert "Called by Rosa" in luiss.open(link.attributes["href"]).text


def test_cai_waits_meanwhile(queue: Queue, left: None, luiss: Visitor) -> None:
    """Taking over moves nobody who waits."""
    join(queue, CAI)
    luiss.open("/control/CET236")
    luiss.press("Take over")
    assert line(queue) == [2, 3]


def test_the_overview_leads_to_whom_colleagues_have_in_every_queue(
    business: Business, queue: Queue, rosas: Visitor, luis: Servicer
) -> None:
    make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA)
    call_next(queue, luis)
    page = rosas.open("/control/")
    [link] = [a for a in page.root.all("a") if a.text == "1 with Luis"]
    rosas.open(link.attributes["href"])
    rosas.press("No-show")
    assert ticket(queue, 1).state == TicketState.NO_SHOW
    assert "with Luis" not in rosas.open("/control/").text
