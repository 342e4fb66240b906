"""The manager's statistics of a day, week, month or year, and its tickets. `files.py` has both as files.

Reads only. Charts are drawn on the server; each has its figures as a table, too.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from babel.dates import get_day_names
from babel.numbers import format_currency, format_decimal
from flask import render_template, request
from flask_babel import get_locale, gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.tables.ticket_states import DAY_ENDED, UNDONE, TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.channels import ChannelUse, has_several_channels, use_of_channels
from models.statistics.costs import costs, prices_of
from models.statistics.distributions import Count, Tally
from models.statistics.servicer_names import servicer_names
from models.statistics.span import Span, span_of
from models.storage.database import reading
from web.manage.guard import manager_blueprint
from web.manage.statistics.charts import Bar, Cell, Columns, bars, columns, heat_map
from web.manage.statistics.next_days import next_days
from web.manage.statistics.selection import Selection, selection
from web.manage.statistics.span import KINDS

TICKETS_ON_A_PAGE = 50
MOST_SHOWN = 200  # tickets in the list of those who gave up
# The tickets behind each figure, by the value of ?became.
OUTCOMES = {
    "served": [Ticket.state == TicketState.SERVED],
    "no_show": [Ticket.state == TicketState.NO_SHOW],
    "gave_up": [Ticket.state == TicketState.LEFT, Ticket.reason.is_distinct_from(DAY_ENDED)],
    "unserved": [Ticket.state == TicketState.LEFT, Ticket.reason == DAY_ENDED],
}
LARGEST_PAGE = 100_000

blueprint = manager_blueprint("manage_statistics", "/statistics")


class Charts(NamedTuple):
    hours: list[int]
    waits: Columns
    gave_up: Columns
    arrivals: Columns
    heat: list[list[Cell]]
    weekdays: list[str]
    served: list[Bar]


@blueprint.get("")
def index() -> str:
    now = datetime.now(UTC)
    with reading() as session:
        asked = selection(session, now)
        span = span_of(session, asked.queues, asked.days.first, asked.days.last, now)
        people = servicer_names(session, {*span.by_servicer(), *span.duties()})
        channels = _channels(session, asked, span)
        today = asked.business.day_of(now)
        coming = next_days(session, asked.queues, today) if asked.days.last >= today else []
    by_channel, cost = _costs(asked.business, channels, span)
    whole, by_hour = span.whole, span.by_hour()
    return render_template(
        "web/manage/statistics.html",
        asked=asked,
        kinds=KINDS,
        today=today,
        next_days=coming,
        span=span,
        whole=whole,
        by_hour=by_hour,
        promises_by_hour={
            f"{hour}–{hour + 1}": tally.promises
            for hour, tally in by_hour.items()
            if tally.promises.total_count
        },
        charts=_charts(span, whole, by_hour, people),
        channels=channels,
        costs=by_channel,
        cost=cost,
        people=people,
        gave_up=span.gave_up(),
        most_shown=MOST_SHOWN,
        Count=Count,
        minutes=in_minutes,
        to_the_tenth=to_the_tenth,
    )


@blueprint.get("/tickets")
def tickets() -> str:
    """The tickets of these days, the newest first, in pages; optionally only those with one outcome."""
    became = request.args.get("became")
    page = request.args.get("page", 1, type=int)
    page = page if 1 <= page <= LARGEST_PAGE else 1
    with reading() as session:
        asked = selection(session, datetime.now(UTC))
        mine = [
            Ticket.queue_id.in_([queue.id for queue in asked.queues]),
            Ticket.day.between(asked.days.first, asked.days.last),
            Ticket.reason.is_distinct_from(UNDONE),
            *OUTCOMES.get(became or "", []),
        ]
        count = session.scalar(select(func.count()).select_from(Ticket).where(*mine)) or 0
        some = select(Ticket).where(*mine).order_by(Ticket.day.desc(), Ticket.queue_id, Ticket.number.desc())
        found = session.scalars(some.offset((page - 1) * TICKETS_ON_A_PAGE).limit(TICKETS_ON_A_PAGE)).all()
        lines = [_line(ticket) for ticket in found]
    pages = max(1, -(-count // TICKETS_ON_A_PAGE))
    return render_template(
        "web/manage/statistics_tickets.html",
        asked=asked,
        became=became if became in OUTCOMES else None,
        lines=lines,
        count=count,
        page=page,
        pages=pages,
    )


def in_minutes(seconds: float | None) -> str:
    """A duration in hours and minutes; "none" if unknown, and never 0 minutes."""
    if seconds is None:
        return _("none")
    minutes = int(seconds / 60 + 0.5)
    if minutes == 0:
        return _("under 1 min")
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)02d min", hours=hours, minutes=rest)
    return _("%(minutes)d min", minutes=minutes)


def to_the_tenth(minutes: float | None, *, signed: bool = False) -> str:
    """Minutes to one decimal; signed where promising too much differs from promising too little."""
    if minutes is None:
        return _("none")
    text = format_decimal(minutes, "+0.0;−0.0" if signed else "0.0", locale=get_locale())
    return _("%(minutes)s min", minutes=text)


def _channels(session: Session, asked: Selection, span: Span) -> dict[Channel, ChannelUse]:
    """Empty where there is SMS alone. A year's texts are too many to count for a page: its days have them."""
    if asked.days.kind == "year":
        stored = span.channels()
        known = stored.keys() | {number.channel for number in asked.business.numbers}
        used = {channel: stored.get(channel, ChannelUse()) for channel in Channel if channel in known}
        return used if used.keys() - {Channel.SMS} else {}
    if not has_several_channels(session, asked.business.id):
        return {}
    queue_ids = [queue.id for queue in asked.queues]
    used = use_of_channels(session, asked.business, queue_ids, asked.days.first, asked.days.last)
    return used if used.keys() - {Channel.SMS} else {}


def _costs(
    business: Business, channels: dict[Channel, ChannelUse], span: Span
) -> tuple[dict[Channel, str], str]:
    """By channel, and of all together; where there is SMS alone, its segments stand with the day's texts."""
    prices = prices_of(business)
    if prices is None or span.is_empty:
        return {}, ""
    texts = span.texts()
    sms_alone = {Channel.SMS: ChannelUse(billed=texts.segments + texts.reply_segments)}
    found = costs(channels or sms_alone, prices)

    def money(amount: Decimal) -> str:
        is_round = amount >= 1  # a message costs a fraction of a cent
        return format_currency(amount, prices.currency, locale=get_locale(), decimal_quantization=is_round)

    return {channel: money(cost) for channel, cost in found.items()}, money(sum(found.values(), Decimal()))


def _charts(span: Span, whole: Tally, by_hour: dict[int, Tally], people: dict[str, str]) -> Charts:
    hours = list(range(min(by_hour), max(by_hour) + 1)) if by_hour else []
    medians = {hour: tally.wait.median for hour, tally in by_hour.items()}
    promised = {hour: tally.promised_range for hour, tally in by_hour.items()}
    gave_up = {hour: float(tally[Count.GAVE_UP]) for hour, tally in by_hour.items()}
    served = {people[key]: tally[Count.SERVED] for key, tally in span.by_servicer().items()}
    names = get_day_names("abbreviated", locale=get_locale())
    return Charts(
        hours=hours,
        waits=columns(
            hours,
            {hour: median / 60 for hour, median in medians.items() if median is not None},
            {hour: between for hour, between in promised.items() if between is not None},
        ),
        gave_up=columns(hours, gave_up),
        arrivals=columns(hours, {hour: float(tally[Count.JOINED]) for hour, tally in by_hour.items()}),
        heat=heat_map(hours, span.joined_by_weekday_and_hour()),
        weekdays=[names[weekday] for weekday in range(7)],
        served=bars({name: count for name, count in served.items() if count}),
    )


def _line(ticket: Ticket) -> dict[str, Any]:
    until = ticket.called_at or ticket.ended_at  # those never called waited until they left
    wait = (until - ticket.joined_at).total_seconds() if until else None
    return {
        "id": ticket.id,
        "keyword": ticket.queue.keyword,
        "number": ticket.label,
        "day": ticket.day,
        "joined_at": ticket.joined_at,
        "wait": in_minutes(wait) if until else "",
        "state": ticket.state,
        "is_sent_on": ticket.state == TicketState.REMOVED and ticket.moved_to_id is not None,
        "servicer": ticket.servicer.name if ticket.servicer else "",
        "told": (ticket.promised_low, ticket.promised_high) if ticket.promised_low else None,
    }
