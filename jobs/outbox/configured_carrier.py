"""The carrier chosen by the settings: Twilio, or pretend phones whose texts are in the database."""

from datetime import UTC, datetime

from config.settings import CarrierName, Settings
from jobs.outbox.carrier import Carrier, CarrierMessage, TextToSend
from jobs.outbox.pretend_carrier import PretendCarrier
from models.people.addresses import Channel
from models.storage.database import reading, transaction
from models.texts.pretend_phones import (
    PretendText,
    pretend_text_of,
    pretend_texts_sent_to,
    store_pretend_text,
)


def carrier_of(settings: Settings) -> Carrier:
    if settings.carrier is CarrierName.PRETEND:
        return PretendCarrier(settings, show, recall, find)
    # Imported here: the pretend phones need none of its 11 MB, with Twilio's client.
    from jobs.outbox.twilio_carrier import TwilioCarrier  # noqa: PLC0415

    return TwilioCarrier(settings)


def show(message: TextToSend, carrier_sid: str) -> None:
    """Show a text on a pretend phone."""
    now = datetime.now(UTC)
    transaction(
        lambda session: store_pretend_text(
            session,
            message.to,
            message.sender,
            message.body,
            from_phone=False,
            now=now,
            sid=carrier_sid,
            channel=message.channel,
        )
    )


def recall(phone: str, since: datetime, channel: Channel) -> list[CarrierMessage]:
    """The texts shown on a pretend phone by this channel, the newest first."""
    with reading() as session:
        sent = pretend_texts_sent_to(session, phone, since)
        return [_delivered(text) for text in sent if text.channel == channel]


def find(carrier_sid: str) -> CarrierMessage | None:
    with reading() as session:
        text = pretend_text_of(session, carrier_sid)
        return _delivered(text) if text is not None else None


def _delivered(text: PretendText) -> CarrierMessage:
    return CarrierMessage(
        carrier_sid=text.sid or "",
        direction="outbound-api",
        sender=text.our_number,
        to=text.phone,
        body=text.body,
        status="delivered",
        error_code=None,
        created_at=text.at,
        sent_at=text.at,
    )
