"""What each channel was used for: who joined by it, what became of its texts, and how often it is billed."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.addresses import Channel
from models.people.business import Business
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.statistics.channels import ChannelUse, use_of_channels
from models.statistics.daily import figures_of_days, row_of_day, store_day
from models.statistics.monthly import row_of_month, store_month, valid_months
from models.statistics.span import span_of
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.bot.transcript import text_in
from tests.world import ANA, BEN, CAI, NOON, call_next, make_number, make_queue, make_servicer

DAY = date(2026, 3, 10)


def use(business: Business, *queues: Queue, first: date = DAY, last: date = DAY) -> dict[Channel, ChannelUse]:
    with reading() as session:
        mine = session.get_one(Business, business.id)
        return use_of_channels(session, mine, [queue.id for queue in queues], first, last)


def finish_all(queue: Queue) -> None:
    """So that the day is final."""

    def work(session: Session) -> None:
        Queue.lock(session, queue.id)
        for ticket in session.scalars(select(Ticket)).all():
            ending.finish(session, ticket, by=By.clock(), now=NOON)

    transaction(work)


def store(session: Session, queue_id: int, day: date, now: datetime) -> None:
    row = row_of_day(session, session.get_one(Queue, queue_id), day, now)
    if row is not None:
        store_day(session, row)
    month = row_of_month(session, queue_id, day.replace(day=1))
    if month is not None:
        store_month(session, month)


def ended_as(*ends: tuple[TextState, bool]) -> None:
    """What became of the texts of the outbox, in their order; and whether they were read."""

    def work(session: Session) -> None:
        texts = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)).all()
        for text, (state, is_read) in zip(texts, ends, strict=True):
            text.state, text.segments, text.read_at = state, 2, NOON if is_read else None

    transaction(work)


def test_joins_texts_and_answers_are_counted_by_channel(business: Business, queue: Queue) -> None:
    make_number(business)
    text_in("CET236 Ana", ANA)
    text_in("CET236 Ben", BEN, channel=Channel.WHATSAPP)
    text_in("CET236 Cai", CAI, channel=Channel.WHATSAPP)
    text_in("STATUS", CAI)  # the same person, by SMS
    for name in ("Rosa", "Luis", "Eva"):
        call_next(queue, make_servicer(business, name))
    ended_as((TextState.DELIVERED, False), (TextState.DELIVERED, True), (TextState.FAILED, False))
    counted = use(business, queue)
    assert list(counted) == [Channel.SMS, Channel.WHATSAPP]
    by_sms, by_whatsapp = counted.values()
    assert by_sms._replace(billed=0) == ChannelUse(joined=1, sent=1, delivered=1, answers=2)
    assert by_sms.billed > 2 + 2, "a first answer has two segments"
    assert by_whatsapp == ChannelUse(
        joined=2, sent=1, delivered=1, read=1, failed=1, answers=2, billed=2 + 2 + 2
    )


def test_a_year_is_summed_from_days_and_months_and_tells_the_same(business: Business, queue: Queue) -> None:
    make_number(business)
    text_in("CET236 Ana", ANA)
    text_in("CET236 Ben", BEN, channel=Channel.WHATSAPP)
    text_in("CET236 Cai", CAI, channel=Channel.WHATSAPP)
    for name in ("Rosa", "Luis", "Eva"):
        call_next(queue, make_servicer(business, name))
    ended_as((TextState.DELIVERED, False), (TextState.DELIVERED, True), (TextState.FAILED, False))
    later = NOON + timedelta(days=40)
    mine = dict(use(business, queue))

    def of_year() -> dict[str, ChannelUse]:
        with reading() as session:
            found = session.get_one(Queue, queue.id)
            return span_of(session, [found], date(2026, 1, 1), date(2026, 12, 31), later).channels()

    assert of_year() == mine
    finish_all(queue)
    for _ in range(2):  # once to store the day, once for the month that is made from it
        transaction(lambda s: store(s, queue.id, DAY, later))
    with reading() as session:
        months = valid_months(session, queue.id, date(2026, 1, 1), date(2026, 12, 31))
    assert [sums.channels for sums in months.values()] == [mine]
    assert of_year() == mine


def test_where_there_is_sms_alone_nothing_more_is_stored(business: Business, queue: Queue) -> None:
    text_in("CET236 Ana", ANA)
    with reading() as session:
        found = session.get_one(Queue, queue.id)
        assert "channels" not in figures_of_days(session, found, [DAY], NOON)[DAY].as_json()


def test_a_channel_that_nobody_used_is_a_row_of_zeros(business: Business, queue: Queue) -> None:
    make_number(business, Channel.RCS, "barber_lopes")
    assert use(business, queue) == {Channel.SMS: ChannelUse(), Channel.RCS: ChannelUse()}


def test_other_days_and_other_queues_do_not_count(business: Business, queue: Queue) -> None:
    other = make_queue(business, "SHAVES")
    text_in("CET236 Ana", ANA)
    assert use(business, other)[Channel.SMS] == ChannelUse()
    tomorrow = DAY + timedelta(days=1)
    assert use(business, queue, first=tomorrow, last=tomorrow)[Channel.SMS] == ChannelUse()
    assert use(business, queue, other, first=DAY, last=tomorrow)[Channel.SMS].joined == 1
