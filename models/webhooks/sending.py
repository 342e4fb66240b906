"""Claims what is due to be sent, and records what became of it.

In order for each ticket: nothing is claimed while something earlier about the same ticket is still to come.
A claim has a lease, so what a clock was sending when it died is sent again: at least once, perhaps twice.
"""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.people.customers import Customer
from models.queueing.tables.tickets import Ticket
from models.webhooks.deliveries import LONGEST_ANSWER, Delivery, DeliveryState, Problem, is_open, is_sending
from models.webhooks.endpoints import Endpoint, OffReason, clear_failures, turn_off
from models.webhooks.notices import tell_managers
from models.webhooks.payloads import message

LEASE = timedelta(seconds=40)
TRIED_FOR = timedelta(days=3)
RESTS_AFTER = 5  # failures in a row; then one at a time is tried
LONGEST_PAUSE = timedelta(hours=4)
TOO_FAR_AHEAD = LONGEST_PAUSE * 2  # written by a clock that was ahead

_LIKE_A_PHONE = re.compile(r"\d(?:\D{0,3}\d){6,}")  # seven digits or more, whatever stands between them

Earlier = aliased(Delivery, name="earlier")


@dataclass(frozen=True)
class Claim:
    """One message to be sent now. `body` is what is signed; `phone` and `name` are in it."""

    delivery_id: int
    endpoint_id: int
    attempt: int
    url: str
    message_id: str
    kind: str
    body: str
    secrets: tuple[str, ...]
    phone: str | None
    name: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it: a status and the beginning of the answer, or why there is none."""

    status: int | None = None
    problem: Problem | None = None
    answer: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Due(NamedTuple):
    """An endpoint that may be sent something now."""

    endpoint_id: int
    business_id: int
    fails: bool


def endpoints_with_due(session: Session, now: datetime) -> list[Due]:
    """Those of all businesses, by id."""
    due = exists().where(Delivery.endpoint_id == Endpoint.id, is_open(Delivery.state), *_is_due(now))
    rows = session.execute(
        select(Endpoint.id, Endpoint.business_id, Endpoint.failures)
        .where(*_is_ready(now), due)
        .order_by(Endpoint.id)
    )
    return [Due(row.id, row.business_id, row.failures >= RESTS_AFTER) for row in rows]


def claim_next(session: Session, endpoint_id: int, now: datetime, *, clock: str) -> Claim | None:
    """The most urgent message of this endpoint; None if none is due, or it is off or rests."""
    earlier = exists().where(
        Earlier.endpoint_id == endpoint_id,
        Earlier.subject == Delivery.subject,
        Earlier.id < Delivery.id,
        is_open(Earlier.state),
    )
    due = select(Delivery, Endpoint).join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    due = due.where(Delivery.endpoint_id == endpoint_id, is_open(Delivery.state), *_is_due(now), ~earlier)
    due = due.where(*_is_ready(now)).order_by(Delivery.due_at, Delivery.id).limit(1)
    row = session.execute(due.with_for_update(skip_locked=True, of=Delivery)).first()
    if row is None:
        return None
    found, endpoint = row
    found.state, found.lease_until, found.claimed_by = DeliveryState.SENDING, now + LEASE, clock
    found.attempts += 1
    found.tried_at, found.first_tried_at = now, found.first_tried_at or now
    people = _people(session, found) if endpoint.sees_people and found.ticket_id is not None else {}
    said = message(found.kind, found.happened_at, found.data | people)
    return Claim(
        found.id,
        endpoint_id,
        found.attempts,
        endpoint.url,
        found.message_id,
        found.kind,
        json.dumps(said, ensure_ascii=False, separators=(",", ":")),
        tuple(endpoint.signing_secrets(now)),
        people.get("phone"),
        people.get("name"),
    )


def settle(
    session: Session, claim: Claim, outcome: Outcome, now: datetime, pause: Callable[[int], timedelta]
) -> DeliveryState | None:
    """Record the outcome; `pause` is how long to wait after so many failures. None: the claim has lapsed."""
    endpoint = session.get(
        Endpoint, claim.endpoint_id, with_for_update={"key_share": True}, populate_existing=True
    )
    found = session.get(Delivery, claim.delivery_id, with_for_update=True, populate_existing=True)
    if endpoint is None or found is None or not _is_ours(found, claim):
        return None
    found.lease_until = found.claimed_by = None
    found.status, found.problem = outcome.status, outcome.problem
    found.answer = _answer_to_keep(session, found, claim, outcome)
    is_there = endpoint.url == claim.url  # the address may have been corrected meanwhile
    if outcome.is_delivered:
        found.state = DeliveryState.DELIVERED
        if is_there:
            clear_failures(endpoint)
        return found.state
    is_over = found.first_tried_at is not None and found.first_tried_at <= now - TRIED_FOR
    found.state = DeliveryState.GIVEN_UP if is_over else DeliveryState.WAITING
    found.due_at = now + min(pause(claim.attempt), LONGEST_PAUSE) if is_there else now
    if is_there:
        _count_failure(session, endpoint, outcome, now, pause)
    return found.state


def release_lapsed(session: Session, now: datetime, gone: Collection[str]) -> int:
    """What a clock was sending that has ended, or was for too long, waits again. Gives how many."""
    until = Delivery.lease_until
    lapsed = or_(until <= now, until > now + LEASE * 2, Delivery.claimed_by.in_(gone))
    free = {"state": DeliveryState.WAITING, "lease_until": None, "claimed_by": None, "due_at": now}
    done = session.execute(update(Delivery).where(is_sending(Delivery.state), lapsed).values(free))
    return int(done.rowcount)  # type: ignore[attr-defined]


def clocks_sending(session: Session) -> list[str]:
    sending = select(Delivery.claimed_by).where(is_sending(Delivery.state))
    return [clock for clock in session.scalars(sending.distinct()) if clock is not None]


def _is_ready(now: datetime) -> tuple[Any, ...]:
    rests = Endpoint.rests_until
    return (Endpoint.off_at.is_(None), or_(rests.is_(None), rests <= now, rests > now + TOO_FAR_AHEAD))


def _is_due(now: datetime) -> tuple[Any, ...]:
    is_due = or_(Delivery.due_at <= now, Delivery.due_at > now + TOO_FAR_AHEAD)
    return (Delivery.state == DeliveryState.WAITING, is_due)


def _is_ours(found: Delivery, claim: Claim) -> bool:
    return found.state == DeliveryState.SENDING and found.attempts == claim.attempt


def _count_failure(
    session: Session, endpoint: Endpoint, outcome: Outcome, now: datetime, pause: Callable[[int], timedelta]
) -> None:
    """Off at once where there is nobody any more, and where nothing was taken for three days."""
    if endpoint.off_at is not None:
        return
    reason = None
    if outcome.status == 410:
        reason = OffReason.GONE
    elif endpoint.failing_since is not None and endpoint.failing_since <= now - TRIED_FOR:
        reason = OffReason.FAILING
    if reason is not None:
        turn_off(endpoint, reason, now)
        tell_managers(session, endpoint, reason, now)
        return
    beyond = endpoint.failures + 1 - RESTS_AFTER
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + min(pause(beyond + 1), LONGEST_PAUSE) if beyond >= 0 else None


def _people(session: Session, delivery: Delivery) -> dict[str, Any]:
    row = session.execute(
        select(Ticket.name, Customer)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.id == delivery.ticket_id)
    ).one()
    return {"name": row.name, "phone": row.Customer.phone}


def _answer_to_keep(session: Session, found: Delivery, claim: Claim, outcome: Outcome) -> str | None:
    """Its beginning, without phones and the name that was sent; nothing of somebody forgotten since.

    Nothing either where all is well and somebody was named: many programs answer with what they got.
    """
    if outcome.is_delivered and (claim.name or claim.phone):
        return None
    if found.ticket_id is not None:
        forgotten = select(Customer.forgotten_at).join(Ticket, Ticket.customer_id == Customer.id)
        if session.scalar(forgotten.where(Ticket.id == found.ticket_id)) is not None:
            return None
    words = _LIKE_A_PHONE.sub("…", outcome.answer)
    for part in [claim.name, *claim.name.split()] if claim.name else ():
        for written in (part, json.dumps(part)[1:-1]):
            words = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", "…", words, flags=re.IGNORECASE)
    return words[:LONGEST_ANSWER] or None
