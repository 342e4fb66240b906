"""What each channel was used for on some days of some queues: who joined by it, what became of its texts.

Read from the rows themselves: these figures are asked for seldom, and only where there are several channels.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.queueing.tables.ticket_states import UNDONE, Source
from models.queueing.tables.tickets import Ticket
from models.statistics.day_events import FAILED, LEFT_US, PAID
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState


class ChannelUse(NamedTuple):
    joined: int = 0  # who took their number by it
    sent: int = 0  # texts of the outbox that the carrier accepted
    delivered: int = 0  # of these, as far as reported
    read: int = 0  # of these; not reported by SMS, nor by phones that have it switched off
    failed: int = 0
    answers: int = 0  # to texts
    billed: int = 0  # segments of SMS, or messages; of both


def use_of_channels(
    session: Session, business: Business, queue_ids: Collection[int], first: date, last: date
) -> dict[Channel, ChannelUse]:
    """By channel, those that were used or have a number, in the order of Channel."""
    since, until = business.start_of(first), business.end_of(last)
    found: defaultdict[Channel, ChannelUse] = defaultdict(ChannelUse)
    for number in business.numbers:
        found[number.channel]
    for channel, joined in session.execute(_joined(queue_ids, first, last)):
        found[channel] = found[channel]._replace(joined=joined)
    for channel, sent, delivered, read, failed, billed in session.execute(_outbox(queue_ids, first, last)):
        found[channel] = found[channel]._replace(
            sent=sent, delivered=delivered, read=read, failed=failed, billed=billed
        )
    for channel, answers, pieces in session.execute(_answers(queue_ids, since, until)):
        so_far = found[channel]
        found[channel] = so_far._replace(answers=answers, billed=so_far.billed + (pieces or 0))
    return {channel: found[channel] for channel in Channel if channel in found}


def _joined(queue_ids: Iterable[int], first: date, last: date) -> Select[Channel, int]:
    return (
        select(OurNumber.channel, func.count())
        .join(Ticket, Ticket.our_number_id == OurNumber.id)
        .where(
            Ticket.queue_id.in_(queue_ids),
            Ticket.day.between(first, last),
            Ticket.source == Source.TEXT,
            Ticket.reason.is_distinct_from(UNDONE),
        )
        .group_by(OurNumber.channel)
    )


def _outbox(queue_ids: Iterable[int], first: date, last: date) -> Select[Channel, int, int, int, int, int]:
    return (
        select(
            OurNumber.channel,
            _count(LEFT_US),
            _count(OutboundMessage.state == TextState.DELIVERED),
            _count(OutboundMessage.read_at.is_not(None)),
            _count(FAILED),
            _count(PAID, func.coalesce(OutboundMessage.segments, 0)),
        )
        .join(OutboundMessage, OutboundMessage.our_number_id == OurNumber.id)
        .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
        .where(Ticket.queue_id.in_(queue_ids), Ticket.day.between(first, last))
        .group_by(OurNumber.channel)
    )


def _count(condition: ColumnElement[bool], unit: ColumnElement[int] | int = 1) -> ColumnElement[int]:
    return func.sum(case((condition, unit), else_=0))


def _answers(queue_ids: Iterable[int], since: datetime, until: datetime) -> Select[Channel, int, int | None]:
    return (
        select(OurNumber.channel, func.count(), func.sum(InboundMessage.reply_segments))
        .join(InboundMessage, InboundMessage.our_number_id == OurNumber.id)
        .where(
            InboundMessage.queue_id.in_(queue_ids),
            InboundMessage.received_at >= since,
            InboundMessage.received_at < until,
            InboundMessage.reply_segments.is_not(None),
            InboundMessage.reply_state.is_distinct_from(TextState.REJECTED),
        )
        .group_by(OurNumber.channel)
    )
