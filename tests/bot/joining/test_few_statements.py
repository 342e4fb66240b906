"""How often texts of one moment ask the database: as often as one, however many they are."""

from models.people.custom_wording import save_custom_wording
from models.queueing.tables.queues import Queue
from models.storage.database import Database, transaction
from tests.bot.joining.test_joins_batched import replies, text
from tests.one_database import on_both
from tests.world import NOON, phone, statements

pytestmark = on_both

MOST = 11  # and the queue's lock, on Postgres


def statements_of(db: Database, first: int, many: int) -> list[str]:
    """Of so many texts at once, each from a phone that is new."""
    with statements(db) as asked:
        told = replies(*(text(str(index), sender=phone(index)) for index in range(first, first + many)))
    assert all("umber" in each for each in told)
    return asked


def test_own_words_are_read_once_for_all(db: Database, queue: Queue) -> None:
    replies(text("1"))
    usual = statements_of(db, 2, 12)
    own = "Number {number} for {queue}. {link} {welcome}"
    transaction(
        lambda session: save_custom_wording(session, queue.business_id, "joined", "en", own, now=NOON)
    )
    assert len(statements_of(db, 20, 12)) == len(usual) + 1


def test_twelve_joins_take_as_many_statements_as_one(db: Database, queue: Queue) -> None:
    replies(text("1"))  # the first of the day turns it
    alone, together = statements_of(db, 2, 1), statements_of(db, 10, 12)
    assert len(alone) == len(together) <= MOST + (not db.is_sqlite)
    # The lock comes first, so that whoever comes while it is waited for belongs to the group, and comes once.
    locks = [index for index, statement in enumerate(together) if "FOR NO KEY UPDATE" in statement]
    assert locks == ([] if db.is_sqlite else [0])
