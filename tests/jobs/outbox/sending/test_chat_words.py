"""What leaves by WhatsApp or RCS is worded for a chat: every letter, the link, billed as one message."""

import pytest
from sqlalchemy import update

from models.people.addresses import Channel
from models.people.business import OurNumber
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, send_all, sender_with, texts
from tests.world import call_next, join, ticket


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.RCS])
def test_a_turn_text_by_chat_has_the_link_and_every_letter(
    channel: Channel, day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    transaction(lambda session: session.execute(update(OurNumber).values(channel=channel)))
    join(queue, name="Zoë 🦊 李")
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    lines = carrier.bodies[0].split("\n")
    assert lines[0] == "It's your turn, number 1 (Zoë 🦊 李). Please come to the counter for Haircuts."
    assert lines[1] == f"{PUBLIC_URL}/t/{ticket(queue, 1).token}"
    assert "5 min late" in lines[2]
    assert texts()[0].segments == 1


def test_by_sms_it_stays_short_and_plain(
    day: Day, carrier: ScriptedCarrier, queue: Queue, rosa: Servicer
) -> None:
    join(queue, name="Zoë 🦊")
    call_next(queue, rosa)
    send_all(sender_with(carrier, day), day)
    assert carrier.bodies == ["It's your turn, number 1 (Zoe). Please come to the counter for Haircuts."]
