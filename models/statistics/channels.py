"""What each channel was used for on some days of some queues: who joined by it, what became of its texts.

Read from the rows themselves, only where there are several channels. A year is summed from its stored days.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import Business, OurNumber
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import UNDONE, Source
from models.queueing.tables.tickets import Ticket
from models.statistics.day_bounds import DayBounds
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


ByChannel = dict[str, ChannelUse]


def has_several_channels(session: Session, business_id: int) -> bool:
    """Or had them: numbers that were taken away count."""
    others = exists().where(OurNumber.business_id == business_id, OurNumber.channel != Channel.SMS)
    return bool(session.scalar(select(others)))


def sum_channels(each: Iterable[Mapping[str, ChannelUse]]) -> ByChannel:
    found: ByChannel = {}
    for uses in each:
        for channel, use in uses.items():
            so_far = found.get(channel, ChannelUse())
            found[channel] = ChannelUse(*map(sum, zip(so_far, use, strict=True)))
    return dict(sorted(found.items()))


def stored_channels(channels: Mapping[str, ChannelUse]) -> dict[str, Any]:
    """As they stand among the figures of a day or a month, which may have been stored without any."""
    return {"channels": {channel: list(use) for channel, use in channels.items()}} if channels else {}


def channels_in(figures: Mapping[str, Any]) -> ByChannel:
    return {channel: ChannelUse(*use) for channel, use in figures.get("channels", {}).items()}


def use_by_day(
    session: Session, queue: Queue, days: Collection[date], bounds: DayBounds
) -> dict[date, ByChannel]:
    """Of one queue, to be stored with its days; nothing where there was never more than SMS."""
    if not has_several_channels(session, queue.business_id):
        return {}
    found: defaultdict[date, defaultdict[str, ChannelUse]] = defaultdict(lambda: defaultdict(ChannelUse))
    first, last = min(days), max(days)
    for channel, day, joined in session.execute(_by_day(_joined([queue.id], first, last))):
        found[day][channel] = found[day][channel]._replace(joined=joined)
    outbox = _by_day(_outbox([queue.id], first, last))
    for channel, day, sent, delivered, read, failed, billed in session.execute(outbox):
        found[day][channel] = found[day][channel]._replace(
            sent=sent, delivered=delivered, read=read, failed=failed, billed=billed
        )
    since, until = bounds.start_of(first), bounds.end_of(last)
    each = _answers([queue.id], since, until, OurNumber.channel, InboundMessage.received_at)
    for channel, received_at, answers, pieces in session.execute(each):
        so_far = found[bounds.day_of(received_at)][channel]
        found[bounds.day_of(received_at)][channel] = so_far._replace(
            answers=so_far.answers + answers, billed=so_far.billed + (pieces or 0)
        )
    return {day: dict(sorted(found[day].items())) for day in days if day in found}


def _by_day(counted: Any) -> Any:
    """The same, by day as well."""
    channel, *counts = counted.selected_columns
    return counted.with_only_columns(channel, Ticket.day, *counts).group_by(Ticket.day)


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


def _answers(queue_ids: Iterable[int], since: datetime, until: datetime, *of: Any) -> Select[Any]:
    of = of or (OurNumber.channel,)
    return (
        select(*of, func.count(), func.sum(InboundMessage.reply_segments))
        .join(InboundMessage, InboundMessage.our_number_id == OurNumber.id)
        .where(
            InboundMessage.queue_id.in_(queue_ids),
            InboundMessage.received_at >= since,
            InboundMessage.received_at < until,
            InboundMessage.reply_segments.is_not(None),
            InboundMessage.reply_state.is_distinct_from(TextState.REJECTED),
        )
        .group_by(*of)
    )
