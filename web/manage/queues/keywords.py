"""What got around and must not lead to the queue any more: a keyword it used to have, or its door codes."""

from datetime import datetime

from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.door_codes import make_new_codes
from models.queueing.setup.keywords import free_keyword
from models.queueing.tables.queues import Queue
from web.manage.guard import manager_blueprint
from web.manage.queues.views import change, to_queue

blueprint = manager_blueprint("manage_queues_keywords")


@blueprint.post("/queues/<keyword>/old-keywords/<old>/free")
def free(keyword: str, old: str) -> Response:
    def work(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        return free_keyword(session, queue, old)

    if not change(keyword, work, "old keyword"):
        abort(404)
    flash(_("%(old)s no longer leads here.", old=old.upper()), "ok")
    return to_queue(keyword)


@blueprint.post("/queues/<keyword>/new-door-code")
def new_door_code(keyword: str) -> Response:
    change(keyword, lambda session, queue, by, now: make_new_codes(queue), "door code")
    flash(_("There's a new code now. Open the board on your screen again: its address is new too."), "ok")
    return to_queue(keyword)
