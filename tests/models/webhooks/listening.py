"""Endpoints for the tests, and what stands in their outbox."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.storage.database import reading, transaction
from models.webhooks.deliveries import Delivery
from models.webhooks.endpoints import Endpoint, add_endpoint
from models.webhooks.event_types import WebhookType
from models.webhooks.feed import note_news, queues_with_news
from tests.world import NOON

ALL = tuple(kind.value for kind in WebhookType)


def listens(manager: Servicer, url: str = "https://shop.example.com/hooks", **values: Any) -> tuple[int, str]:
    """The id of a new endpoint of this manager's business, and its secret."""
    defaults = {"events": ALL, "queue_ids": None, "sees_people": False, "now": NOON}

    def work(session: Session) -> tuple[int, str]:
        row, secret = add_endpoint(
            session, business_id=manager.business_id, url=url, made_by_id=manager.id, **(defaults | values)
        )
        return row.id, secret

    return transaction(work)


def note(endpoint_id: int) -> None:
    """What the clock does each second."""
    with reading() as session:
        queue_ids = queues_with_news(session, session.get_one(Endpoint, endpoint_id))
    for queue_id in queue_ids:
        while transaction(lambda session, queue_id=queue_id: note_news(session, endpoint_id, queue_id, NOON)):
            pass


def endpoint(endpoint_id: int) -> Endpoint:
    with reading() as session:
        return session.get_one(Endpoint, endpoint_id)


def deliveries(endpoint_id: int) -> list[Delivery]:
    with reading() as session:
        mine = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
        return list(session.scalars(mine.order_by(Delivery.id)))


def told(endpoint_id: int) -> list[tuple[str, int | None, str]]:
    """(type, number, state) of each, in order."""
    note(endpoint_id)
    return [(d.kind, d.data.get("number"), d.data["state"]) for d in deliveries(endpoint_id)]
