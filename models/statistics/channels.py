"""What each channel was used for on some days of some queues: who joined by it, what became of its texts.

Read from the rows themselves, only where there are several channels. A year is summed from its stored days.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
            found[channel] = _added(found.get(channel, ChannelUse()), use)
    return dict(sorted(found.items()))


def _added(one: ChannelUse, other: ChannelUse) -> ChannelUse:
    return ChannelUse(*map(sum, zip(one, other, strict=True)))


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
    first, last = min(days), max(days)
    since, until = bounds.start_of(first), bounds.end_of(last)
    tickets = _of_tickets(session, [queue.id], first, last, Ticket.day)
    answers = _of_answers(session, [queue.id], since, until, InboundMessage.received_at)
    found: defaultdict[date, defaultdict[str, ChannelUse]] = defaultdict(lambda: defaultdict(ChannelUse))
    for channel, day, use in (*tickets, *((channel, bounds.day_of(at), use) for channel, at, use in answers)):
        found[day][channel] = _added(found[day][channel], use)
    return {day: dict(sorted(found[day].items())) for day in days if day in found}


def use_of_channels(
    session: Session, business: Business, queue_ids: Collection[int], first: date, last: date
) -> dict[Channel, ChannelUse]:
    """By channel, those that were used or have a number, in the order of Channel."""
    since, until = business.start_of(first), business.end_of(last)
    found = {number.channel: ChannelUse() for number in business.numbers}
    tickets = _of_tickets(session, queue_ids, first, last)
    for channel, *_, use in (*tickets, *_of_answers(session, queue_ids, since, until)):
        found[channel] = _added(found.get(channel, ChannelUse()), use)
    return {channel: found[channel] for channel in Channel if channel in found}


def _of_tickets(
    session: Session, queue_ids: Collection[int], first: date, last: date, *by: Any
) -> Iterator[tuple[Any, ...]]:
    """(channel, what `by` names, use): who took a number, and the texts about tickets of these days."""
    for *key, joined in session.execute(_joined(queue_ids, first, last, *by)):
        yield *key, ChannelUse(joined=joined)
    for *key, sent, delivered, read, failed, billed in session.execute(_outbox(queue_ids, first, last, *by)):
        yield *key, ChannelUse(sent=sent, delivered=delivered, read=read, failed=failed, billed=billed)


def _of_answers(
    session: Session, queue_ids: Collection[int], since: datetime, until: datetime, *by: Any
) -> Iterator[tuple[Any, ...]]:
    """(channel, what `by` names, use): the answers to texts of this time."""
    for *key, answers, pieces in session.execute(_answers(queue_ids, since, until, *by)):
        yield *key, ChannelUse(answers=answers, billed=pieces or 0)


def _joined(queue_ids: Iterable[int], first: date, last: date, *by: Any) -> Select[Any]:
    return (
        select(OurNumber.channel, *by, func.count())
        .join(Ticket, Ticket.our_number_id == OurNumber.id)
        .where(
            Ticket.queue_id.in_(queue_ids),
            Ticket.day.between(first, last),
            Ticket.source == Source.TEXT,
            Ticket.reason.is_distinct_from(UNDONE),
        )
        .group_by(OurNumber.channel, *by)
    )


def _outbox(queue_ids: Iterable[int], first: date, last: date, *by: Any) -> Select[Any]:
    return (
        select(
            OurNumber.channel,
            *by,
            _count(LEFT_US),
            _count(OutboundMessage.state == TextState.DELIVERED),
            _count(OutboundMessage.read_at.is_not(None)),
            _count(FAILED),
            _count(PAID, func.coalesce(OutboundMessage.segments, 0)),
        )
        .join(OutboundMessage, OutboundMessage.our_number_id == OurNumber.id)
        .join(Ticket, Ticket.id == OutboundMessage.ticket_id)
        .where(Ticket.queue_id.in_(queue_ids), Ticket.day.between(first, last))
        .group_by(OurNumber.channel, *by)
    )


def _count(condition: ColumnElement[bool], unit: ColumnElement[int] | int = 1) -> ColumnElement[int]:
    return func.sum(case((condition, unit), else_=0))


def _answers(queue_ids: Iterable[int], since: datetime, until: datetime, *by: Any) -> Select[Any]:
    return (
        select(OurNumber.channel, *by, func.count(), func.sum(InboundMessage.reply_segments))
        .join(InboundMessage, InboundMessage.our_number_id == OurNumber.id)
        .where(
            InboundMessage.queue_id.in_(queue_ids),
            InboundMessage.received_at >= since,
            InboundMessage.received_at < until,
            InboundMessage.reply_segments.is_not(None),
            InboundMessage.reply_state.is_distinct_from(TextState.REJECTED),
        )
        .group_by(OurNumber.channel, *by)
    )
