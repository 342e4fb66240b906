"""Helpers for tests of summaries: one run of the job, a mailer with scripted faults, and test data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.reports.daily_summary import DailySummary
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import set_hours
from models.queueing.hours.timetable import EVERY_DAY
from models.queueing.tables.queues import Queue
from models.statistics.summary_mail import SummaryMail
from models.storage.database import reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from tests.world import NOON

TODAY = date(2026, 3, 10)
EIGHT = NOON + timedelta(hours=8)  # in the evening; in March Lisbon is on UTC
A_DAY = timedelta(days=1)
ROSAS_PHONE = "+351910000001"
SECRET = "a secret key of tests"


class Crash(BaseException):
    """The process is killed at this moment."""


class ScriptedMailer:
    """Keeps what it is given. Each step of the script is raised: `before` the mail is taken or `after`."""

    def __init__(self, *script: tuple[str, BaseException] | None) -> None:
        self.got: list[EmailMessage] = []
        self._script = list(script)
        self.offered: Callable[[], object] = lambda: None

    @contextmanager
    def offer(self, mail: EmailMessage) -> Iterator[Callable[[], None]]:
        step = self._script.pop(0) if self._script else None
        if step and step[0] == "before":
            raise step[1]

        def give() -> None:
            if step and step[0] == "instead":
                raise step[1]
            self.got.append(mail)
            if step and step[0] == "after":
                raise step[1]

        self.offered()
        yield give

    @property
    def to(self) -> list[str]:
        return [mail["To"].addresses[0].addr_spec for mail in self.got]


def clock(mailer: ScriptedMailer, now: datetime = EIGHT) -> DailySummary:
    return DailySummary(
        mailer,
        sender="queue@shop.example",
        public_url="https://q.example",
        secret_key=SECRET,
        now=lambda: now,
    )


def send_summary(mailer: ScriptedMailer, now: datetime = EIGHT) -> None:
    """One run of the job in a clock that has just started."""
    clock(mailer, now).run(now)


def mails() -> list[SummaryMail]:
    with reading() as session:
        return list(
            session.scalars(
                select(SummaryMail).order_by(SummaryMail.day, SummaryMail.servicer_id, SummaryMail.period)
            )
        )


def change(row: object, **values: object) -> None:
    def work(session: Session) -> None:
        kept = session.merge(row)
        for name, value in values.items():
            setattr(kept, name, value)

    transaction(work)


def give_hours(queue: Queue, weekdays: tuple[int, ...] = EVERY_DAY) -> None:
    hours = NOON.time(), EIGHT.time()
    transaction(lambda s: set_hours(s, Queue.lock(s, queue.id), weekdays, hours, now=NOON))


def summary_texts(kind: TextKind = TextKind.DAILY_SUMMARY) -> list[OutboundMessage]:
    with reading() as session:
        return list(session.scalars(select(OutboundMessage).where(OutboundMessage.kind == kind)))


def give_phone(rosa: Servicer, **values: object) -> None:
    def work(session: Session) -> None:
        kept = session.get_one(Servicer, rosa.id)
        kept.set_phone(ROSAS_PHONE)
        for name, value in ({"wants_summary_texts": True} | values).items():
            setattr(kept, name, value)

    transaction(work)
