"""The manager's first page: what is so now in each queue. Reads only."""

from datetime import UTC, datetime

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from models.database import reading
from models.queues import Queue
from web.managing import managers_part
from web.public_queue import public_queue

blueprint = managers_part("manage")


@blueprint.get("", strict_slashes=False)
def overview() -> str:
    with reading() as session:
        mine = select(Queue).where(Queue.business_id == current_user.business_id).order_by(Queue.name)
        queues = [public_queue(session, queue, datetime.now(UTC)) for queue in session.scalars(mine)]
    return render_template("web/manage/overview.html", queues=queues)
