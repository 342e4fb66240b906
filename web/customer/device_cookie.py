"""Remembers which customer took a number in this browser, so that a second attempt gives the same number.

A signed cookie, separate from the session, holds a customer id per business for a day. It contains no name or
phone, and proves no more than that this browser took that customer's number.
"""

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.customers import Customer
from models.queueing.line.queries import live_ticket_of
from models.queueing.messages.text_me import was_bound
from models.queueing.tables.queues import Queue

REMEMBERED_SECONDS = 24 * 3600
COOKIE = "customer"


def remembered_customer(session: Session, queue: Queue) -> Customer | None:
    """Who took a number in this browser."""
    customer_id = _remembered().get(str(queue.business_id))
    customer = session.get(Customer, customer_id) if customer_id else None
    if customer is not None and customer.became_id is not None:
        customer = _while_bound(session, queue, customer)
    if customer is None or customer.business_id != queue.business_id or customer.forgotten_at is not None:
        return None  # whoever was forgotten is somebody new: nothing would ever erase what they say now
    return customer


def remember(response: Response, business_id: int, customer_id: int) -> None:
    response.set_cookie(
        COOKIE,
        _serializer().dumps(_remembered() | {str(business_id): customer_id}),
        max_age=REMEMBERED_SECONDS,
        path="/q/",
        secure=current_app.config["SETTINGS"].https,
        httponly=True,
        samesite="Lax",
    )


def _while_bound(session: Session, queue: Queue, web: Customer) -> Customer | None:
    """Whose phone their number has got since; only as long as that very number is live.

    Whoever talks somebody into texting their code must not take numbers in that person's name.
    """
    assert web.became_id is not None
    ticket = live_ticket_of(session, queue, web.became_id)
    if ticket is None or not was_bound(session, ticket, taken_by=web.id):
        return None
    return session.get(Customer, web.became_id)


def _remembered() -> dict[str, int]:
    try:
        known = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=REMEMBERED_SECONDS)
    except BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="customer")
