"""Rows as revision 0003 holds them, written out, as the models are of today. Moments are around NOON."""

from datetime import date, datetime, timedelta
from typing import Any

from models.people.phone_numbers import phone_keys
from tests.world import NOON, minutes

TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
LUIS_PHONE = "+15550107001"
LONG_AGO = NOON - timedelta(days=30)

Row = dict[str, Any]


def customer_row(number: int, phone: str, **more: Any) -> Row:
    kept = {"phone_ciphertext": phone_keys().encrypt(phone), "phone_hash": phone_keys().hash(phone)}
    return {"id": number, "business_id": 1, "created_at": LONG_AGO, **kept, **more}


def servicer_row(number: int, name: str, role: str, **more: Any) -> Row:
    return {
        "id": number,
        "business_id": 1,
        "email": f"{name.lower()}@example.com",
        "name": name,
        "role": role,
        "password_hash": "!",
        "session_key": f"session key of {name}",
        "wants_join_texts": False,
        "calls_next_when_done": True,
        "created_at": LONG_AGO,
        **more,
    }


def queue_row(number: int, keyword: str, name: str, **more: Any) -> Row:
    return {
        "id": number,
        "business_id": 1,
        "keyword": keyword,
        "name": name,
        "state": "open",
        "alert_ahead": 2,
        "later_by": 3,
        "later_cap": 3,
        "put_back_behind": 2,
        "reminder_minutes": 2,
        "no_show_minutes": 5,
        "marks_no_shows": False,
        "minutes_per_customer": 10.0,
        "asks_for_rating": True,
        "stays_open_overnight": False,
        "last_number": 0,
        "last_position": 0,
        "revision": 5,
        "created_at": LONG_AGO,
        **more,
    }


def ticket_row(ticket_id: int, queue_id: int, customer_id: int, state: str, **more: Any) -> Row:
    return {
        "id": ticket_id,
        "token": f"token-of-{ticket_id}",
        "queue_id": queue_id,
        "day": TODAY,
        "number": ticket_id,
        "customer_id": customer_id,
        "our_number_id": 1,
        "party": 1,
        "source": "text",
        "state": state,
        "position": ticket_id * 1_000_000,
        "joined_at": NOON - minutes(40 - ticket_id),
        "others_let_first": 0,
        **more,
    }


def event_row(
    number: int, ticket_id: int | None, kind: str, at: datetime, actor: str = "customer", **more: Any
) -> Row:
    return {
        "id": number,
        "queue_id": 1,
        "ticket_id": ticket_id,
        "kind": kind,
        "at": at,
        "actor": actor,
        **more,
    }


def text_row(number: int, kind: str, state: str, **more: Any) -> Row:
    return {
        "id": number,
        "reference": f"reference{number}",
        "key": f"{number}:{kind}",
        "our_number_id": 1,
        "kind": kind,
        "facts": {
            "number": 1,
            "queue": "Haircuts",
            "business": "Barber Lopes",
            "desk": "Chair 1",
            "token": "t",
            "note": "Back at two.",
        },
        "language": "en",
        "priority": 0,
        "state": state,
        "created_at": NOON - minutes(30),
        "send_after": NOON - minutes(30),
        "attempts": 1,
        **more,
    }
