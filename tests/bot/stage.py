"""Stage directions of the transcripts: what happens at the counter and in the clock between two texts."""

from datetime import datetime

from sqlalchemy import func, select

from bot.wording.rendering import render
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling, ending
from models.queueing.line.wait_table import store_waits
from models.queueing.opening import close_queue, pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from models.waiting.estimator import WaitState
from tests.world import NOON, call_next, change


def close(queue: Queue) -> None:
    transaction(lambda s: close_queue(s, Queue.lock(s, queue.id), by=By.command(), now=NOON))


def pause(queue: Queue) -> None:
    transaction(lambda s: pause_queue(s, Queue.lock(s, queue.id), by=By.command(), now=NOON))


def start(number: int, queue: Queue, now: datetime) -> None:
    change(number, queue, lambda s, t: calling.start(s, t, by=By.command(), now=now))


def finish(number: int, queue: Queue, now: datetime) -> None:
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.command(), now=now))


def serve(number: int, queue: Queue, servicer: Servicer, now: datetime) -> None:
    """Call the first in line, who must be this number, and finish."""
    assert call_next(queue, servicer, now) == number
    finish(number, queue, now)


def send_on(number: int, queue: Queue, to: Queue, now: datetime) -> int:
    """A servicer sends somebody on to another queue; gives the new number."""

    def work(session) -> int:
        here, there = lock_both(session, queue.id, to.id)
        ticket = session.scalars(
            select(Ticket).where(Ticket.queue_id == here.id, Ticket.number == number)
        ).one()
        return transfer(session, ticket, there, by=By.command(), now=now).number

    return transaction(work)


def texts_leave(now: datetime) -> None:
    """Whatever waits in the outbox has been handed to the carrier."""

    def work(session) -> None:
        for text in session.scalars(
            select(OutboundMessage).where(OutboundMessage.state == TextState.WAITING)
        ):
            text.state, text.claimed_at = TextState.SENT, now

    transaction(work)


def turn_text_leaves(now: datetime = NOON, *, body: str | None = None) -> str:
    """The carrier has accepted the text that calls; gives its words."""

    def work(session) -> str:
        waiting = select(OutboundMessage).where(
            OutboundMessage.kind == TextKind.YOUR_TURN, OutboundMessage.state == TextState.WAITING
        )
        turn = session.scalars(waiting.order_by(OutboundMessage.id)).first()
        turn.state, turn.claimed_at, turn.accepted_at = TextState.ACCEPTED, now, now
        turn.body = body or render(turn.kind, turn.facts, turn.language)
        return turn.body

    return transaction(work)


def each_takes(minutes: float, queue: Queue) -> None:
    """What the clock has computed: so many minutes for each one ahead, give or take a half."""
    curve = [(minutes * (n + 1), minutes * (n + 1) * 0.5, minutes * (n + 1) * 1.5) for n in range(40)]
    transaction(
        lambda s: store_waits(s, queue.id, curve=curve, state=WaitState.OK, last_event_id=10**6, now=NOON)
    )


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
