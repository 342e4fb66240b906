"""A carrier that leaves the first outcome unknown, the clock's look-ups, and a turn text to settle."""

import pytest

from jobs.outbox.carrier import Unknown
from jobs.outbox.reconcile import UnknownTexts
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState
from tests.jobs.outbox.settling.lookups import SETTLE
from tests.jobs.scripted import Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import ANA, call_next, join


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier(Unknown("no answer in time"))


@pytest.fixture
def clock(carrier: ScriptedCarrier, day: Day) -> UnknownTexts:
    return UnknownTexts(carrier, settle_seconds=SETTLE, now=day)


@pytest.fixture
def turn(day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer) -> OutboundMessage:
    """Ana's turn text, of unknown outcome."""
    join(queue, ANA)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    (text,) = texts()
    assert text.state == TextState.UNKNOWN
    return text
