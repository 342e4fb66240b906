"""Letting somebody go, or archiving a queue, with customers in hand: the manager decides about each."""

import pytest

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import reading
from tests.web.control.test_ticket import story
from tests.web.control.tickets import open_ticket
from tests.web.visitor import Page, Visitor
from tests.world import (
    ANA,
    BEN,
    call_next,
    join,
    line,
    make_business,
    make_queue,
    make_servicer,
    outbox,
    ticket,
)


def choices(page: Page) -> list[str]:
    [select] = page.root.all("select")
    return [option.text for option in select.all("option")]


def decide(visitor: Visitor, button: str, queue: Queue, number: int, what: str) -> Page:
    return visitor.press(button, **{f"ticket-{ticket(queue, number).id}": what})


def is_gone(person: Servicer) -> bool:
    with reading() as session:
        return session.get_one(Servicer, person.id).left_at is not None


def test_whom_somebody_serves_is_handed_to_a_colleague(
    business: Business, queue: Queue, rosas: Visitor, luis: Servicer, luiss: Visitor
) -> None:
    mia = make_servicer(business, "Mia")
    join(queue, ANA)
    luiss.press("Call next"), luiss.press("Start")
    page = rosas.open(f"/manage/people/{luis.id}/leave")
    assert "1 for Haircuts, being served by Luis" in page.text
    assert choices(page) == [
        "Choose…",
        "Hand over to Mia",
        "Hand over to Rosa",
        "They were served",
        "Put them back in line",
    ]
    page = decide(rosas, "End their access", queue, 1, str(mia.id))
    assert page.notices == ["Luis can't sign in any more. Their work stays under their name."]
    assert (ticket(queue, 1).servicer_id, ticket(queue, 1).state) == (mia.id, TicketState.SERVING)
    assert story(open_ticket(rosas, queue, 1))[-1] == "Handed over from Luis to Mia by Rosa"


@pytest.mark.parametrize(
    ("what", "state"),
    [("done", TicketState.SERVED), ("no_show", TicketState.NO_SHOW), ("put_back", TicketState.WAITING)],
)
def test_or_is_ended_or_put_back(
    queue: Queue, rosas: Visitor, luis: Servicer, what: str, state: TicketState
) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    decide(rosas, "End their access", queue, 1, what)
    assert (ticket(queue, 1).state, is_gone(luis)) == (state, True)


@pytest.mark.parametrize("what", ["", "999", "nonsense", "-1"])
def test_nothing_is_guessed(queue: Queue, rosas: Visitor, luis: Servicer, what: str) -> None:
    join(queue, ANA)
    call_next(queue, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    page = decide(rosas, "End their access", queue, 1, what)
    assert page.notices == ["Nothing was changed: first choose what happens to number 1."]
    assert (ticket(queue, 1).state, is_gone(luis)) == (TicketState.CALLED, False)


def test_who_was_called_only_since_is_asked_about_too(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    rosas.open(f"/manage/people/{luis.id}/leave")
    join(queue, ANA)
    call_next(queue, luis)
    page = rosas.press("End their access")
    assert page.notices == ["Nothing was changed: first choose what happens to number 1."]
    assert "Choose…" in choices(page)


def test_a_colleague_who_has_called_meanwhile_gets_nobody_more(
    queue: Queue, rosas: Visitor, rosa: Servicer, luis: Servicer
) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    call_next(queue, rosa)
    page = decide(rosas, "End their access", queue, 1, str(rosa.id))
    assert page.notices == ["Nothing was changed: that colleague is now serving number 2."]
    assert "Hand over to Rosa" not in choices(page)
    assert not is_gone(luis)


def test_nobody_of_another_business_gets_them(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    stranger = make_servicer(make_business(name="Elsewhere", number="+15550109999"), "Sam")
    join(queue, ANA)
    call_next(queue, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    decide(rosas, "End their access", queue, 1, str(stranger.id))
    assert ticket(queue, 1).servicer_id == luis.id


def test_customers_of_two_queues_are_settled_together(
    business: Business, queue: Queue, rosas: Visitor, rosa: Servicer, luis: Servicer
) -> None:
    shaves = make_queue(business, "SHAVES", name="Shaves")
    join(queue, ANA), join(shaves, BEN)
    call_next(queue, luis), call_next(shaves, luis)
    rosas.open(f"/manage/people/{luis.id}/leave")
    first, second = (f"ticket-{ticket(each, 1).id}" for each in (queue, shaves))
    rosas.press("End their access", **{first: str(rosa.id), second: "done"})
    assert (ticket(queue, 1).servicer_id, ticket(shaves, 1).state) == (rosa.id, TicketState.SERVED)
    assert is_gone(luis)


def test_a_queue_is_archived_with_somebody_in_hand(queue: Queue, rosas: Visitor, luis: Servicer) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, luis)
    page = rosas.open("/manage/queues/CET236/archive")
    assert choices(page) == ["Choose…", "They didn't come", "They were served", "Remove them"]
    page = rosas.press("Archive")
    assert page.notices == ["Nothing was changed: first choose what happens to number 1."]
    page = decide(rosas, "Archive", queue, 1, "no_show")
    assert page.notices == ["The queue is archived. Its history stays. 1 person was told."]
    assert (ticket(queue, 1).state, line(queue)) == (TicketState.NO_SHOW, [])
    assert "no_show" in [kind for _, kind, _ in outbox(queue, 1)]


def test_nobody_is_given_back_to_somebody_who_has_left(
    queue: Queue, rosas: Visitor, luis: Servicer, luiss: Visitor
) -> None:
    """Rosa took over from Luis, who was let go then: her Undo gives nobody back to him."""
    join(queue, ANA)
    luiss.press("Call next")
    rosas.open("/control/CET236")
    rosas.press("Take over")
    old = rosas.page
    rosas.open(f"/manage/people/{luis.id}/leave")
    rosas.press("End their access")
    assert "Undo" not in rosas.open("/control/CET236").buttons
    page = rosas.press("Undo", old)
    assert page.notices[0].startswith("Nothing was changed: 1 has changed in the meantime.")
    assert page.now_serving == "1"
