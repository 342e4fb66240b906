"""Which of a customer's tickets a text is about: the one they name, or the one last texted about."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.meanings import Meaning
from bot.reply_context import ReplyContext
from bot.understanding import Intent
from models.queueing.tables.ticket_states import TicketState
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState


def ticket_meant(
    context: ReplyContext, intent: Intent, *, rather: TicketState | None = None
) -> Ticket | None:
    """Their live ticket: of the queue they name, else of the one last texted about, by them or by us.

    `rather`: the state that this word is usually about; a ticket in that state is preferred.
    """
    tickets = context.live_tickets
    if intent.keyword is not None:
        named = [ticket for ticket in tickets if ticket.queue.keyword == intent.keyword]
        tickets = named or _sent_on_from(context, intent.keyword)
    if intent.meaning in (Meaning.LEAVE, Meaning.HERE) and intent.number is not None:
        tickets = [ticket for ticket in tickets if ticket.number == intent.number]
    tickets = [ticket for ticket in tickets if ticket.state == rather] or tickets
    if not tickets:
        return None
    ticket = tickets[0] if len(tickets) == 1 else _last_texted_about(context, tickets)
    context.message.queue_id = ticket.queue_id
    return ticket


def says_another_number(context: ReplyContext, intent: Intent) -> bool:
    """They have a ticket, and "remove 14" says a number that is none of theirs."""
    numbers = {ticket.number for ticket in context.live_tickets}
    return intent.number is not None and bool(numbers) and intent.number not in numbers


def lock_ticket_meant(
    context: ReplyContext, intent: Intent, *, rather: TicketState | None = None
) -> Ticket | None:
    """As `ticket_meant`, locked for a change; None if it has just ended."""
    meant = ticket_meant(context, intent, rather=rather)
    ticket = Ticket.lock(context.session, meant.id) if meant else None
    return ticket if ticket is not None and ticket.is_live else None


def _last_texted_about(context: ReplyContext, tickets: list[Ticket]) -> Ticket:
    by_queue = _by_queue_sent_on_from(context.session, tickets) | {t.queue_id: t for t in tickets}
    last_from_them = (
        select(InboundMessage.received_at, InboundMessage.queue_id)
        .where(InboundMessage.customer_id == context.customer.id, InboundMessage.queue_id.in_(by_queue))
        .order_by(InboundMessage.id.desc())
        .limit(1)
    )
    # A text that still waits in the outbox has not been read.
    last_from_us = (
        select(OutboundMessage.claimed_at, OutboundMessage.queue_id)
        .where(
            OutboundMessage.ticket_id.in_([ticket.id for ticket in tickets]),
            OutboundMessage.state.not_in((TextState.WAITING, TextState.REJECTED, TextState.EXPIRED)),
        )
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    texts = [context.session.execute(query).first() for query in (last_from_them, last_from_us)]
    moments = {at: queue_id for at, queue_id in filter(None, texts) if at and queue_id}
    if not moments:
        return max(tickets, key=lambda ticket: ticket.id)
    return by_queue[moments[max(moments)]]


def _sent_on_from(context: ReplyContext, keyword: str) -> list[Ticket]:
    queue = context.queue_named(keyword)
    if queue is None or not context.live_tickets:
        return []
    ticket = _by_queue_sent_on_from(context.session, context.live_tickets).get(queue.id)
    return [ticket] if ticket else []


def _by_queue_sent_on_from(session: Session, live: list[Ticket]) -> dict[int, Ticket]:
    """Live tickets that came from a transfer, by the id of the queue they were transferred from."""
    sent_on = select(Ticket.id, Ticket.queue_id, Ticket.moved_to_id).where(
        Ticket.customer_id == live[0].customer_id, Ticket.moved_to_id.is_not(None)
    )
    found = {ticket.id: ticket for ticket in live}
    by_queue: dict[int, Ticket] = {}
    for ticket_id, queue_id, moved_to_id in session.execute(sent_on.order_by(Ticket.id.desc())):
        if moved_to_id in found:  # a ticket is always sent on to a newer one, so the end is known first
            found[ticket_id] = found[moved_to_id]
            by_queue.setdefault(queue_id, found[ticket_id])
    return by_queue
