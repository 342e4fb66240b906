"""The carrier's client as the clock uses it, and texts to send with it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.settings import Settings
from jobs.outbox.carrier import TextToSend
from tests.fake_carrier import FakeCarrier

ANA, BEN = "+351910000001", "+351910000002"
PUBLIC = "https://queue.example"
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def settings_for(folder: Path, fake: FakeCarrier, **more: str) -> Settings:
    return Settings.from_environment(
        {
            "DATA_DIR": str(folder),
            "PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": fake.account_sid,
            "TWILIO_AUTH_TOKEN": fake.auth_token,
            "TWILIO_API_URL": fake.url,
        }
        | more
    )


def text(body: str = "It's your turn", to: str = ANA, **more: Any) -> TextToSend:
    return TextToSend(to=to, sender="+15550100000", body=body, reference="ref-1_a", **more)
