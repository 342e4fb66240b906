"""The setting of a replay: a queue of its own with accounts for its servicers, and what is read of it after.

Made and read directly in the database; everything that happens in it comes in by webhook and pages.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commands.command_line.errors import Refused
from models.people.actors import By
from models.people.addresses import Address, Channel
from models.people.business import Business
from models.people.customers import Customer
from models.people.phone_numbers import phone_keys
from models.people.servicers import NOBODYS_PASSWORD, Role, Servicer
from models.queueing import ending
from models.queueing.door_codes import shown_code
from models.queueing.opening import close_queue, open_queue
from models.queueing.setup.new_queues import make_queue
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, TicketState, among
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.pretend_phones import PretendText
from models.texts.text_kinds import TextKind
from models.texts.text_states import UNSENT, TextState

NAME = "Replay"
FIRST_PHONE, LAST_PHONE = 2000, 9999  # the browser's pretend phones have lower numbers


@dataclass(frozen=True)
class StoredTicket:
    """What the installation has stored of one made-up phone's ticket."""

    number: int
    state: TicketState
    wait: timedelta | None


def phones_near(business: Business, count: int) -> list[str]:
    """Made-up numbers of the same country as ours, if possible not those of the last replays."""
    assert business.sms_number is not None
    ours = {number.phone for number in business.numbers}
    first = business.sms_number.phone[:-4]
    all_of_them = [f"{first}{last:04d}" for last in range(FIRST_PHONE, LAST_PHONE + 1)]
    free = [phone for phone in all_of_them if phone not in ours]
    if count > len(free):
        raise Refused(f"At most {len(free)} tickets can be replayed at once; this day has {count}.")
    start = secrets.randbelow(len(free))
    return [free[(start + place) % len(free)] for place in range(count)]


def addresses_texted(business: Business) -> list[Address]:
    """One of our numbers on each channel: customers of a replay text them in turn."""
    by_channel = {number.channel: number.address for number in reversed(business.numbers)}
    return [by_channel[channel] for channel in Channel if channel in by_channel]


def set_stage(
    session: Session,
    business_id: int,
    keyword: str,
    servicers: Sequence[str],
    *,
    password_hash: str,
    now: datetime,
    door_code: bool = False,
) -> tuple[int, list[str]]:
    """The queue, open and empty, and its servicers' e-mails. Raises Refused for a queue of another kind."""
    queue = Queue.named(session, business_id, keyword)
    if queue is None:
        queue = make_queue(session, business_id, keyword, name=NAME, now=now)
    elif queue.name != NAME:
        raise Refused(
            f"{keyword} is one of your queues. A replay makes its own: give another keyword with --queue."
        )
    clear_stage(session, queue.id, now=now)
    queue = Queue.lock(session, queue.id)
    queue.door_code = door_code
    open_queue(session, queue, by=By.command(), now=now)
    emails = []
    for place, name in enumerate(servicers, start=1):
        email = f"{queue.address.lower()}.{place}@replay.invalid"
        account = Servicer.by_email(session, email)
        if account is None:
            account = Servicer(business_id=business_id, email=email, role=Role.SERVICER, created_at=now)
            account.email_proved_at = now
            session.add(account)
        elif account.business_id != business_id:
            raise Refused(f"{email} has an account at another business: give another keyword with --queue.")
        account.name = f"{NAME} {name}"[:60]
        account.calls_next_when_done = False  # calls come when the file says so
        account.set_password(password_hash)
        emails.append(email)
    return queue.id, emails


def clear_stage(session: Session, queue_id: int, *, now: datetime) -> int:
    """Remove the tickets of an unfinished replay, close the queue, and end access by its accounts.

    A closed queue is not offered to customers of the business.
    """
    queue = Queue.lock(session, queue_id)
    left = session.scalars(select(Ticket).where(Ticket.queue_id == queue_id, among(Ticket.state, LIVE))).all()
    for ticket in left:
        ending.remove(session, ticket, by=By.command(), now=now, reason="replay ended")
    if queue.state != QueueState.CLOSED:
        close_queue(session, queue, by=By.command(), now=now)
    pattern = f"{queue.address.lower()}.%@replay.invalid"
    for account in session.scalars(select(Servicer).where(Servicer.email.like(pattern))):
        account.set_password(NOBODYS_PASSWORD)
    return len(left)


def code_shown(session: Session, queue_id: int, now: datetime) -> str:
    """As it stands on the board, "" for a queue that asks for none."""
    code = shown_code(session.get_one(Queue, queue_id), now)
    return code.code if code else ""


def stored_tickets(
    session: Session, queue_id: int, phones: Iterable[str], since: datetime
) -> dict[str, list[StoredTicket]]:
    """The tickets of these phones, by phone."""
    hashes = {phone_keys().hash(phone): phone for phone in phones}
    rows = session.execute(
        select(Customer.phone_hash, Ticket)
        .join(Ticket, Ticket.customer_id == Customer.id)
        .where(Ticket.queue_id == queue_id, Ticket.joined_at >= since)
        .order_by(Ticket.id)
    )
    kept: dict[str, list[StoredTicket]] = {}
    for phone_hash, ticket in rows:
        if phone_hash in hashes:
            wait = ticket.called_at - ticket.joined_at if ticket.called_at else None
            kept.setdefault(hashes[phone_hash], []).append(StoredTicket(ticket.number, ticket.state, wait))
    return kept


def count_unsent(session: Session, queue_id: int, since: datetime) -> int:
    """Texts of this replay that have not reached the phones yet."""
    of_replay = (OutboundMessage.queue_id == queue_id, OutboundMessage.created_at >= since)
    return session.scalar(select(func.count()).where(*of_replay, OutboundMessage.state.in_(UNSENT))) or 0


def texts_received(
    session: Session, phones: Iterable[str], since: datetime
) -> Counter[tuple[str, Channel, str]]:
    """What the outbox has sent to these phones: how often each text came to each, and by which channel."""
    wanted = set(phones)
    rows = session.execute(
        select(PretendText.phone, PretendText.channel, PretendText.body).where(
            PretendText.at >= since, ~PretendText.from_phone, PretendText.sid.is_not(None)
        )
    )
    return Counter((phone, channel, body) for phone, channel, body in rows if phone in wanted)


def told_again(session: Session, queue_id: int, since: datetime) -> list[int]:
    """How often each of those who were told it was told by text that their wait has changed."""
    texts = select(func.count()).where(
        OutboundMessage.queue_id == queue_id,
        OutboundMessage.kind == TextKind.PROMISE_CHANGED,
        OutboundMessage.created_at >= since,
        OutboundMessage.state.in_((TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED)),
    )
    return list(session.scalars(texts.group_by(OutboundMessage.ticket_id)))
