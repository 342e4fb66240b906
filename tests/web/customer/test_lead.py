"""The form for the minutes of the nearly-up alert, which does the same as texting a number."""

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ticket_details
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.waiting.estimator import WaitState
from tests.web.customer.test_queue_page import set_waits
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_queue, phone, ticket


def test_the_minutes_are_kept_and_shown(queue: Queue, visitor: Visitor) -> None:
    for index in range(5):
        join(queue, phone(index))
    set_waits(queue, WaitState.OK, [[10 * n, 8 * n, 12 * n] for n in range(1, 9)])
    visitor.open(f"/t/{join(queue, ANA).token}")
    page = visitor.press("Set", lead="15")
    assert page.notices == ["Saved. We'll tell you about 15 minutes before your turn."]
    assert ticket(queue, 6).lead_minutes == 15
    (chosen,) = [option.text for option in page.root.all("option") if "selected" in option.attributes]
    assert chosen == "15 minutes before"


def test_whoever_is_that_near_already_is_told_to_stay(queue: Queue, visitor: Visitor) -> None:
    join(queue, BEN), join(queue, CAI)
    visitor.open(f"/t/{join(queue, ANA).token}")
    page = visitor.press("Set", lead="60")
    assert page.notices == ["Saved. You're nearly up already, so please stay close."]
    assert "You're nearly up. Please stay close by." in page.text
    assert "Go where you like" not in page.text


def test_minutes_asked_for_by_text_can_be_seen_on_the_page(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, ANA).token

    def ask(session: Session, found: Ticket) -> None:
        ticket_details.set_lead(session, found, 12, by=By.customer(), now=NOON)

    change(1, queue, ask)
    (chosen,) = [
        option.text
        for option in visitor.open(f"/t/{token}").root.all("option")
        if "selected" in option.attributes
    ]
    assert chosen == "12 minutes before"


@pytest.mark.parametrize("strange", ["", "0", "-5", "181", "x", "9" * 18, "1e1"])
def test_other_minutes_change_nothing(queue: Queue, visitor: Visitor, strange: str) -> None:
    visitor.open(f"/t/{join(queue, ANA).token}")
    page = visitor.press("Set", lead=strange)
    assert page.notices == []
    assert ticket(queue, 1).lead_minutes is None


def test_an_old_page_of_somebody_called_changes_nothing(
    queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    old = visitor.open(f"/t/{join(queue, ANA).token}")
    call_next(queue, rosa)
    page = visitor.press("Set", old, lead="15")
    assert page.headings == ["It's your turn"]
    assert page.notices == []


def test_a_place_kept_for_somebody_served_elsewhere_says_so(
    business: Business, queue: Queue, rosa: Servicer, visitor: Visitor
) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    token = join(shaves, ANA).token
    join(queue, ANA)
    call_next(queue, rosa)
    assert "We're holding your place while you're at Haircuts." in visitor.open(f"/t/{token}").text
