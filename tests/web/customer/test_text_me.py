"""Text me: how somebody who took a number on the web gets texts about it."""

from urllib.parse import unquote

from sqlalchemy import select

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from tests.bot.transcript import text_in
from tests.web.visitor import Visitor
from tests.world import ANA, call_next, join, make_queue


def test_the_link_opens_the_text_that_binds_the_phone(queue: Queue, visitor: Visitor) -> None:
    visitor.open("/q/CET236")
    page = visitor.press("Take a number")
    (link,) = [each for each in page.root.all("a") if each.text == "Text me"]
    address, _, body = unquote(link.attributes["href"]).partition("?&body=")
    assert address == "sms:+15550100000"
    assert body in page.text
    text_in(body, ANA)
    page = visitor.open(page.path)
    assert not [each for each in page.root.all("a") if each.text == "Text me"]
    assert "We'll text you" in page.text


def test_the_code_is_drawn_for_another_phone(queue: Queue, visitor: Visitor) -> None:
    token = join(queue, None).token
    answer = visitor.client.get(f"/t/{token}/text-me.svg")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert visitor.client.get(f"/t/{join(queue, ANA).token}/text-me.svg").status_code == 404


def test_it_is_not_offered_where_there_is_a_phone_already(queue: Queue, visitor: Visitor) -> None:
    assert "Text me" not in visitor.open(f"/t/{join(queue, ANA).token}").text


def bind(visitor: Visitor, phone: str = ANA) -> str:
    """Take a number in this browser and have the phone send its code; returns the page's path."""
    visitor.open("/q/CET236")
    page = visitor.press("Take a number")
    (link,) = [each for each in page.root.all("a") if each.text == "Text me"]
    text_in(unquote(link.attributes["href"]).partition("?&body=")[2], phone)
    return page.path


def test_taking_a_number_again_leads_to_the_one_that_has_the_phone_now(
    queue: Queue, visitor: Visitor
) -> None:
    opened_before = visitor.open("/q/CET236")
    path = bind(visitor)
    page = visitor.open("/q/CET236")
    assert path in [link.attributes["href"] for link in page.root.all("a")]
    assert visitor.press("Take a number", opened_before).path == path


def test_nobody_takes_numbers_in_the_name_of_whom_they_got_to_send_their_code(
    queue: Queue, visitor: Visitor
) -> None:
    opened_before = visitor.open("/q/CET236")
    path = bind(visitor)
    visitor.press("Take a number", opened_before)  # this browser must not be remembered as them
    text_in("LEAVE", ANA)
    assert "Take another number" in visitor.open(path).buttons
    page = visitor.press("Take another number")
    assert page.path == "/q/CET236"
    page = visitor.press("Take a number")
    assert page.path != path
    assert "Text me" in page.text, "it has no phone"
    text_in("CET236", ANA)
    assert phones(queue) == [None, ANA]
    assert page.path in [link.attributes["href"] for link in visitor.open("/q/CET236").root.all("a")]


def test_their_number_in_another_queue_is_not_shown_to_that_browser(
    queue: Queue, business: Business, visitor: Visitor
) -> None:
    make_queue(business, "OTHER")
    text_in("OTHER Ana", ANA)
    bind(visitor)
    assert "Take a number" in visitor.open("/q/OTHER").buttons


def test_nor_does_its_page_say_where_else_they_are_called(
    queue: Queue, business: Business, rosa: Servicer, visitor: Visitor
) -> None:
    other = make_queue(business, "OTHER", name="Fillings")
    text_in("OTHER Ana", ANA)
    path = bind(visitor)
    call_next(other, rosa)
    page = visitor.open(path)
    assert "We're holding your place while you're at another queue." in page.text
    assert "Fillings" not in page.text


def phones(queue: Queue) -> list[str | None]:
    with reading() as session:
        live = select(Ticket).where(Ticket.queue_id == queue.id, among(Ticket.state, LIVE))
        return [ticket.customer.phone for ticket in session.scalars(live.order_by(Ticket.id))]
