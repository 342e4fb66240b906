"""The manager's page of a queue's desks: add, rename, retire (models/queueing/setup/queue_settings.py)."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.duties import on_duty
from models.queueing.setup.queue_settings import MOST_DESKS, add_desk, rename_desk, retire_desk
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import reading
from web.manage.forms import DeskForm
from web.manage.guard import manager_blueprint, own_queue
from web.manage.queues.views import change

blueprint = manager_blueprint("manage_queues_desks", "/queues/<keyword>/desks")


@blueprint.get("")
def desks(keyword: str) -> str:
    return _page(keyword, DeskForm(formdata=None))


@blueprint.post("/add")
def add(keyword: str) -> Response | tuple[str, int]:
    form = DeskForm()
    if not form.validate():
        return _page(keyword, form), 422
    name = form.name.data
    try:
        is_new = change(keyword, lambda session, queue, by, now: add_desk(session, queue, name), "desk")
    except NotPossible:
        form.name.errors = [
            _(
                "A queue can have at most %(most)d desks, including retired ones. Rename one instead.",
                most=MOST_DESKS,
            )
        ]
        return _page(keyword, form), 422
    words = _("%(desk)s added.", desk=name) if is_new else _("%(desk)s already exists.", desk=name)
    flash(words, "ok")
    return _back(keyword)


@blueprint.post("/rename")
def rename(keyword: str) -> Response | tuple[str, int]:
    form = DeskForm()
    desk_id = request.form.get("desk", type=int)
    if not form.validate():
        return _page(keyword, DeskForm(formdata=None), desk_id, form), 422

    def verb(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        desk = _desk(queue, desk_id)
        if desk is not None:
            rename_desk(session, queue, desk, form.name.data)
        return desk is not None

    try:
        _tell(change(keyword, verb, "desk"), _("Renamed to %(desk)s.", desk=form.name.data))
    except NotPossible:
        form.name.errors = [_("Another desk in this queue has or had that name. Choose another.")]
        return _page(keyword, DeskForm(formdata=None), desk_id, form), 422
    return _back(keyword)


@blueprint.post("/retire")
def retire(keyword: str) -> Response:
    desk_id = request.form.get("desk", type=int)

    def verb(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        desk = _desk(queue, desk_id)
        if desk is not None:
            retire_desk(session, queue, desk, by=by, now=now)
        return desk is not None

    _tell(
        change(keyword, verb, "desk"),
        _("Retired. We no longer call anyone there. To bring it back, add its name again."),
    )
    return _back(keyword)


def _page(
    keyword: str, form: DeskForm, renamed_id: int | None = None, renaming: DeskForm | None = None
) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        at = {duty.desk_id: duty.servicer.name for duty in on_duty(session, queue.id)}
        found = [(desk, at.get(desk.id)) for desk in queue.desks]
    return render_template(
        "web/manage/desks.html",
        queue=queue,
        desks=found,
        form=form,
        renamed_id=renamed_id,
        renaming=renaming,
    )


def _desk(queue: Queue, desk_id: int | None) -> Desk | None:
    return next((desk for desk in queue.desks if desk.id == desk_id), None)


def _tell(is_done: bool, words: str) -> None:
    flash(*((words, "ok") if is_done else (_("That desk no longer exists."), "warning")))


def _back(keyword: str) -> Response:
    return redirect(url_for("manage_queues_desks.desks", keyword=keyword), 303)
