"""What is kept of a customer's visit, as a file for them to take along. Changes nothing.

Whoever has a ticket's link may have been shown it by somebody else: the file is about that one ticket, and
phone numbers in it are masked. Notes of the people who serve are left out, as on all pages of a customer.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.phone_numbers import masked as masked_phone
from models.queueing.messages.conversation import remarks_of
from models.queueing.messages.text_me import was_bound
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from web.customer.blueprint import blueprint
from web.customer.talk import masked
from web.customer.ticket import ticket_of

MOST_TEXTS = 500  # each way, the newest: a file stays small whoever texts without end


@blueprint.get("/t/<token>/data.json")
def own_data(token: str) -> Response:
    with reading() as session:
        ticket = ticket_of(session, token)
        if ticket.moved_to_id is not None:  # transferred: as its page does
            moved = session.get_one(Ticket, ticket.moved_to_id)
            return redirect(url_for("customer.own_data", token=moved.token), 302)
        kept = _kept(session, ticket, datetime.now(UTC))
        name = f"{ticket.queue.keyword}-{ticket.number}.json"
    body = json.dumps(kept, ensure_ascii=False, indent=2) + "\n"
    saved_as = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="application/json", headers=saved_as)


def _kept(session: Session, ticket: Ticket, now: datetime) -> dict[str, Any]:
    customer, queue = ticket.customer, ticket.queue
    zone = ZoneInfo(queue.business.timezone)
    return {
        "business": queue.business.name,
        "queue": queue.name,
        "keyword": queue.keyword,
        "at": _at(now, zone),
        "ticket": _ticket(ticket, zone),
        "you": {
            "name": ticket.name,
            "party": ticket.party,
            "answer": ticket.answer,
            **_phone(session, ticket),
            "forgotten_at": _at(customer.forgotten_at, zone),
        },
        "texts_from_us": list(_texts_from_us(session, ticket, zone)),
        "texts_from_you": list(_texts_from_them(session, ticket, zone)),
        "you_and_the_counter": [
            {"at": _at(one.at, zone), "by": "you" if one.is_by_customer else "counter", "words": one.words}
            for one in remarks_of(session, ticket)
        ],
        "erased_after_days": queue.business.forget_after_days,
        "left_out": ["your whole phone number", "notes that the people who serve write for each other"],
    }


def _phone(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Nothing of one that came to the ticket by a code: it need not belong to whoever has the link."""
    customer, ours = ticket.customer, ticket.our_number_id
    if was_bound(session, ticket):
        return {"phone": None, "language": None, "texts_stopped": None}
    return {
        "phone": masked_phone(customer.phone) if customer.phone_hash else None,
        "language": customer.spoken,
        "texts_stopped": ours is not None and customer.has_opted_out(session, ours),
    }


def _ticket(ticket: Ticket, zone: tzinfo) -> dict[str, Any]:
    moments = ("joined_at", "called_at", "started_at", "ended_at", "arrived_at", "coming_until")
    return {
        "number": ticket.number,
        "day": ticket.day.isoformat(),
        "taken": ticket.source.value,
        "state": ticket.state.value,
        "reason": ticket.reason,
        **{moment: _at(getattr(ticket, moment), zone) for moment in moments},
        "told_wait_minutes": None
        if ticket.promised_low is None
        else {"low": ticket.promised_low, "high": ticket.promised_high},
        "tell_minutes_before": ticket.lead_minutes,
        "desk": ticket.desk.name if ticket.desk else None,
        "rating": ticket.rating,
    }


def _texts_from_us(session: Session, ticket: Ticket, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Those about this ticket, to whoever has it now."""
    about = (OutboundMessage.ticket_id == ticket.id, OutboundMessage.customer_id == ticket.customer_id)
    newest = select(OutboundMessage).where(*about).order_by(OutboundMessage.id.desc()).limit(MOST_TEXTS)
    for one in reversed(session.scalars(newest).all()):
        at = _at(one.taken_at or one.created_at, zone)
        yield {"at": at, "kind": one.kind.value, "state": one.state.value, "words": one.body}


def _texts_from_them(session: Session, ticket: Ticket, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """What they texted about this queue while they had the ticket, with our answers.

    Not where the phone came to the ticket by a code: that phone need not belong to whoever has the link.
    """
    if was_bound(session, ticket):
        return
    while_here = [InboundMessage.received_at >= ticket.joined_at]
    if ticket.ended_at is not None:
        while_here.append(InboundMessage.received_at <= ticket.ended_at)
    about = (InboundMessage.customer_id == ticket.customer_id, InboundMessage.queue_id == ticket.queue_id)
    newest = select(InboundMessage).where(*about, *while_here).order_by(InboundMessage.id.desc())
    for one in reversed(session.scalars(newest.limit(MOST_TEXTS)).all()):
        words = masked(ticket.queue, one.body)
        yield {"at": _at(one.received_at, zone), "words": words, "answer": one.reply}


def _at(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")
