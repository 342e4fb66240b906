"""Transfer: to another queue of the business, at the place given by the time of joining."""

from datetime import UTC, datetime, timedelta

import pytest

from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, join, line, make_business, make_queue, outbox, ticket


@pytest.fixture
def shaves(business: Business) -> Queue:
    return make_queue(business, "SHAVES", name="Shaves")


def test_who_waits_is_sent_on_and_keeps_the_time_of_joining(
    queue: Queue, shaves: Queue, rosas: Visitor
) -> None:
    now = datetime.now(UTC)
    join(queue, ANA, now - timedelta(minutes=20), name="Ana")
    join(shaves, BEN, now - timedelta(minutes=10))
    open_ticket(rosas, queue, 1)
    page = rosas.press("Transfer")
    assert page.path == "/control/CET236"
    assert page.notices == ["1 is now number 2 for Shaves."]
    assert "Transferred 1 to Shaves as 2" in page.text
    assert (line(queue), line(shaves)) == ([], [2, 1])
    assert ticket(shaves, 2).name == "Ana"
    assert outbox(shaves, 2) == [(2, "transferred", "waiting")]


def test_whom_one_serves_can_be_sent_on_too(queue: Queue, shaves: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(queue, BEN)
    page = rosas.press("Call next")
    (link,) = [a for a in page.root.all("a") if a.text == "Transfer, note"]
    rosas.open(link.attributes["href"])
    page = rosas.press("Transfer")
    assert page.now_serving == "nobody"
    assert (line(queue), line(shaves)) == ([2], [1])


def test_the_customers_link_goes_along_and_back(
    queue: Queue, shaves: Queue, rosas: Visitor, visitor: Visitor
) -> None:
    token = join(queue, ANA).token
    join(shaves, BEN)
    open_ticket(rosas, queue, 1)
    rosas.press("Transfer")
    page = visitor.open(f"/t/{token}")
    assert page.path != f"/t/{token}"
    assert ("Shaves" in page.html, "2" in page.text) == (True, True)
    rosas.press("Undo")
    page = visitor.open(f"/t/{token}")
    assert (page.path, "You're next" in page.text) == (f"/t/{token}", True)


def test_undo_brings_them_back(queue: Queue, shaves: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    rosas.press("Call next")
    open_ticket(rosas, queue, 1)
    rosas.press("Transfer")
    page = rosas.press("Undo")
    assert page.notices == ["Undone: transferred 1 to Shaves as 1."]
    assert page.now_serving == "1"
    assert line(shaves) == []
    assert ticket(shaves, 1).state == TicketState.REMOVED


def test_the_old_ticket_tells_where_it_went(queue: Queue, shaves: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    open_ticket(rosas, queue, 1)
    rosas.press("Transfer")
    page = open_ticket(rosas, queue, 1)
    assert "Transferred to Shaves as number 1" in page.text
    assert page.buttons == []
    assert "Transferred from CET236 by Rosa" in open_ticket(rosas, shaves, 1).text


def test_without_another_queue_there_is_no_transfer(queue: Queue, rosas: Visitor) -> None:
    join(queue, ANA)
    assert "Transfer" not in open_ticket(rosas, queue, 1).html
    page = rosas.open("/control/CET236")
    assert "Transfer" not in page.html


def test_a_closed_queue_is_not_offered_and_refuses(
    business: Business, queue: Queue, shaves: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA)
    old = open_ticket(rosas, queue, 1)
    luiss.open("/control/SHAVES")
    luiss.press("Close")
    assert "Transfer" not in open_ticket(rosas, queue, 1).buttons
    page = rosas.press("Transfer", old)
    assert page.notices == ["Nothing was changed: that queue is closed. You're not serving anyone."]
    assert line(queue) == [1]


def test_who_waits_there_already_stays_here(queue: Queue, shaves: Queue, rosas: Visitor) -> None:
    join(queue, ANA), join(shaves, ANA)
    open_ticket(rosas, queue, 1)
    page = rosas.press("Transfer")
    assert page.notices[0].startswith("Nothing was changed: 1 already has a number in that queue.")
    assert line(queue) == [1]


def test_whom_a_colleague_serves_is_not_taken_away(
    queue: Queue, shaves: Queue, rosas: Visitor, luiss: Visitor
) -> None:
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    old = open_ticket(luiss, queue, 1)
    rosas.press("Call next")
    assert "Transfer" not in open_ticket(luiss, queue, 1).buttons
    luiss.press("Transfer", old)
    forged = old.form_of("Transfer")[1] | {"state": "called", "press": "1" * 32}
    page = luiss.press("Transfer", old, **forged)
    assert page.notices[0].startswith("Nothing was changed: a colleague has 1 now.")
    assert ticket(queue, 1).state == TicketState.CALLED


def test_nobody_is_sent_to_another_businesss_queue(queue: Queue, shaves: Queue, rosas: Visitor) -> None:
    elsewhere = make_queue(make_business(name="Elsewhere", number="+15550109999"), "THEIRS")
    join(queue, ANA)
    open_ticket(rosas, queue, 1)
    assert rosas.press("Transfer", to=str(elsewhere.id)).status == 404
    assert line(queue) == [1]


@pytest.mark.parametrize("to", ["", "x", "-1", "9" * 40, "999"])
def test_a_queue_that_there_is_not_changes_nothing(
    queue: Queue, shaves: Queue, rosas: Visitor, to: str
) -> None:
    join(queue, ANA)
    old = open_ticket(rosas, queue, 1)
    assert rosas.press("Transfer", old, to=to).status in (200, 400)
    assert line(queue) == [1]
