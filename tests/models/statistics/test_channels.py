"""What each channel was used for: who joined by it, what became of its texts, and how often it is billed."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.statistics.channels import ChannelUse, use_of_channels
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
