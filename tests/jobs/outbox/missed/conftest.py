"""An hour of a day, a carrier's lists, and the jobs that read them."""

from datetime import timedelta

import pytest

from bot.incoming import IncomingText
from jobs.outbox.missed_texts import MissedTexts
from jobs.outbox.reconcile import LostReplies
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from models.texts.text_states import TextState
from tests.jobs.outbox.missed.incoming import SETTLE, at_webhook, customer_texts, report_on
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier
from tests.world import BEN, NOON


@pytest.fixture
def day(db: Database) -> Day:
    return Day(NOON + timedelta(hours=1))


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture
def missed(carrier: ScriptedCarrier, day: Day, queue: Queue) -> MissedTexts:
    return MissedTexts(
        carrier, public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=SETTLE, now=day
    )


@pytest.fixture
def lost(carrier: ScriptedCarrier, day: Day) -> LostReplies:
    return LostReplies(carrier, settle_seconds=SETTLE, now=day)


@pytest.fixture
def known(day: Day, carrier: ScriptedCarrier, queue: Queue) -> IncomingText:
    """Ben's answer was reported, and is in the carrier's list."""
    text = customer_texts(carrier, "CET236", day, phone=BEN, sid="SMben")
    reply = at_webhook(text, day.now)
    carrier.has(BEN, reply or "", day.now, sid="SMreply-ben", direction="outbound-reply")
    report_on(text, TextState.DELIVERED, day.now)
    return text
