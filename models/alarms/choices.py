"""What each manager wants to be told of, how, and when not."""

from collections.abc import Iterator
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, false, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.business import Business
from models.people.servicers import IS_PROVED_MANAGER, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Base


class AlarmKind(StrEnum):
    CROWDED = "crowded"  # more people wait than the limit
    STALLED = "stalled"  # the line does not move
    UNSTAFFED = "unstaffed"  # people wait, and nobody is on duty
    CALLED_LONG_AGO = "called_long_ago"  # and nobody has pressed anything since
    TEXTS_FAILING = "texts_failing"  # from a number of the business
    BACKUP_LATE = "backup_late"  # of the installation


class AlarmSettings(Base):
    __tablename__ = "alarm_settings"

    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"), primary_key=True)
    by_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    by_text: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str | None] = mapped_column(String(8))  # None: the business's
    # Nothing is told between these times of day, in the business's time zone.
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    texts_failing: Mapped[bool] = mapped_column(default=False, server_default=false())
    backup_late: Mapped[bool] = mapped_column(default=False, server_default=false())


class QueueAlarms(Base):
    __tablename__ = "queue_alarms"

    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"), primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"), primary_key=True, index=True)
    most_waiting: Mapped[int | None]  # None: any number may wait
    stalled: Mapped[bool] = mapped_column(default=False, server_default=false())
    unstaffed: Mapped[bool] = mapped_column(default=False, server_default=false())
    called_long_ago: Mapped[bool] = mapped_column(default=False, server_default=false())


class Wish(NamedTuple):
    """One thing that one manager wants to be told of; `subject` tells it from their others."""

    kind: AlarmKind
    queue_id: int | None = None
    most_waiting: int | None = None

    @property
    def subject(self) -> str:
        return self.kind.value if self.queue_id is None else f"{self.kind.value}:{self.queue_id}"


class Watcher(NamedTuple):
    """A manager who wants to be told of something."""

    person: Servicer
    business: Business
    settings: AlarmSettings
    wishes: tuple[Wish, ...]

    @property
    def language(self) -> str:
        return self.settings.language or self.business.language

    def is_quiet(self, now: datetime) -> bool:
        """By the time of day there, so that the hours stay right when clocks are put forward or back."""
        first, end = self.settings.quiet_from, self.settings.quiet_until
        if first is None or end is None:
            return False
        there = now.astimezone(ZoneInfo(self.business.timezone)).time()
        return first <= there < end if first <= end else there >= first or there < end


def watchers(session: Session) -> list[Watcher]:
    """Who of all businesses' managers wants to be told of anything, with their wishes."""
    rows = session.execute(_WATCHERS).all()
    if not rows:
        return []
    asked: dict[int, list[Wish]] = {}
    for row in session.scalars(_QUEUE_ALARMS):
        asked.setdefault(row.servicer_id, []).extend(_wishes_of(row))
    found = (
        Watcher(person, business, own, (*asked.get(person.id, ()), *_wishes_of_all(own)))
        for own, person, business in rows
    )
    return [watcher for watcher in found if watcher.wishes]


def _wishes_of(row: QueueAlarms) -> Iterator[Wish]:
    if row.most_waiting is not None:
        yield Wish(AlarmKind.CROWDED, row.queue_id, row.most_waiting)
    for kind in (AlarmKind.STALLED, AlarmKind.UNSTAFFED, AlarmKind.CALLED_LONG_AGO):
        if getattr(row, kind.value):
            yield Wish(kind, row.queue_id)


def _wishes_of_all(settings: AlarmSettings) -> Iterator[Wish]:
    for kind in (AlarmKind.TEXTS_FAILING, AlarmKind.BACKUP_LATE):
        if getattr(settings, kind.value):
            yield Wish(kind)


_WATCHERS = (
    select(AlarmSettings, Servicer, Business)
    .join(Servicer, Servicer.id == AlarmSettings.servicer_id)
    .join(Business, Business.id == Servicer.business_id)
    .where(*IS_PROVED_MANAGER, or_(AlarmSettings.by_mail, AlarmSettings.by_text))
    .order_by(Servicer.id)
)
_QUEUE_ALARMS = (
    select(QueueAlarms)
    .join(Queue, Queue.id == QueueAlarms.queue_id)
    .where(Queue.archived_at.is_(None))
    .order_by(QueueAlarms.servicer_id, QueueAlarms.queue_id)
)
