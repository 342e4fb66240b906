"""Remembers which customer took a number in this browser, so that a second attempt gives the same number.

A signed cookie, separate from the session, holds a customer id per business for a day. It contains no name or
phone, and proves no more than that this browser took that customer's number.
"""

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.customers import Customer

REMEMBERED_SECONDS = 24 * 3600
COOKIE = "customer"


def remembered_customer(session: Session, business_id: int) -> Customer | None:
    customer_id = _remembered().get(str(business_id))
    customer = session.get(Customer, customer_id) if customer_id else None
    if customer is not None and customer.became_id is not None:  # their phone was told of it since
        customer = session.get(Customer, customer.became_id)
    if customer is None or customer.business_id != business_id or customer.forgotten_at is not None:
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


def _remembered() -> dict[str, int]:
    try:
        known = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=REMEMBERED_SECONDS)
    except BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="customer")
