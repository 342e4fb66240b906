"""The page where a manager chooses what they are told of, by mail and by text, and when not."""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.alarms.choices import AlarmSettings, QueueAlarms
from models.alarms.messages import texted_by
from models.alarms.phone_proof import text_that_proves
from models.people.phone_numbers import masked
from models.people.servicers import Servicer
from models.queueing.hours.timetable import time_of_day
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from web.customer.queue_page import TextTo
from web.manage.alarms.forms import QUEUE_SWITCHES, SWITCHES, AlarmsForm, QueueForm, are_valid
from web.manage.guard import manager_blueprint, record_change

blueprint = manager_blueprint("manage_alarms", "/alarms")


class OwnPhone(NamedTuple):
    """What stands between a manager and texts to their phone."""

    shown: str | None  # masked; None as long as no phone is shown to be theirs
    is_reached: bool
    text: TextTo | None  # the text that shows it; None where we have no number


@blueprint.get("")
def show() -> str:
    with reading() as session:
        me = session.get_one(Servicer, current_user.servicer_id)
        mine = select(QueueAlarms).where(QueueAlarms.servicer_id == me.id)
        own = {row.queue_id: row for row in session.scalars(mine)}
        queues = _queues(session)
        forms = [QueueForm.of(queue, own.get(queue.id)) for queue in queues]
        form = AlarmsForm.of(session.get(AlarmSettings, me.id), me.business.language)
        return _page(session, me, form, queues, forms)


@blueprint.post("")
def change() -> Response | tuple[str, int]:
    form, now, my_id = AlarmsForm(), datetime.now(UTC), current_user.servicer_id
    with reading() as session:
        me, queues = session.get_one(Servicer, my_id), _queues(session)
        forms = [QueueForm.sent(queue) for queue in queues]
        if not are_valid(form, forms):
            return _page(session, me, form, queues, forms), 422

    def work(session: Session) -> None:
        _store(session, my_id, form)
        for queue, each in zip(queues, forms, strict=True):
            _store_of_queue(session, my_id, queue, each)
        record_change(session, "alarms", now)

    transaction(work)
    flash(_("Saved."), "ok")
    return redirect(url_for("manage_alarms.show"), 303)


def _store(session: Session, my_id: int, form: AlarmsForm) -> None:
    row = session.get(AlarmSettings, my_id) or AlarmSettings(servicer_id=my_id)
    for name in SWITCHES:
        setattr(row, name, bool(form[name].data))
    row.language = form.language.data
    row.quiet_from = time_of_day(form.quiet_from.data or "")
    row.quiet_until = time_of_day(form.quiet_until.data or "")
    session.add(row)


def _store_of_queue(session: Session, my_id: int, queue: Queue, form: QueueForm) -> None:
    row = session.get(QueueAlarms, (my_id, queue.id)) or QueueAlarms(servicer_id=my_id, queue_id=queue.id)
    row.most_waiting = form.most_waiting.data
    for name in QUEUE_SWITCHES:
        setattr(row, name, bool(form[name].data))
    session.add(row)


def _page(
    session: Session, me: Servicer, form: AlarmsForm, queues: list[Queue], forms: list[QueueForm]
) -> str:
    return render_template(
        "web/manage/alarms.html",
        form=form,
        of_queues=list(zip(queues, forms, strict=True)),
        forms=[form, *forms],
        phone=_own_phone(session, me, datetime.now(UTC)),
        email=me.email,
        makes_backups=current_app.config["SETTINGS"].backup_dir is not None,
    )


def _own_phone(session: Session, me: Servicer, now: datetime) -> OwnPhone:
    ours, phone = me.business.sms_number, me.phone
    is_shown = me.phone_proved_at is not None and phone is not None
    return OwnPhone(
        shown=masked(phone) if is_shown else None,
        is_reached=texted_by(session, me) is not None,
        text=TextTo(text_that_proves(session, me, now), ours.phone) if ours is not None else None,
    )


def _queues(session: Session) -> list[Queue]:
    mine = select(Queue).where(Queue.business_id == current_user.business_id, Queue.archived_at.is_(None))
    return list(session.scalars(mine.order_by(Queue.name, Queue.id)))
