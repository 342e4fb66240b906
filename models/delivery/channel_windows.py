"""Channels that take free words only for a while after the customer has written, and SMS in their place.

SMS takes over where the queue allows it and the customer has opted out of nothing at all.
"""

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from models.people.business import OurNumber
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage

# Among the facts of a text that goes by SMS in place of its own channel.
STANDS_IN = "stands_in"
STANDS_IN_FACT = {STANDS_IN: True}


def is_window_over(session: Session, message: OutboundMessage, number: OurNumber, now: datetime) -> bool:
    """Whether this number's channel has a window, and it has closed since their last text to it."""
    window = number.channel.window
    if window is None:
        return False
    wrote = select(func.max(InboundMessage.received_at)).where(
        InboundMessage.customer_id == message.customer_id, InboundMessage.our_number_id == number.id
    )
    last = session.scalar(wrote)
    return last is None or last + window <= now


def fall_back_to_sms(session: Session, message: OutboundMessage) -> bool:
    """Let the business's number for SMS send a text that waits; False if it may not."""
    sms = sms_instead(session, message)
    if sms is not None:
        message.our_number, message.facts = sms, message.facts | STANDS_IN_FACT
    return sms is not None


def is_forbidden_by_sms(session: Session, message: OutboundMessage) -> bool:
    """Whether it takes another channel's place, and they have opted out of any since it was queued."""
    stands_in = STANDS_IN in message.facts
    return stands_in and message.recipient.has_opted_out_anywhere(session, message.our_number.business_id)


def is_first_by_sms(session: Session, message: OutboundMessage) -> bool:
    """Whether it takes another channel's place, and this phone and our number have exchanged no text yet.

    Whoever wrote to the number was answered, and told then who we are and how to stop.
    """
    if STANDS_IN not in message.facts or message.customer_id is None:
        return False
    wrote = exists().where(
        InboundMessage.customer_id == message.customer_id,
        InboundMessage.our_number_id == message.our_number_id,
    )
    was_texted = exists().where(
        Ticket.customer_id == message.customer_id,
        OutboundMessage.ticket_id == Ticket.id,
        OutboundMessage.our_number_id == message.our_number_id,
        OutboundMessage.accepted_at.is_not(None),
    )
    return not session.scalar(select(or_(wrote, was_texted)))


def sms_instead(session: Session, message: OutboundMessage) -> OurNumber | None:
    """The number for SMS that may send this text in place of its own."""
    queue = session.get(Queue, message.queue_id) if message.queue_id is not None else None
    if queue is None or not queue.falls_back_to_sms or message.our_number.channel.has_segments:
        return None
    number = queue.business.sms_number
    if number is None or message.recipient.has_opted_out_anywhere(session, queue.business_id):
        return None
    return number


def template_variables(message: OutboundMessage) -> tuple[str, ...]:
    """What stands in a template's places: number, queue, desk (or queue), and the page's token."""
    facts = message.facts
    desk = facts.get("desk") or facts["queue"]
    return str(facts["number"]), str(facts["queue"]), str(desk), str(facts["token"])
