"""A ticket's own page, and customers who get no texts any more."""

from datetime import UTC, datetime

from models.people.customers import Customer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from tests.web.visitor import Page, Visitor
from tests.world import change, ticket


def open_ticket(visitor: Visitor, queue: Queue, number: int) -> Page:
    return visitor.open(f"/control/{queue.keyword}/ticket/{ticket(queue, number).id}")


def opt_out(queue: Queue, number: int) -> None:
    def work(session: object, ticket: Ticket) -> None:
        assert ticket.our_number_id is not None
        customer: Customer = ticket.customer
        customer.opt_out(session, ticket.our_number_id, datetime.now(UTC))  # type: ignore[arg-type]

    change(number, queue, work)


def presses(page: Page) -> list[str]:
    """What can be done with the ticket of this page, beside answering its customer and the note."""
    talk = [b.text for part in page.root.all("section", id="conversation") for b in part.all("button")]
    return [button for button in page.buttons if button not in (*talk, "Save note")]
