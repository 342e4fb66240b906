"""Where a day is replayed: a queue of its own with accounts for its servicers, and what is kept of it after.

Made and read beside the installation, in its database; whatever happens on it comes in by the doors.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commands.failing import Refused
from models.business import Business
from models.event import By
from models.message import UNSENT, OutboundMessage
from models.people import Customer, Role, Servicer
from models.phone import phone_keys
from models.pretend import PretendText
from models.queue_states import QueueState
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import LIVE, TicketState, among

NAME = "Replay"
NOBODYS_PASSWORD = "!"
FIRST_PHONE, LAST_PHONE = 2000, 9999  # the pretend phones in the browser are below


@dataclass(frozen=True)
class Kept:
    """What the installation has kept of one made-up phone's ticket."""

    number: int
    state: TicketState
    wait: timedelta | None


def phones_near(business: Business, count: int) -> list[str]:
    """Made-up numbers of the same country as our own, others than those of the last replays if possible."""
    ours = {number.phone for number in business.numbers}
    first = business.numbers[0].phone[:-4]
    all_of_them = [f"{first}{last:04d}" for last in range(FIRST_PHONE, LAST_PHONE + 1)]
    free = [phone for phone in all_of_them if phone not in ours]
    if count > len(free):
        raise Refused(f"At most {len(free)} tickets can be replayed at once; this day has {count}.")
    start = secrets.randbelow(len(free))
    return [free[(start + place) % len(free)] for place in range(count)]


def set_stage(
    session: Session,
    business_id: int,
    keyword: str,
    servicers: Sequence[str],
    *,
    password_hash: str,
    now: datetime,
) -> tuple[int, list[str]]:
    """The queue, open and empty, and its servicers' e-mails. Raises Refused for a queue of another kind."""
    queue = Queue.named(session, keyword)
    if queue is None:
        queue = Queue(business_id=business_id, keyword=keyword, name=NAME, created_at=now)
        session.add(queue)
        session.flush()
    elif queue.business_id != business_id or queue.name != NAME:
        raise Refused(f"{keyword} is a queue of yours: a replay makes its own, name another with --queue.")
    clear_stage(session, queue.id, now=now)
    queue = Queue.lock(session, queue.id)
    queue.open(session, by=By.command(), now=now)
    emails = []
    for place, name in enumerate(servicers, start=1):
        email = f"{keyword.lower()}.{place}@replay.invalid"
        account = Servicer.named(session, email)
        if account is None:
            account = Servicer(business_id=business_id, email=email, role=Role.SERVICER, created_at=now)
            session.add(account)
        account.name = f"{NAME} {name}"[:60]
        account.calls_next_when_done = False  # calls come when the file says so
        account.take_password(password_hash)
        emails.append(email)
    return queue.id, emails


def clear_stage(session: Session, queue_id: int, *, now: datetime) -> int:
    """Take out whoever an unfinished replay has left there, close it, and let nobody in with its accounts.

    Closed, it is none of the lines that a customer of the business is asked to choose from.
    """
    queue = Queue.lock(session, queue_id)
    left = session.scalars(select(Ticket).where(Ticket.queue_id == queue_id, among(Ticket.state, LIVE))).all()
    for ticket in left:
        ticket.remove(session, by=By.command(), now=now, reason="replay ended")
    if queue.state != QueueState.CLOSED:
        queue.close(session, by=By.command(), now=now)
    pattern = f"{queue.keyword.lower()}.%@replay.invalid"
    for account in session.scalars(select(Servicer).where(Servicer.email.like(pattern))):
        account.take_password(NOBODYS_PASSWORD)
    return len(left)


def kept_of(session: Session, queue_id: int, phones: Iterable[str], since: datetime) -> dict[str, list[Kept]]:
    """The tickets of these phones, by phone."""
    hashes = {phone_keys().hash(phone): phone for phone in phones}
    rows = session.execute(
        select(Customer.phone_hash, Ticket)
        .join(Ticket, Ticket.customer_id == Customer.id)
        .where(Ticket.queue_id == queue_id, Ticket.joined_at >= since)
        .order_by(Ticket.id)
    )
    kept: dict[str, list[Kept]] = {}
    for phone_hash, ticket in rows:
        if phone_hash in hashes:
            wait = ticket.called_at - ticket.joined_at if ticket.called_at else None
            kept.setdefault(hashes[phone_hash], []).append(Kept(ticket.number, ticket.state, wait))
    return kept


def count_unsent(session: Session, queue_id: int, since: datetime) -> int:
    """Texts of this replay that are still on their way to the phones."""
    of_replay = (OutboundMessage.queue_id == queue_id, OutboundMessage.created_at >= since)
    return session.scalar(select(func.count()).where(*of_replay, OutboundMessage.state.in_(UNSENT))) or 0


def texts_received(session: Session, phones: Iterable[str], since: datetime) -> Counter[tuple[str, str]]:
    """What the outbox has sent to these phones: how often each text came to each."""
    wanted = set(phones)
    rows = session.execute(
        select(PretendText.phone, PretendText.body).where(
            PretendText.at >= since, ~PretendText.from_phone, PretendText.sid.is_not(None)
        )
    )
    return Counter((phone, body) for phone, body in rows if phone in wanted)
