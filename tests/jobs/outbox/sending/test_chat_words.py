"""What leaves by WhatsApp or RCS is worded for a chat: every letter, the link, billed as one message."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.people.addresses import Channel
from models.people.business import OurNumber
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.texts.inbox import InboundMessage
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import NOON, call_next, join, ticket


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.RCS])
def test_a_turn_text_by_chat_has_the_link_and_every_letter(
    channel: Channel, day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    transaction(lambda session: session.execute(update(OurNumber).values(channel=channel)))
    join(queue, name="Zoë 🦊 李")
    has_written(queue)
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    lines = carrier.bodies[0].split("\n")
    assert lines[0] == "It's your turn, number 1 (Zoë 🦊 李). Please come to the counter for Haircuts."
    assert lines[1] == f"{PUBLIC_URL}/t/{ticket(queue, 1).token}"
    assert "5 min late" in lines[2]
    assert lines[2].endswith("Reply 1 if you're coming, 9 if you're not.")
    assert texts()[0].segments == 1


def has_written(queue: Queue) -> None:
    """Within the time in which WhatsApp takes our own words."""

    def work(session: Session) -> None:
        mine = ticket(queue, 1)
        text = {"sid": "SM1", "our_number_id": mine.our_number_id, "customer_id": mine.customer_id}
        session.add(InboundMessage(**text, body="CET236", received_at=NOON))

    transaction(work)


def test_by_sms_it_stays_short_and_plain(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, name="Zoë 🦊")
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    assert carrier.bodies == [
        "It's your turn, number 1 (Zoe). Please come to the counter for Haircuts."
        " Reply 1 if you're coming, 9 if you're not."
    ]
