"""A shop with a busy hour: three counters serve, many wait, one of them with a page of their own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import create_app
from config.settings import Settings
from models.people.actors import By
from models.people.servicers import Role, Servicer
from models.queueing import calling
from models.queueing.duties import duty_of
from models.queueing.tables.queues import Queue
from security.passwords import hash_password
from tests.acceptance.installation import Installation
from tests.world import join, make_business, make_desk, make_queue, make_servicer, phone, press

ZONE = "Etc/GMT-3"
PASSWORD = "only for the old engines"
BEFORE, WAITING = 118, 25  # so that the numbers have three digits
NAMES = ("Ana", "Ben", "Cai", "Dalia", "Edu", "Flora", "Gil", "Hana", "Ines", "Joel")


def fill(shop: Installation) -> str:
    """Returns the token of a ticket that waits. A second queue is open, and nobody waits there."""
    shop.command("migrate")
    create_app(Settings.from_environment(shop.environ))
    now = datetime.now(UTC).replace(microsecond=0)
    business = make_business(name="Barber Lopes", timezone=ZONE, created_at=now - timedelta(days=9))
    long_ago = now - timedelta(days=9)
    queue = make_queue(business, created_at=long_ago, last_number=BEFORE, numbered_day=_today(now))
    make_queue(business, "EMPTY", name="Beards", created_at=long_ago)
    for index, name in enumerate(("Rosa", "Luis", "Nina")):
        values: dict[str, Any] = {"role": Role.MANAGER} if name == "Rosa" else {}
        servicer = make_servicer(
            business,
            name,
            email=f"{name.lower()}@example.com",
            password_hash=hash_password(PASSWORD),
            **values,
        )
        join(queue, phone(index), now - timedelta(minutes=30), name=NAMES[index])
        _call(queue, servicer, make_desk(queue, f"Chair {index + 1}").id, now - timedelta(minutes=5))
    tokens = [
        join(queue, phone(index), now - timedelta(minutes=28 - index), name=NAMES[index % len(NAMES)]).token
        for index in range(3, 3 + WAITING)
    ]
    return tokens[3]


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(ZONE)).date()


def _call(queue: Queue, servicer: Servicer, desk_id: int, now: datetime) -> None:
    def verb(session: Session, queue: Queue, by: By) -> None:
        me = session.merge(servicer, load=False)
        duty = duty_of(session, queue.id, servicer.id)
        assert duty is not None
        duty.desk_id = desk_id
        calling.call_next(session, queue, me, by=by, now=now, desk_id=desk_id)

    press(queue, servicer, verb, now)
