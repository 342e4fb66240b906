"""Taking a number on the web. A repeated submission of the same form gives the same number."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask import flash, redirect, request, url_for
from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import Actor, By
from models.people.customers import Customer
from models.queueing import numbers
from models.queueing.door_codes import GUESSES_OF_ADDRESS, is_good, proven_code
from models.queueing.hours.closing_time import closing_of
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.storage.rate_limits import Limit, count, is_over, used_up
from web.customer.turned_away import refusal_text
from web.http.client_address import client_address
from web.http.language import use_language
from web.http.old_addresses import queue_at

PRESS = re.compile(r"[A-Za-z0-9_-]{16,33}")
HASH_LENGTH = 32
# High enough for a class that joins from one network, low enough to stop a machine that fills a queue.
# Whoever scanned the code on the screen is counted apart: a machine that sees no screen can't use that up.
WEB_JOINS = Limit("web joins", 600, timedelta(minutes=10))
SCANNED_JOINS = Limit("scanned joins", 600, timedelta(minutes=10))
# Tries beyond that of one customer who was served: as many as a person makes, whatever became of them.
TRIES_OF_SERVED = Limit("joins of one served", 10, timedelta(minutes=10))


class BroughtCode(NamedTuple):
    """The door code as it was typed or came with a link, and the proof of a link that was scanned."""

    typed: str = ""
    proof: str = ""


NO_CODE = BroughtCode()


class TakenTicket(NamedTuple):
    """The ticket that was taken, or that the customer had already."""

    token: str
    customer_id: int | None
    """Whom the browser may be remembered as: nobody whose phone is known."""
    business_id: int


def take(
    session: Session,
    queue: Queue,
    customer: Customer,
    press: str,
    now: datetime,
    code: BroughtCode = NO_CODE,
    **said: Any,
) -> TakenTicket | NotPossible:
    """The ticket of this press, the customer's live one, or a new one. The queue must be locked.

    A refusal is returned, not raised, because the event that somebody was turned away must be committed. But
    raises NotPossible("address" | "unscanned" | "guesses"): of a machine that goes on nothing is written.
    """
    earlier = ticket_of_press(session, queue, press)
    if earlier is not None:
        return _taken(earlier.token, earlier.customer)
    _require_room_for_address(session, queue, customer, code, now)
    brings_code = _is_good(session, queue, code, now)
    by = By(Actor.CUSTOMER, press_id=press)
    closes_at = closing_of(session, queue, now) if customer.phone_ciphertext else None  # told in their text
    try:
        taken = numbers.take_number(
            session,
            queue,
            customer,
            source=Source.WEB,
            by=by,
            now=now,
            closes_at=closes_at,
            brings_code=brings_code,
            **said,
        )
    except NotPossible as refusal:
        return refusal
    return _taken(taken.token, customer)


def _require_room_for_address(
    session: Session, queue: Queue, customer: Customer, code: BroughtCode, now: datetime
) -> None:
    """One more from this connection. Beyond so many raises NotPossible("address"), or ("unscanned") for whom
    the code on the screen would let in. Somebody whom the counter has served before, where no machine gets,
    has some tries of their own then.
    """
    is_scanned = proven_code(queue, code.proof, now) is not None
    limit = SCANNED_JOINS if is_scanned else WEB_JOINS
    if not is_over(session, limit, f"{queue.business_id} {client_address()}", now):
        return
    if not _was_served(session, customer) or is_over(session, TRIES_OF_SERVED, customer.id, now):
        raise NotPossible("unscanned" if queue.door_code and not is_scanned else "address")


def _was_served(session: Session, customer: Customer) -> bool:
    served = exists().where(Ticket.customer_id == customer.id, Ticket.state == TicketState.SERVED)
    return bool(session.scalar(select(served)))


def _is_good(session: Session, queue: Queue, code: BroughtCode, now: datetime) -> bool:
    """Whether this door code is; wrong ones are counted. Raises NotPossible("guesses").

    Never of whoever scanned it, however many wrong ones others typed on the same connection.
    """
    if proven_code(queue, code.proof, now):
        return True
    if not queue.door_code or not code.typed:
        return False
    whose = f"{queue.business_id} {client_address()}"
    if used_up(session, [(GUESSES_OF_ADDRESS, whose)], now):
        raise NotPossible("guesses")
    if is_good(queue, code.typed, now):
        return True
    count(session, GUESSES_OF_ADDRESS, whose, now)
    return False


def _taken(token: str, customer: Customer) -> TakenTicket:
    return TakenTicket(token, customer.id if customer.phone_hash is None else None, customer.business_id)


def refusal_response(refusal: NotPossible, address: str) -> Response:
    with reading() as session:
        queue = queue_at(session, address)
        assert queue is not None
        use_language_of(None, queue)
        flash(refusal_text(session, queue, refusal, datetime.now(UTC)), "problem")
    return redirect(url_for("customer.queue", keyword=address), 303)


def use_language_of(customer: Customer | None, queue: Queue) -> None:
    business = queue.business
    use_language(
        own=customer.spoken if customer else None, business=business.language, zone=business.timezone
    )


# Every form that takes a number holds a one-time press id, which is stored with the joining event. The same
# press therefore finds the same ticket, even without a cookie and after the ticket has ended.


def new_press_id() -> str:
    return secrets.token_urlsafe(16)


def press_id() -> str:
    """What events and log lines keep of it: a hash, as whoever sends the press is led to its ticket."""
    given = request.form.get("press", "")
    press = given if PRESS.fullmatch(given) else new_press_id()
    # The prefix distinguishes it from servicers' presses, which Undo finds in the same column.
    return "c:" + hashlib.sha256(press.encode()).hexdigest()[:HASH_LENGTH]


def ticket_of_press(session: Session, queue: Queue, press: str) -> Ticket | None:
    joined = select(Event.ticket_id).where(
        Event.press_id == press, Event.queue_id == queue.id, Event.kind == EventKind.JOINED
    )
    return session.scalar(select(Ticket).where(Ticket.id.in_(joined)))
