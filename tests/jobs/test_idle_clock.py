"""With nobody there, jobs start a few times a minute, and the clock writes next to nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from config.settings import Settings
from jobs.outbox.missed_texts import MissedTexts
from jobs.schedule import schedule_of
from jobs.watchdog import Watch
from models.people.business import Business, OurNumber
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.jobs.scripted import PUBLIC_URL, Day, ScriptedCarrier, sender_with
from tests.one_database import on_sqlite
from tests.world import statements


@on_sqlite
def test_a_minute_with_nobody_there_starts_few_jobs(db: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    schedule = schedule_of(sender_with(ScriptedCarrier(), Day()), ScriptedCarrier(), settings, Watch())
    minute, now = timedelta(minutes=1), datetime.now(UTC)
    schedule.start(paused=True)
    try:
        paces = {job.id: job.trigger.get_next_fire_time(now, now) - now for job in schedule.get_jobs()}
    finally:
        schedule.shutdown(wait=False)
    assert sum(minute / pace for pace in paces.values()) <= 125
    assert paces["opening hours"] <= timedelta(seconds=5)


def test_an_outbox_with_nothing_to_repair_is_one_question(db: Database, business: Business) -> None:
    day = Day()
    sender = sender_with(ScriptedCarrier(), day)
    with statements(db) as asked:
        sender.clean_up(day.now)
    assert [each.split()[0] for each in asked] == ["SELECT"]


def test_how_far_a_list_without_texts_was_read_is_written_once_a_minute(db: Database, queue: Queue) -> None:
    day = Day()
    carrier = ScriptedCarrier()
    missed = MissedTexts(
        carrier, public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=0, now=day
    )
    written = []
    for _ in range(25):
        with statements(db) as asked:
            missed.run(day.now)
        written.append(any(each.startswith("UPDATE") for each in asked))
        day.pass_(5)
    assert written == [True] + [False] * 11 + [True] + [False] * 11 + [True]
    assert carrier.lists_asked == 25


def test_a_number_whose_reader_was_ahead_is_put_right_at_once(db: Database, queue: Queue) -> None:
    day = Day()
    missed = MissedTexts(
        ScriptedCarrier(), public_url=PUBLIC_URL, allowed_countries=frozenset(), settle_seconds=0, now=day
    )
    missed.run(day.now + timedelta(hours=1))
    missed.run(day.now)
    with reading() as session:
        assert read_until(session) == day.now


def read_until(session: Session) -> object:
    return session.query(OurNumber.read_until).scalar()
