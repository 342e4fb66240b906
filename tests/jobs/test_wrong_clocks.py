"""A host's time is an hour wrong and then corrected: the line moves, no text waits an hour or goes twice."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from jobs.outbox.carrier import Unknown
from jobs.outbox.reconcile import LostReplies, UnknownTexts
from models.delivery.delivery_reports import Report
from models.delivery.reply_delivery import apply_reply_report
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.text_states import TextState
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, soon, texts
from tests.world import ANA, BEN, NOON, SHOP_PHONE, call_next, join, ticket

HOUR = timedelta(hours=1)


def test_texts_written_by_a_clock_that_is_ahead_leave_once_it_is_put_right(
    queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA, NOON + HOUR)
    call_next(queue, rosa, NOON + HOUR)
    carrier, day = ScriptedCarrier(), Day()
    sender = sender_with(carrier, day)
    sender.send_due()
    assert texts()[0].attempts == 0
    sender.clean_up(NOON)
    sender.send_due()
    assert soon(lambda: texts()[0].accepted_at)


def test_the_line_goes_on_when_time_goes_back(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, NOON + HOUR)
    assert join(queue, BEN, NOON).number == 2
    assert call_next(queue, rosa, NOON) == 1
    called = ticket(queue, 1)
    assert called.called_at is not None
    assert called.called_at >= called.joined_at, "no figure is negative"


@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
def test_a_text_handed_over_by_a_wrong_clock_is_found_once_it_is_right_and_not_sent_twice(
    queue: Queue, rosa: Servicer, wrong: timedelta
) -> None:
    carrier, day = ScriptedCarrier(Unknown("no answer in time")), Day(NOON + wrong)
    join(queue, ANA, day.now)
    call_next(queue, rosa, day.now)
    sender = sender_with(carrier, day)
    send_all(sender, day)
    (turn,) = texts()
    carrier.has(ANA, turn.body or "", at=NOON)
    day.now = NOON + timedelta(minutes=2)
    unknown = UnknownTexts(carrier, settle_seconds=45, now=day)
    sender.clean_up(day.now)
    unknown.run(day.now)
    assert soon(lambda: texts()[0].state == TextState.DELIVERED)
    send_all(sender, day, rounds=3)
    assert len(carrier.got) == 1


def test_an_answer_given_by_a_clock_that_was_ahead_is_found_and_not_given_again(
    queue: Queue, business: Business
) -> None:
    carrier, day = ScriptedCarrier(), Day(NOON)
    answer = texted("CET236", NOON + HOUR)
    carrier.has(ANA, answer, at=NOON, direction="outbound-reply")
    arrived = texted("STATUS", NOON - timedelta(minutes=5), BEN)  # one that is known to be listed
    carrier.has(BEN, arrived, at=NOON - timedelta(minutes=5), direction="outbound-reply", sid="SM2")
    said = Report(TextState.DELIVERED, "SM2", None)
    transaction(lambda s: apply_reply_report(s, sid_of("STATUS"), said, NOON))
    transaction(lambda s: s.execute(update(InboundMessage).values(reply_settle_after=NOON)))
    lost = LostReplies(carrier, settle_seconds=45, now=day)
    for _ in range(3):
        day.pass_(300)
        lost.run(day.now)
        assert soon(lambda: carrier.lists_asked > 0)
    with reading() as session:
        found = select(InboundMessage).where(InboundMessage.sid == sid_of("CET236"))
        assert session.scalars(found).one().reply_state == TextState.DELIVERED
    assert texts() == []


def sid_of(body: str) -> str:
    return f"SM{body}"


def texted(body: str, moment: datetime, phone: str = ANA) -> str:
    text = UnroutedText(sid_of(body), SHOP_PHONE, phone, body)

    def work(session: Session) -> str:
        [taken] = handle_texts(
            session, [text], now=moment, public_url=PUBLIC_URL, settle_after=timedelta(seconds=45)
        )
        return (taken.reply if taken else None) or ""

    return transaction(work)
