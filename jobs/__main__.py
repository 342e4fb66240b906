"""The clock: `python -m jobs`. Wakes the sweeps and runs the sending loop until it is told to end.

What each sweep does is its own file's business; here is only when. Two clocks at once are safe.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

import lifeline
import logs
from config import CarrierName, Settings, SettingsError
from jobs.alerts import NearlyUp
from jobs.backups import Backups
from jobs.carrier import Carrier, CarrierMessage, TwilioCarrier
from jobs.clearing import Clearing
from jobs.daily_statistics import DailyStatistics
from jobs.daily_summary import DailySummary
from jobs.day_end import DayEnd
from jobs.duties import Duties
from jobs.estimates import Estimates
from jobs.forgetting import Forgetting
from jobs.letters import Letters
from jobs.mail import mailer_of, sender_of
from jobs.missed_texts import MissedTexts
from jobs.no_shows import NoShows
from jobs.opening_hours import Openings
from jobs.pretend_carrier import PretendCarrier
from jobs.reconcile import LostReplies, UnknownTexts
from jobs.send_texts import TextSender
from jobs.watch import USUAL_BOUND_SECONDS, Watch
from migrations import newest_revision, revision_of
from models.clocks import say_alive
from models.database import connect, database, reading, transaction
from models.phone import PhoneKeys, use_keys
from models.pretend import keep_pretend_text, pretend_texts_sent_to
from models.request_id import new_request_id, under_request

log = structlog.get_logger(__name__)

CALLS_IN_FLIGHT_SECONDS = 15
LOOP_STUCK_SECONDS = 15
SCHEMA_SECONDS = 2
# What may take longer than usual to get on: the whole database is written; a long past is read.
BOUNDS = {"backups": 3600.0, "estimates": 900.0, "daily statistics": 900.0}
Sweep = Callable[[datetime], object]


def main() -> None:
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    logs.set_up(settings.log_level)
    lifeline.hold()
    watch = Watch()
    watch.start()
    stop = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    connect(settings.database_url)
    use_keys(PhoneKeys(settings.phone_keys, settings.phone_hash_key))
    carrier = carrier_of(settings)
    sender = TextSender(
        carrier,
        public_url=settings.public_url,
        texts_per_second=settings.texts_per_second,
        settle_seconds=settings.settle_seconds,
    )
    wait_for_schema(stop)
    schedule = schedule_of(sender, carrier, settings, watch)
    schedule.start()
    beat = schedule.get_job("heartbeat")
    watch.follow("schedule", lambda: beat.next_run_time)
    watch.follow("sending", lambda: sender.looked_at)
    log.info("clock started", carrier=settings.carrier.value)
    sender.run(stop)
    schedule.shutdown(wait=False)
    if not sender.wait_until_idle(CALLS_IN_FLIGHT_SECONDS):
        log.warning("ended during a call to the carrier; its outcome will be unknown")
    log.info("clock ended")


def wait_for_schema(stop: threading.Event) -> None:
    """Until the database answers and is migrated to what this version needs; says once that it waits."""
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


def schedule_of(
    sender: TextSender, carrier: Carrier, settings: Settings, watch: Watch
) -> BackgroundScheduler:
    settle_seconds = settings.settle_seconds
    mailer, mail_from = mailer_of(settings), sender_of(settings)
    summary = DailySummary(
        mailer, sender=mail_from, public_url=settings.public_url, secret_key=settings.secret_key
    )
    letters = Letters(mailer, sender=mail_from, public_url=settings.public_url)
    missed_texts = MissedTexts(
        carrier,
        public_url=settings.public_url,
        allowed_countries=settings.allowed_countries,
        settle_seconds=settle_seconds,
    )
    backups = Backups(settings.backup_dir, days=settings.backup_days, key=settings.backup_key)
    sweeps: dict[str, tuple[Sweep, float]] = {
        "heartbeat": (heartbeat(sender), 5),
        "outbox": (sender.put_in_order, 5),
        "unknown texts": (UnknownTexts(carrier, settle_seconds=settle_seconds).sweep, 1),
        "lost replies": (LostReplies(carrier, settle_seconds=settle_seconds).sweep, 2),
        "missed texts": (missed_texts.sweep, 5),
        "estimates": (Estimates().sweep, 1),
        "nearly up": (NearlyUp().sweep, 1),
        "no-shows": (NoShows().sweep, 2),
        "opening hours": (Openings().sweep, 3),
        "day end": (DayEnd().sweep, 20),
        "duties": (Duties().sweep, 30),
        "daily statistics": (DailyStatistics().sweep, 60),
        "daily summary": (summary.sweep, 20),
        "letters": (letters.sweep, 1),
        "forgetting": (Forgetting().sweep, 60),
        "clearing": (Clearing().sweep, 600),
        "backups": (backups.sweep, 300),
    }
    schedule = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(sweeps))},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for name, (sweep, seconds) in sweeps.items():
        at_once = datetime.now(UTC)
        schedule.add_job(
            guarded(name, sweep, watch), "interval", seconds=seconds, id=name, next_run_time=at_once
        )
    return schedule


def guarded(name: str, sweep: Sweep, watch: Watch) -> Callable[[], None]:
    """A sweep that fails says so in one line and comes again; one that hangs is noticed.

    What a run causes bears the run's id.
    """

    def run() -> None:
        bound = BOUNDS.get(name, USUAL_BOUND_SECONDS)
        with under_request(new_request_id(name)), watch.over(name, bound=bound):
            try:
                sweep(datetime.now(UTC))
            except Exception:
                log.exception("sweep failed", sweep=name)

    return run


def heartbeat(sender: TextSender) -> Sweep:
    """A clock whose sending loop is stuck is not alive."""
    name = f"{socket.gethostname()[:60]}:{os.getpid()}"

    def beat(now: datetime) -> None:
        if time.monotonic() - sender.looked_at < LOOP_STUCK_SECONDS:
            transaction(lambda session: say_alive(session, name, now))

    return beat


def carrier_of(settings: Settings) -> Carrier:
    return (
        TwilioCarrier(settings)
        if settings.carrier is CarrierName.TWILIO
        else PretendCarrier(settings, show, recall)
    )


def show(sender: str, to: str, body: str, carrier_sid: str) -> None:
    """A text appears on a pretend phone."""
    now = datetime.now(UTC)
    transaction(
        lambda session: keep_pretend_text(
            session, to, sender, body, from_phone=False, now=now, sid=carrier_sid
        )
    )


def recall(phone: str, since: datetime) -> list[CarrierMessage]:
    """The texts that have appeared on a pretend phone, newest first."""
    with reading() as session:
        return [
            CarrierMessage(
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
            for text in pretend_texts_sent_to(session, phone, since)
        ]


if __name__ == "__main__":
    main()
