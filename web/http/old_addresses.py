"""Queues by what stands for them in an address; one that a queue used to have leads on to the present one.

On public pages no two are the same: the first with a keyword has CET236, the next CET236-2. Whoever works
there finds their own business's queue by its keyword too.
"""

from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from sqlalchemy.orm import Session

from bot.understanding import normal_keyword
from models.queueing.setup.keywords import queue_once_at, queue_once_named
from models.queueing.tables.addresses import FIRST, address_of, parts_of
from models.queueing.tables.queues import Queue


def queue_at(session: Session, typed: str) -> Queue | None:
    """The queue with this address, or the one that used to have it.

    What was asked for by GET is then found at the new address; what a page posts to the old one is done.
    """
    addresses, now = addresses_meant(typed), datetime.now(UTC)
    for address in addresses:
        if (queue := Queue.at(session, address)) is not None:
            return queue
    for address in addresses:
        if (queue := queue_once_at(session, address, now)) is not None:
            _lead_on(queue.address)
            return queue
    return None


def own_queue_at(session: Session, business_id: int, keyword: str) -> Queue | None:
    """The queue of this business with this keyword or address, or the one that used to have it."""
    queue = Queue.named(session, business_id, keyword)
    if queue is not None:
        return queue
    now = datetime.now(UTC)
    queue = (
        queue_once_named(session, business_id, keyword, now)
        or Queue.at(session, keyword)
        or queue_once_at(session, keyword, now)
    )
    if queue is None or queue.business_id != business_id:
        return None
    _lead_on(queue.keyword)
    return queue


def addresses_meant(typed: str) -> list[str]:
    """CET236-2 means the second of those with CET236, or else CET2362: people put hyphens into a keyword."""
    keyword, namesake = parts_of(typed.strip())
    as_it_stands = [address_of(normal_keyword(keyword), namesake)] if namesake != FIRST else []
    return [*as_it_stands, normal_keyword(typed)]


def _lead_on(keyword: str) -> None:
    if request.method in ("GET", "HEAD") and request.endpoint is not None:
        there = url_for(request.endpoint, **(request.view_args or {}) | {"keyword": keyword})
        # Not among url_for's arguments, of which some are orders to it: _method, _scheme, endpoint.
        asked = urlencode([*request.args.items(multi=True)])
        abort(redirect(f"{there}?{asked}" if asked else there, 302))
