"""The schedule: which job runs how often, and what happens if one fails or hangs. Each job has a file."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from config.settings import Settings
from jobs.clock_id import name_of_its_heartbeat
from jobs.outbox.carrier import Carrier
from jobs.outbox.missed_texts import MissedTexts
from jobs.outbox.reconcile import LostReplies, UnknownTexts
from jobs.outbox.send_texts import TextSender
from jobs.outbox.unreported_texts import UnreportedTexts
from jobs.queues.alerts import NearlyUp
from jobs.queues.day_end import DayEnd, keep_lines_after_jump
from jobs.queues.duties import Duties
from jobs.queues.estimates import Estimates
from jobs.queues.last_calls import LastCalls
from jobs.queues.no_shows import NoShows
from jobs.queues.opening_hours import Openings
from jobs.queues.promises import Promises
from jobs.queues.troubles import Troubles
from jobs.reports.account_mails import AccountMails
from jobs.reports.daily_statistics import DailyStatistics
from jobs.reports.daily_summary import DailySummary
from jobs.reports.mail import mailer_of, sender_of
from jobs.resting import ANYWAY_SECONDS, BEAT_SECONDS, AfterCommits
from jobs.upkeep.checkpoints import Checkpoints
from jobs.upkeep.clearing import Clearing
from jobs.upkeep.daily_backups import Backups
from jobs.upkeep.forgetting import Forgetting
from jobs.upkeep.later_requests import LaterRequests
from jobs.wall_clock import Doubt, Every
from jobs.watchdog import USUAL_BOUND_SECONDS, Watch
from jobs.webhooks.deliver import Webhooks
from models.delivery.housekeeping import end_rests
from models.storage.database import transaction
from models.storage.heartbeats import record_heartbeat
from models.storage.request_id import new_request_id, under_request

log = structlog.get_logger(__name__)

LOOP_STUCK_SECONDS = 15
LOST_LINE_SECONDS = 60.0
# Seconds without progress for jobs with slow steps: the whole database is written, or a long past read.
BOUNDS = {"backups": 3600.0, "estimates": 900.0, "daily statistics": 900.0}
# Seconds, for jobs that rest and must not be late even with nobody there: people come as a queue opens.
ANYWAY = {"opening hours": 5.0}
Job = Callable[[datetime], object]
Jobs = dict[str, tuple[Job, float]]  # by name, each with its seconds
Commit = Callable[[Callable[[Session], object]], object]


def schedule_of(
    sender: TextSender,
    carrier: Carrier,
    settings: Settings,
    watch: Watch,
    doubt: Doubt | None = None,
    *,
    commit_unnoticed: Commit = transaction,
) -> BackgroundScheduler:
    """Of all jobs; each runs first as soon as the schedule starts."""
    jobs = {
        "heartbeat": (heartbeat(sender, commit_unnoticed), BEAT_SECONDS),
        **_jobs_of_outbox(sender, carrier, settings),
        **_jobs_of_queues(settings),
        **_jobs_of_reports(settings),
        **_jobs_of_upkeep(settings, doubt or Doubt()),
        "webhooks": (Webhooks(settings.webhook_allowed_hosts).run, 1.0),
    }
    schedule = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(jobs))},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for name, (job, seconds) in jobs.items():
        rests = seconds < BEAT_SECONDS
        pace = AfterCommits(seconds, ANYWAY.get(name, ANYWAY_SECONDS)) if rests else Every(seconds)
        schedule.add_job(guarded(name, job, watch), pace, id=name, next_run_time=datetime.now(UTC))
    return schedule


def _jobs_of_outbox(sender: TextSender, carrier: Carrier, settings: Settings) -> Jobs:
    settle_seconds = settings.settle_seconds
    missed_texts = MissedTexts(
        carrier,
        public_url=settings.public_url,
        allowed_countries=settings.allowed_countries,
        settle_seconds=settle_seconds,
    )
    return {
        "outbox": (sender.clean_up, 5.0),
        "unknown texts": (UnknownTexts(carrier, settle_seconds=settle_seconds).run, 1.0),
        "unreported texts": (UnreportedTexts(carrier, settle_seconds=settle_seconds).run, 1.0),
        "lost replies": (LostReplies(carrier, settle_seconds=settle_seconds).run, 2.0),
        "missed texts": (missed_texts.run, 5.0),
    }


def _jobs_of_queues(settings: Settings) -> Jobs:
    return {
        "estimates": (Estimates().run, 1.0),
        "nearly up": (NearlyUp().run, 1.0),
        "promises": (Promises().run, 2.0),
        "no-shows": (NoShows().run, 2.0),
        "opening hours": (Openings().run, 3.0),
        "last calls": (LastCalls().run, 3.0),
        "day end": (DayEnd().run, 1.0),
        "troubles": (Troubles(makes_backups=settings.backup_dir is not None).run, 1.0),
        "duties": (Duties().run, 30.0),
    }


def _jobs_of_reports(settings: Settings) -> Jobs:
    mailer, mail_from, public_url = mailer_of(settings), sender_of(settings), settings.public_url
    summary = DailySummary(mailer, sender=mail_from, public_url=public_url, secret_key=settings.secret_key)
    return {
        "daily statistics": (DailyStatistics().run, 60.0),
        "daily summary": (summary.run, 20.0),
        "account mails": (AccountMails(mailer, sender=mail_from, public_url=public_url).run, 1.0),
    }


def _jobs_of_upkeep(settings: Settings, doubt: Doubt) -> Jobs:
    backups = Backups(settings.backup_dir, days=settings.backup_days, key=settings.backup_key, doubt=doubt)
    return {
        "forgetting": (unless(doubt, Forgetting().run), 60.0),
        "clearing": (unless(doubt, Clearing().run), 600.0),
        "checkpoints": (Checkpoints().run, 60.0),
        "privacy requests": (unless(doubt, LaterRequests(settings.kept_folders).run), 60.0),
        "backups": (backups.run, 300.0),
    }


def mend_after_jump(seconds: float, now: datetime) -> None:
    """The wall clock was put by so much: what the time before has left is put right."""
    if seconds < 0:
        transaction(lambda session: end_rests(session, now))
    elif seconds >= LOST_LINE_SECONDS:
        keep_lines_after_jump(seconds, now)


def unless(doubt: Doubt, job: Job) -> Job:
    """For what can't be undone: not while the clock may be wrong by days."""

    def careful(now: datetime) -> None:
        if not doubt:
            job(now)

    return careful


def guarded(name: str, job: Job, watch: Watch) -> Callable[[], None]:
    """A job that fails is logged and runs again at its next time; one that hangs is noticed by the watchdog.

    Each run has a request id, which its log lines and texts carry.
    """

    def run() -> None:
        bound = BOUNDS.get(name, USUAL_BOUND_SECONDS)
        with under_request(new_request_id(name)), watch.over(name, bound=bound):
            try:
                job(datetime.now(UTC))
            except Exception:
                log.exception("job failed", job=name)

    return run


def heartbeat(sender: TextSender, commit: Commit = transaction) -> Job:
    """Record heartbeats, but not while the sending loop is stuck."""
    name = name_of_its_heartbeat()

    def beat(now: datetime) -> None:
        if time.monotonic() - sender.looked_at < LOOP_STUCK_SECONDS:
            commit(lambda session: record_heartbeat(session, name, now))

    return beat
