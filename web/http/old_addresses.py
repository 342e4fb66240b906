"""Addresses with a keyword that a queue used to have: a page leads on to the same page at the new address."""

from datetime import UTC, datetime
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy.orm import Session

from models.queueing.keywords import queue_once_named
from models.queueing.tables.queues import Queue


def queue_at(session: Session, keyword: str) -> Queue | None:
    """The queue with this keyword, or the one that used to have it.

    What was asked for by GET is then found at the new address; what a page posts to the old one is done.
    """
    queue = Queue.named(session, keyword)
    if queue is not None:
        return queue
    queue = queue_once_named(session, keyword, datetime.now(UTC))
    if queue is not None and request.method in ("GET", "HEAD") and request.endpoint is not None:
        there = (request.view_args or {}) | {"keyword": queue.keyword}
        given: dict[str, Any] = request.args.to_dict() | there
        abort(redirect(url_for(request.endpoint, **given), 302))
    return queue
