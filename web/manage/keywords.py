"""The manager frees a keyword that a queue used to have: nothing leads from it to the queue any more."""

from datetime import datetime

from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.keywords import free_keyword
from models.queueing.tables.queues import Queue
from web.manage.guard import manager_blueprint
from web.manage.queues import change, to_queue

blueprint = manager_blueprint("manage_queues_keywords")


@blueprint.post("/queues/<keyword>/old-keywords/<old>/free")
def free(keyword: str, old: str) -> Response:
    def work(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        return free_keyword(session, queue, old)

    if not change(keyword, work, "old keyword"):
        abort(404)
    flash(_("%(old)s no longer leads here.", old=old.upper()), "ok")
    return to_queue(keyword)
