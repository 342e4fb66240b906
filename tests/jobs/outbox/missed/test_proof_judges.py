"""The proof's judge: what a late LEAVE or a lost text makes right is no fault, and what is lost is one."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.outbox.missed_texts import MissedTexts
from models.people.addresses import Channel
from models.queueing.tables.queues import Queue
from tests.fake_carrier import Message
from tests.jobs.outbox.missed.incoming import at_webhook, customer_texts
from tests.jobs.scripted import Day, ScriptedCarrier
from tests.proof.judge import find_faults
from tests.world import ANA, SHOP_PHONE


def on_phone(day: Day, body: str, ago: float, sid: str, **more: Any) -> Message:
    at = day.now - timedelta(seconds=ago)
    return Message(sid, "inbound", ANA, SHOP_PHONE, body, "received", at, **more)


def faults_of(*messages: Message) -> list[str]:
    carrier = SimpleNamespace(messages=lambda: list(messages))
    ana = SimpleNamespace(index=1, phone=ANA, screen=[], times_called=0, comes_to_the_desk=False)
    ana.address, ana.channel = ANA, Channel.SMS
    ana.has_stopped, ana.stop_answered_at = False, None
    ana.window_is_over, ana.may_fall_back = False, False
    return find_faults(carrier, [ana])  # type: ignore[arg-type,list-item]


def answered(day: Day, sid: str) -> Message:
    """The answer in TwiML to that text, as the carrier keeps it."""
    callback = f"https://example.com/webhooks/status?reply={sid}"
    return Message(
        f"{sid}-answer", "outbound-reply", SHOP_PHONE, ANA, "…", "sent", day.now, status_callback=callback
    )


def test_who_left_before_their_missed_joining_was_read_needs_no_number(
    day: Day, carrier: ScriptedCarrier, missed: MissedTexts, queue: Queue
) -> None:
    customer_texts(carrier, "CET236", day, ago=60, sid="SMjoin")
    at_webhook(customer_texts(carrier, "LEAVE", day, ago=40, sid="SMleave"), day.now)
    missed.run(day.now)
    texts = on_phone(day, "CET236", 60, "SMjoin"), on_phone(day, "LEAVE", 40, "SMleave")
    assert faults_of(*texts, answered(day, "SMleave")) == []


@pytest.mark.parametrize("ago_of_leave", [80, None], ids=["left before", "never left"])
def test_a_joining_that_was_skipped_for_no_reason_is_a_fault(
    day: Day, carrier: ScriptedCarrier, queue: Queue, ago_of_leave: float | None
) -> None:
    texts = [on_phone(day, "CET236", 60, "SMjoin"), on_phone(day, "STATUS", 30, "SMstatus")]
    at_webhook(customer_texts(carrier, "STATUS", day, ago=30, sid="SMstatus"), day.now)
    if ago_of_leave is not None:
        at_webhook(customer_texts(carrier, "LEAVE", day, ago=ago_of_leave, sid="SMleave"), day.now)
        texts.append(on_phone(day, "LEAVE", ago_of_leave, "SMleave"))
    assert "guest 1: has no ticket: the joining was lost" in faults_of(*texts)


def test_who_joined_and_was_told_nothing_is_a_fault(day: Day, carrier: ScriptedCarrier, queue: Queue) -> None:
    at_webhook(customer_texts(carrier, "CET236", day, ago=60, sid="SMjoin"), day.now)
    assert "guest 1: was never told a number: []" in faults_of(on_phone(day, "CET236", 60, "SMjoin"))
