"""With nobody there, sweeps start once after each heartbeat, and the clock writes next to nothing else."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from jobs.outbox.missed_texts import MissedTexts
from jobs.resting import ANYWAY_SECONDS, BEAT_SECONDS
from models.people.business import Business, OurNumber
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, sender_with


def statements(db: Database, act: Callable[[], object]) -> list[str]:
    found: list[str] = []

    def hear(*given: object) -> None:
        found.append(str(given[2]).split()[0])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    return found


def test_sweeps_that_rest_wait_for_a_heartbeat_rather_than_start_beside_it() -> None:
    assert ANYWAY_SECONDS > 2 * BEAT_SECONDS


def test_an_outbox_with_nothing_to_repair_is_one_question(db: Database, business: Business) -> None:
    day = Day()
    sender = sender_with(ScriptedCarrier(), day)
    assert statements(db, lambda: sender.clean_up(day.now)) == ["SELECT"]


def test_how_far_a_list_without_texts_was_read_is_written_once_a_minute(db: Database, queue: Queue) -> None:
    day = Day()
    carrier = ScriptedCarrier()
    missed = MissedTexts(
        carrier, public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=0, now=day
    )
    written = []
    for _ in range(25):
        asked = statements(db, lambda: missed.sweep(day.now))
        written.append("UPDATE" in asked)
        day.pass_(5)
    assert written == [True] + [False] * 11 + [True] + [False] * 11 + [True]
    assert carrier.lists_asked == 25


def test_a_number_whose_reader_was_ahead_is_put_right_at_once(db: Database, queue: Queue) -> None:
    day = Day()
    missed = MissedTexts(
        ScriptedCarrier(), public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=0, now=day
    )
    missed.sweep(day.now + timedelta(hours=1))
    missed.sweep(day.now)
    with reading() as session:
        assert read_until(session) == day.now


def read_until(session: Session) -> object:
    return session.query(OurNumber.read_until).scalar()
