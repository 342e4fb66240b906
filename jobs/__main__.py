"""The clock process: `python -m jobs`. Runs the periodic jobs and the sending loop until it is told to end.

Any number of clocks may run at once.
"""

import gc
import signal
import sys
import threading
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

import models.schema  # noqa: F401
from config import logs, process_lifetime
from config.locations import keep_files_private
from config.memory import share_arenas
from config.settings import Settings, SettingsError
from config.zone_rules import use_newest_rules
from jobs.outbox.configured_carrier import carrier_of
from jobs.outbox.send_texts import TextSender
from jobs.resting import wake_after_commits
from jobs.schedule import mend_after_jump, schedule_of
from jobs.wall_clock import Doubt, keep_pace
from jobs.watchdog import Watch
from migrations.revisions import newest_revision, revision_of
from models.people.phone_numbers import PhoneKeys, use_keys
from models.storage.commits import Commits
from models.storage.database import connect, database, reading
from models.storage.doorbell import listen
from models.storage.heartbeats import last_seen
from models.storage.request_id import current_request_id

log = structlog.get_logger(__name__)

CALLS_IN_FLIGHT_SECONDS = 15
SCHEMA_SECONDS = 2


def main() -> None:
    keep_files_private()
    use_newest_rules()
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    logs.set_up(settings.log_level, request_id=current_request_id)
    share_arenas()
    process_lifetime.end_with_launcher()
    watch = Watch()
    watch.start()
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    connect(settings.database_url, connections=settings.database_connections, doorbell_in=settings.data_dir)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))
    carrier = carrier_of(settings)
    sender = TextSender(
        carrier,
        public_url=settings.public_url,
        texts_per_second=settings.texts_per_second,
        settle_seconds=settings.settle_seconds,
        templates=settings.message_templates,
    )
    wait_for_schema(stop)
    doubt = Doubt()
    doubt.note(_seconds_since_known())
    commits = Commits(database())
    schedule = schedule_of(sender, carrier, settings, watch, doubt, commit_unnoticed=commits.commit_unnoticed)
    gc.freeze()  # what was imported stays: each look through all of it for garbage took 0.1 s
    wake_after_commits(schedule, commits)
    schedule.start()
    keep_pace(schedule, doubt, mend_after_jump)
    beat = schedule.get_job("heartbeat")
    watch.follow("schedule", lambda: beat.next_run_time)
    watch.follow("sending", lambda: sender.looked_at)
    log.info("clock started", carrier=settings.carrier.value)
    with listen(settings.data_dir) as doorbell:
        sender.run(stop, commits, doorbell)
    schedule.shutdown(wait=False)
    if not sender.wait_until_idle(CALLS_IN_FLIGHT_SECONDS):
        log.warning("stopped during a call to the carrier; its outcome will be unknown")
    log.info("clock stopped")


def _seconds_since_known() -> float:
    """Since the last heartbeat of any clock."""
    with reading() as session:
        seen_at = last_seen(session)
    return (datetime.now(UTC) - seen_at).total_seconds() if seen_at else 0.0


def wait_for_schema(stop: threading.Event) -> None:
    """Wait until the database answers and has this version's schema; logs each reason once."""
    said = ""
    while not stop.is_set() and (trouble := _why_wait()):
        if trouble != said:
            log.warning(f"waiting: {trouble}")
            said = trouble
        stop.wait(SCHEMA_SECONDS)


def _why_wait() -> str:
    try:
        is_newest = revision_of(database().engine) == newest_revision()
    except SQLAlchemyError as error:
        return f"the database does not answer ({type(error).__name__})"
    return "" if is_newest else "the database is not migrated to this version; run flask migrate"


if __name__ == "__main__":
    main()
