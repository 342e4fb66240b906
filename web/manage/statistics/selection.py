"""What the statistics pages and their files are about: the queues and days that the address selects."""

from datetime import datetime
from typing import Any, NamedTuple

from flask import abort, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.people.business import Business
from models.queueing.tables.queues import Queue
from web.manage.guard import own_business, own_queue
from web.manage.statistics.span import KINDS, Days, day_asked_for


class Selection(NamedTuple):
    business: Business
    queues: list[Queue]  # the selected queue, or all of the business
    all_queues: list[Queue]
    keyword: str | None
    days: Days

    def address(self, **other: Any) -> dict[str, Any]:
        mine = {"span": self.days.kind, "on": self.days.first.isoformat(), "queue": self.keyword}
        return {name: value for name, value in (mine | other).items() if value is not None}


def selection(session: Session, now: datetime) -> Selection:
    business = own_business(session)
    keyword = request.args.get("queue") or None
    mine = select(Queue).where(Queue.business_id == current_user.business_id).order_by(Queue.name)
    all_queues = list(session.scalars(mine.options(joinedload(Queue.business, innerjoin=True))))
    queues = [own_queue(session, keyword)] if keyword else all_queues
    kind = request.args.get("span", "day")
    if kind not in KINDS:
        abort(404)
    days = Days.around(kind, day_asked_for(request.args.get("on"), business.day_of(now)))
    return Selection(business, queues, all_queues, queues[0].keyword if keyword else None, days)
