"""Tells the pages of queues that the outcome of a text has changed."""

from models.delivery.failures import notify_pages
from models.storage.database import transaction


def tell_pages(queue_ids: set[int]) -> None:
    """In a transaction of its own, after the one that recorded the outcome."""
    if queue_ids:
        transaction(lambda session: notify_pages(session, queue_ids))
