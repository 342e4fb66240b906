"""What rate limits cost the SMS webhook, and whom they never stop."""

from sqlalchemy import func, select

from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.storage.rate_limits import Count
from tests.webhooks.conftest import Carrier
from tests.world import line, phone, statements


def test_a_signed_webhook_is_never_limited_by_its_address(carrier: Carrier, queue: Queue) -> None:
    for index in range(60):
        assert (carrier.texts("CET236", phone(index)) or "").startswith("You are number")
    assert len(line(queue)) == 60


def test_a_first_join_by_text_writes_no_counter(carrier: Carrier, queue: Queue, db: Database) -> None:
    carrier.texts("CET236", phone(1))
    with statements(db) as asked:
        carrier.texts("CET236", phone(2))
    assert len([sql for sql in asked if "counts" in sql]) == 1, "one look-up"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Count)) == 0
