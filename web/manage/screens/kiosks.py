"""The manager's page of a queue's kiosks: add one with a code for its tablet, see them, remove one."""

from datetime import datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.tables.kiosks import LONGEST_NAME, MOST_KIOSKS, add_kiosk, kiosks_of, remove_kiosk
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import LARGEST_ID, reading
from web.manage.forms import name_field
from web.manage.guard import manager_blueprint, own_queue
from web.manage.queues.views import change

blueprint = manager_blueprint("manage_queues_kiosks", "/queues/<keyword>/kiosks")


class KioskForm(FlaskForm):
    name = name_field(_l("Name"), LONGEST_NAME, _l("Enter a name, such as Tablet at the door."))


@blueprint.get("")
def kiosks(keyword: str) -> str:
    return _page(keyword, KioskForm(formdata=None))


@blueprint.post("/add")
def add(keyword: str) -> Response | tuple[str, int]:
    form = KioskForm()
    if not form.validate():
        return _page(keyword, form), 422

    def verb(session: Session, queue: Queue, by: By, now: datetime) -> tuple[str, str]:
        return queue.address, add_kiosk(session, queue, form.name.data, now)

    try:
        address, code = change(keyword, verb, "kiosk")
    except NotPossible:
        form.name.errors = [
            _("A queue can have at most %(most)d kiosks. Remove one first.", most=MOST_KIOSKS)
        ]
        return _page(keyword, form), 422
    there = current_app.config["SETTINGS"].public_url + url_for("kiosk.show", keyword=address)
    words = _(
        "On the tablet, open %(address)s and enter %(code)s within 15 minutes. The code is shown only now.",
        address=there.partition("//")[2],
        code=f"{code[:4]} {code[4:]}",
    )
    flash(words, "ok")
    return _back(keyword)


@blueprint.post("/remove")
def remove(keyword: str) -> Response:
    given = request.form.get("kiosk", 0, type=int)
    kiosk_id = given if 0 < given <= LARGEST_ID else None
    name = change(keyword, lambda session, queue, by, now: remove_kiosk(session, queue, kiosk_id), "kiosk")
    if name is None:
        flash(_("That kiosk no longer exists."), "warning")
    else:
        flash(_("%(name)s is removed. That tablet takes no more numbers.", name=name), "ok")
    return _back(keyword)


def _page(keyword: str, form: KioskForm) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        found = kiosks_of(session, queue)
    return render_template("web/manage/kiosks.html", queue=queue, kiosks=found, form=form)


def _back(keyword: str) -> Response:
    return redirect(url_for("manage_queues_kiosks.kiosks", keyword=keyword), 303)
