"""The checks behind `/readyz`. They expose nothing about any customer.

Reads the database only and never calls the carrier: its state is what the clock process last saw.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from migrations.revisions import is_served_by_us, newest_revision, revision_of
from models.delivery.circuit_breaker import carrier_troubles
from models.storage.database import database, reading, transaction
from models.storage.heartbeats import CLOCK_GONE_AFTER, last_seen
from models.storage.rate_limits import Limit, count
from models.storage.write_lock import WriteLockRefused, WriteLockTimeout
from models.texts.outbox_backlog import stuck_numbers

log = structlog.get_logger(__name__)

CAN_WRITE = Limit("readyz", most=0, per=timedelta(hours=1))

# Without these this process can't answer. If only other checks fail, pages and texts still work.
NEEDED_BY_THE_WEB = ("database", "migrations")


CLOCK_GONE = "it does not run, or can't write to the database; texts wait until it does"


class Check(NamedTuple):
    is_ok: bool | None
    """None: unknown, because its source does not answer."""
    message: str


class Readiness(NamedTuple):
    checks: dict[str, Check]

    @property
    def all_ok(self) -> bool:
        return all(check.is_ok for check in self.checks.values())

    @property
    def can_answer(self) -> bool:
        """Whether this web process should get requests at all."""
        return all(self.checks[name].is_ok for name in NEEDED_BY_THE_WEB)

    @property
    def status(self) -> str:
        return "ready" if self.all_ok else "degraded" if self.can_answer else "down"

    def body(self) -> dict[str, object]:
        words = {True: "ok", False: "failing", None: "unknown"}
        return {
            "status": self.status,
            "checks": {
                name: {"status": words[check.is_ok], "says": check.message}
                for name, check in self.checks.items()
            },
        }


def readiness(now: datetime) -> Readiness:
    found = dict.fromkeys(
        ("database", "migrations", "writing", "clock", "outbox", "carrier"), Check(None, "not known")
    )
    try:
        revision = revision_of(database().engine)
        found["database"] = Check(True, "answers")
        found["migrations"] = _migrations(revision)
        if found["migrations"].is_ok:
            found["writing"] = _writing(now)
            with reading() as session:
                found |= _of_the_clock(session, now)
    except SQLAlchemyError as error:
        log.warning("not ready", error=type(error).__name__)
        found["database"] = Check(False, "does not answer")
    return Readiness(found)


def _migrations(revision: str | None) -> Check:
    if revision is None or not is_served_by_us(revision):
        at = revision or "empty"
        words = f"the database is {at}, this version needs {newest_revision()}: run flask migrate"
        return Check(False, words)
    # Migrations only add, so this version keeps working while a newer one is deployed.
    return Check(
        True, "current" if revision == newest_revision() else f"the database is ahead, at {revision}"
    )


def _writing(now: datetime) -> Check:
    """Asked by writing: a database that can only be read answers every question, and keeps nothing."""
    try:
        transaction(lambda session: count(session, CAN_WRITE, "", now))
    except (SQLAlchemyError, WriteLockTimeout, WriteLockRefused) as error:
        log.warning("nothing can be written", error=type(error).__name__)
        return Check(False, "nothing can be written: texts and presses are refused")
    return Check(True, "what is written is kept")


def _of_the_clock(session: Session, now: datetime) -> dict[str, Check]:
    seen = last_seen(session, now)
    is_alive = seen is not None and now - seen <= CLOCK_GONE_AFTER
    since = f"last seen {seen:%Y-%m-%d %H:%M:%S} UTC" if seen else "never seen"
    return {
        "clock": Check(is_alive, "alive" if is_alive else f"{since}: {CLOCK_GONE}"),
        "outbox": _all_of(stuck_numbers(session, now), "moving"),
        "carrier": _all_of(carrier_troubles(session), "answered when last asked"),
    }


def _all_of(troubles: Iterable[str], otherwise: str) -> Check:
    said = "; ".join(troubles)
    return Check(not said, said or otherwise)
