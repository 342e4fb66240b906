"""The cast of the tests: a barber's shop, servicers Rosa and Luis, customers Ana, Ben and Cai.

Each `make_x` has defaults for everything, commits, and gives the detached row; `the_x` shortcuts do what
a person would do. Moments are given by the test: NOON is a Tuesday in Lisbon.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.people.customers import Customer
from models.people.servicers import Role, Servicer
from models.queueing import calling, ending, moving, reminders, returning, ticket_details
from models.queueing.duties import come_on_duty
from models.queueing.line.queries import waiting_tickets
from models.queueing.numbers import Taken, take_number
from models.queueing.presses.presses import Button, begin_press
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage

T = TypeVar("T")

# Every verb on a ticket, by its name.
TICKET_VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb
    for verb in (
        calling.call,
        calling.call_again,
        calling.start,
        reminders.alert,
        reminders.remind,
        reminders.flag_not_here,
        ending.finish,
        ending.mark_no_show,
        ending.leave,
        ending.remove,
        moving.put_back,
        moving.set_aside,
        returning.bring_back,
        moving.put_first,
        ticket_details.set_lead,
        ticket_details.arrive,
        ticket_details.rate,
    )
}

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SHOP_PHONE = "+15550100000"
ANA, BEN, CAI = "+15550101001", "+15550101002", "+15550101003"

_counter = itertools.count(1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def phone(index: int) -> str:
    """The index-th made-up phone of a crowd."""
    return f"+1555020{index:04d}"


def make_business(**values: Any) -> Business:
    number = values.pop("number", SHOP_PHONE)
    defaults = {"name": "Barber Lopes", "timezone": "Europe/Lisbon", "created_at": NOON - timedelta(days=30)}

    def work(session: Session) -> Business:
        business = Business(**(defaults | values))
        business.numbers.append(OurNumber(phone=number, created_at=business.created_at))
        session.add(business)
        return business

    return transaction(work)


def make_number(
    business: Business, channel: Channel = Channel.WHATSAPP, number: str = SHOP_PHONE, **values: Any
) -> OurNumber:
    """Another number of the business."""
    values = {"created_at": NOON - timedelta(days=30)} | values
    return _add(OurNumber(business_id=business.id, channel=channel, phone=number, **values))


def make_queue(business: Business, keyword: str = "CET236", **values: Any) -> Queue:
    defaults = {"name": "Haircuts", "created_at": NOON - timedelta(days=30)}
    return _add(Queue(business_id=business.id, keyword=keyword, **(defaults | values)))


def make_desk(queue: Queue, name: str = "Chair 1") -> Desk:
    return _add(Desk(queue_id=queue.id, name=name))


def make_servicer(business: Business, name: str = "Rosa", **values: Any) -> Servicer:
    defaults = {
        "email": f"{name.lower()}{next(_counter)}@example.com",
        "role": Role.SERVICER,
        "password_hash": "!",
        "session_key": secrets.token_hex(8),
        "created_at": NOON - timedelta(days=30),
        "email_proved_at": NOON - timedelta(days=30),
    }
    return _add(Servicer(business_id=business.id, name=name, **(defaults | values)))


def join(
    queue: Queue, phone: str | None = ANA, now: datetime = NOON, source: Source = Source.TEXT, **values: Any
) -> Taken:
    """Somebody takes a number."""

    def work(session: Session) -> Taken:
        locked = Queue.lock(session, queue.id)
        business_id = locked.business_id
        customer = (
            Customer.with_phone(session, business_id, phone, now)
            if phone
            else Customer.without_phone(session, business_id, now)
        )
        ours = select(OurNumber).where(OurNumber.business_id == business_id).order_by(OurNumber.id)
        our_number = session.scalars(ours).first()
        return take_number(
            session,
            locked,
            customer,
            source=source,
            by=By.customer(),
            now=now,
            our_number_id=our_number.id if our_number else None,
            **values,
        )

    return transaction(work)


def press(
    queue: Queue,
    servicer: Servicer,
    verb: Callable[[Session, Queue, By], T],
    now: datetime = NOON,
    press_id: str | None = None,
    button: Button = Button.CALL_NEXT,
) -> T:
    """A servicer presses a button that ends in `verb(session, queue, by)`."""
    press_id = press_id or secrets.token_hex(8)

    def work(session: Session) -> T:
        locked = Queue.lock(session, queue.id)
        by = By.servicer(servicer.id, press_id)
        begin_press(session, press_id, button, queue=locked, servicer_id=servicer.id, now=now)
        come_on_duty(session, locked.id, by=by, now=now)
        return verb(session, locked, by)

    return transaction(work)


def call_next(queue: Queue, servicer: Servicer, now: datetime = NOON, desk: Desk | None = None) -> int | None:
    """Press Call next; gives the number called."""

    def verb(session: Session, locked: Queue, by: By) -> int | None:
        me = session.get_one(Servicer, servicer.id)
        ticket = calling.call_next(session, locked, me, by=by, now=now, desk_id=desk.id if desk else None)
        return ticket.number if ticket else None

    return press(queue, servicer, verb, now)


def change(number: int, queue: Queue, verb: Callable[[Session, Ticket], T]) -> T:
    """Lock the ticket with this number and do `verb(session, ticket)` to it."""

    def work(session: Session) -> T:
        found = session.scalars(
            select(Ticket.id).where(Ticket.queue_id == queue.id, Ticket.number == number)
        ).one()
        ticket = Ticket.lock(session, found)
        assert ticket is not None
        return verb(session, ticket)

    return transaction(work)


def ticket(queue: Queue, number: int) -> Ticket:
    """The ticket as it is in the database now."""
    with reading() as session:
        return session.scalars(
            select(Ticket).where(Ticket.queue_id == queue.id, Ticket.number == number)
        ).one()


def state(queue: Queue) -> QueueState:
    """The queue's, as it is in the database now."""
    with reading() as session:
        return session.get_one(Queue, queue.id).state


def line(queue: Queue) -> list[int]:
    """The numbers waiting, first in line first."""
    with reading() as session:
        return [t.number for t in waiting_tickets(session, session.get_one(Queue, queue.id))]


def outbox(queue: Queue, number: int | None = None) -> list[tuple[int, str, str]]:
    """(number, kind, state) of every text about the queue's tickets, oldest first."""
    with reading() as session:
        rows = session.execute(
            select(Ticket.number, OutboundMessage.kind, OutboundMessage.state)
            .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
            .where(OutboundMessage.queue_id == queue.id)
            .order_by(OutboundMessage.id)
        ).all()
    return [(n, kind.value, state.value) for n, kind, state in rows if number in (None, n)]


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What the database is asked in the block."""
    asked: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def _add(row: T) -> T:
    def work(session: Session) -> T:
        session.add(row)
        session.flush()
        return row

    return transaction(work)
