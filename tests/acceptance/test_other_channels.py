"""WhatsApp beside SMS, as people use it: one person, one ticket, each text on the channel it belongs to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.installation import PUBLIC_URL, Browser, Installation, comes_true, free_port
from tests.fake_carrier import FakeCarrier
from tests.world import phone

pytestmark = pytest.mark.acceptance

SMS, WHATSAPP = "+15550100000", "whatsapp:+15550100000"
ANA, BEN = phone(0), phone(1)
PORT = free_port()


@pytest.fixture
def carrier() -> Iterator[FakeCarrier]:
    with FakeCarrier(
        public_url=PUBLIC_URL, app_url=f"http://127.0.0.1:{PORT}", numbers=(SMS, WHATSAPP)
    ) as carrier:
        yield carrier


@pytest.fixture
def shop(tmp_path: Path, new_shop: Path, carrier: FakeCarrier) -> Iterator[Installation]:
    installation = Installation(tmp_path / "shop", carrier, PORT)
    installation.set_up_like(new_shop)
    installation.command("number", "add", WHATSAPP)
    with installation.running():
        yield installation


def a_day_passes(shop: Installation) -> None:
    """Since the customers have written."""
    with closing(sqlite3.connect(next((shop.folder / "data").glob("*.sqlite3")))) as database:
        database.execute("UPDATE inbound_messages SET received_at = datetime(received_at, '-24 hours')")
        database.commit()


def test_a_customer_of_whatsapp_is_called_there_and_a_day_later_aloud(
    shop: Installation, carrier: FakeCarrier
) -> None:
    joined = carrier.customer_texts(f"whatsapp:{ANA}", WHATSAPP, "CET236 Ana 🌻")
    assert joined.texts[0].startswith("You are number 1 for Haircuts, Ana 🌻")
    assert "number 1" in carrier.customer_texts(ANA, SMS, "STATUS").texts[0], "the same ticket"
    carrier.customer_texts(f"whatsapp:{BEN}", WHATSAPP, "CET236 Ben")
    by_sms = carrier.texts_to(ANA)

    rosa = Browser(shop).sign_in("Rosa")
    rosa.open("/control/CET236")
    assert "Ana 🌻" in rosa.page.text
    rosa.press("Call next")
    assert comes_true(lambda: _turns(carrier, f"whatsapp:{ANA}") == 1), shop.logs()
    assert comes_true(lambda: "text read" in rosa.open("/control/CET236").text), shop.logs()
    assert carrier.texts_to(ANA) == by_sms, "and nowhere else"

    a_day_passes(shop)
    before = carrier.texts_to(f"whatsapp:{BEN}")
    rosa.press("Done")
    assert rosa.page.now_serving == "2"
    assert comes_true(lambda: "call aloud" in rosa.open("/control/CET236").text), shop.logs()
    assert (carrier.texts_to(f"whatsapp:{BEN}"), carrier.texts_to(BEN)) == (before, [])
    assert [call.to for call in carrier.calls] == [f"whatsapp:{ANA}"]


def _turns(carrier: FakeCarrier, address: str) -> int:
    return sum(text.startswith("It's your turn") for text in carrier.texts_to(address))
