"""GET of a queue, its line and its tickets. Changes nothing but a day that is over."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.people.programs.api_keys import Scope
from models.queueing.line.positions import IN_ORDER
from models.queueing.line.queries import present_tickets, waiting_count
from models.queueing.line.waits import waits_of
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import WAITING, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from web.api.bearer import needs
from web.api.blueprint import blueprint
from web.api.bodies import asked, unfit
from web.api.finding import queue_of_key, ticket_named
from web.api.idempotency import response
from web.api.shown import Place, phone_of, shown_with_phone, ticket_in_line
from web.customer.other_sites.views import figures
from web.customer.queue_page import public_queue

MOST_IN_LINE = 500


@blueprint.get("")
@needs(Scope.READ, Scope.JOIN, Scope.SERVE)
def queue(keyword: str) -> Response:
    """What the queue's public page says."""
    asked()
    with reading() as session:
        page = public_queue(session, queue_of_key(session, keyword), datetime.now(UTC))
    address = url_for("customer.queue", keyword=page.address)
    return response(figures(page, f"{current_app.config['SETTINGS'].public_url}{address}"))


@blueprint.get("/tickets/<public_id>")
@needs(Scope.READ, Scope.JOIN, Scope.SERVE)
def ticket(keyword: str, public_id: str) -> Response:
    asked()
    with reading() as session:
        found = ticket_named(session, queue_of_key(session, keyword), public_id)
        return response(shown_with_phone(session, found))


@blueprint.get("/line")
@needs(Scope.READ, Scope.SERVE)
def line(keyword: str) -> Response:
    """Who is called or being served, and who waits, the first in line first."""
    limit = _limit()
    with reading() as session:
        found = queue_of_key(session, keyword)
        told = {
            "now_serving": [
                ticket_in_line(each, None) | phone_of(each) for each in present_tickets(session, found)
            ],
            "waiting": _waiting(session, found, limit),
            "waiting_count": waiting_count(session, found),
        }
    return response(told)


def _waiting(session: Session, queue: Queue, limit: int) -> list[dict[str, Any]]:
    """Each as its own page tells it; whoever is on hold counts for nobody behind."""
    of_line = select(Ticket).where(Ticket.queue_id == queue.id, among(Ticket.state, WAITING))
    with_whom = of_line.options(joinedload(Ticket.customer, innerjoin=True))
    waits, told, ahead = waits_of(session, queue), [], 0
    for each in session.scalars(with_whom.order_by(*IN_ORDER).limit(limit)):
        told.append(ticket_in_line(each, Place(ahead, waits.after(ahead))) | phone_of(each))
        ahead += each.set_aside_at is None
    return told


def _limit() -> int:
    given = asked("limit").get("limit", str(MOST_IN_LINE))
    if not (given.isascii() and given.isdecimal() and len(given) <= 3 and 1 <= int(given) <= MOST_IN_LINE):
        raise unfit({"limit": f"Choose a number from 1 to {MOST_IN_LINE}."})
    return int(given)
