"""What a manager wants to be told of, and what the clock has told them, for the tests of troubles."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues.troubles import Troubles
from models.alarms.choices import AlarmSettings, QueueAlarms
from models.alarms.troubles import OVER_AFTER
from models.people.account_mails import AccountMail, AccountMailKind
from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from tests.world import NOON, change, join, phone

ROSAS_PHONE = "+15550107009"
PAUSE = OVER_AFTER + timedelta(seconds=2)


def wants(rosa: Servicer, queue: Queue, most_waiting: int | None = None, **more: Any) -> None:
    """What she has chosen; of the queue: stalled, unstaffed, called_long_ago."""
    of_queue = {name: more.pop(name) for name in ("stalled", "unstaffed", "called_long_ago") if name in more}

    def work(session: Session) -> None:
        session.merge(AlarmSettings(servicer_id=rosa.id, **more))
        session.merge(
            QueueAlarms(servicer_id=rosa.id, queue_id=queue.id, most_waiting=most_waiting, **of_queue)
        )
        if more.get("by_text"):
            row = session.get_one(Servicer, rosa.id)
            row.set_phone(ROSAS_PHONE)
            row.phone_proved_at = NOON

    transaction(work)


def look(now: datetime, clock: Troubles | None = None) -> None:
    (clock or Troubles(makes_backups=True)).run(now)


def told() -> list[tuple[str, str]]:
    """(kind of mail, trouble), in the order in which they were put in."""
    with reading() as session:
        alarms = (AccountMailKind.ALARM, AccountMailKind.ALARM_OVER)
        mails = session.scalars(
            select(AccountMail).where(AccountMail.kind.in_(alarms)).order_by(AccountMail.id)
        )
        return [(mail.kind.value, mail.facts["trouble"]) for mail in mails]


def joins(queue: Queue, count: int, now: datetime, first: int = 0) -> None:
    for one in range(count):
        join(queue, phone(first + one), now)


def leaves(queue: Queue, number: int, now: datetime) -> None:
    change(number, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=now))


BEGAN, OVER = ("alarm", "crowded"), ("alarm_over", "crowded")
