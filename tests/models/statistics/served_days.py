"""People served on a day, and the summary of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.wording.mails import summary_line
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.summary import Summary, summary_of
from models.storage.database import reading, transaction
from tests.world import NOON, call_next, join, minutes, phone

TODAY = date(2026, 3, 10)
MONDAY = date(2026, 3, 9)
A_DAY = timedelta(days=1)
A_WEEK = timedelta(weeks=1)


def of_day(business: Business, day: date = TODAY) -> Summary:
    with reading() as session:
        return summary_of(session, session.get_one(Business, business.id), day, NOON + A_DAY)


def line(business: Business, day: date = TODAY) -> str:
    return summary_line(of_day(business, day).line_facts(), business.language)


def serve(queue: Queue, rosa: Servicer, who: int, joined: datetime, wait: float) -> None:
    """Somebody joins, is called after so many minutes, and is done five minutes later."""
    ticket_id = join(queue, phone(who), joined).ticket_id
    call_next(queue, rosa, joined + minutes(wait))
    end(ticket_id, lambda s, t: ending.finish(s, t, by=By.clock(), now=joined + minutes(wait + 5)))


def end(ticket_id: int, verb: Callable[[Session, Ticket], object]) -> None:
    def work(session: Session) -> None:
        ticket = Ticket.lock(session, ticket_id)
        assert ticket is not None
        verb(session, ticket)

    transaction(work)


def give_up(queue: Queue, who: int, joined: datetime, reason: str | None = None) -> None:
    ticket_id = join(queue, phone(who), joined).ticket_id
    end(ticket_id, lambda s, t: ending.leave(s, t, by=By.customer(), now=joined + minutes(3), reason=reason))
