"""The manager's page of API keys: make one, which is shown once, and revoke one."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from models.people.audit_log import AuditAction
from models.people.business import Business
from models.people.programs.api_keys import LONGEST_NAME, MOST_KEYS, Scope, keys_of, make_key, revoke
from models.queueing.tables.queues import Queue
from models.storage.database import LARGEST_ID, reading, transaction
from web.account.audit_notes import record_own
from web.account.proof import PROVE_FIRST
from web.manage.forms import name_field
from web.manage.guard import manager_blueprint, own_business

EVERY_QUEUE = "0"

blueprint = manager_blueprint("manage_api_keys", "/api-keys")


class ApiKeyForm(FlaskForm):
    name = name_field(_l("What it's for"), LONGEST_NAME, _l("Enter what it's for, such as Our website."))
    queue = SelectField(_l("Queue"), coerce=str)
    read = BooleanField(_l("Read the line, tickets and statistics"))
    join = BooleanField(_l("Take numbers"))
    serve = BooleanField(_l("Call and finish customers"))
    people = BooleanField(_l("See names and phone numbers"))

    @property
    def scopes(self) -> list[Scope]:
        return [scope for scope in Scope if self[scope.value].data]


@blueprint.get("")
def show() -> str:
    return _page(_form(formdata=None))


@blueprint.post("")
def make() -> str | tuple[str, int]:
    form, now, me = _form(), datetime.now(UTC), current_user
    if not form.validate():
        return _page(form), 422
    queue_id = int(form.queue.data) or None

    def work(session: Session) -> str | None:
        session.get_one(Business, me.business_id, with_for_update={"key_share": True})
        problem = _why_not(session, form)
        if problem is not None:
            form.name.errors = [problem]
            return None
        row, key = make_key(
            session,
            business_id=me.business_id,
            queue_id=queue_id,
            name=form.name.data,
            scopes=form.scopes,
            made_by_id=me.servicer_id,
            now=now,
        )
        record_own(session, AuditAction.API_KEY_MADE, me, now, what=row.name, key=row.prefix, may=row.scopes)
        return key

    key = transaction(work)
    if key is None:
        return _page(form), 422
    return _page(_form(formdata=None), key)  # on this answer alone: an address or a cookie would keep it


@blueprint.post("/revoke")
def revoke_one() -> Response:
    key_id, now, me = request.form.get("key", type=int) or 0, datetime.now(UTC), current_user

    def work(session: Session) -> str | None:
        key = revoke(session, me.business_id, key_id, now) if 0 < key_id <= LARGEST_ID else None
        if key is None:
            return None
        record_own(session, AuditAction.API_KEY_REVOKED, me, now, what=key.name, key=key.prefix)
        return key.name

    name = transaction(work)
    if name is None:
        flash(_("That key is no longer in use."), "warning")
    else:
        flash(_("The key for %(name)s is revoked. Programs can't use it any more.", name=name), "ok")
    return redirect(url_for("manage_api_keys.show"), 303)


def _form(**given: Any) -> ApiKeyForm:
    form = ApiKeyForm(**given)
    with reading() as session:
        queues = Queue.of_business(session, current_user.business_id)
    form.queue.choices = [(EVERY_QUEUE, _("All queues")), *((str(each.id), each.name) for each in queues)]
    return form


def _why_not(session: Session, form: ApiKeyForm) -> str | None:
    kept = keys_of(session, current_user.business_id)
    if not current_user.is_proved:
        return str(PROVE_FIRST)
    if not set(form.scopes) - {Scope.PEOPLE}:
        return _("Choose what it may do.")
    if len(kept) >= MOST_KEYS:
        return _("A business has at most %(most)d keys. Revoke one first.", most=MOST_KEYS)
    if form.name.data in {key.name for key in kept}:
        return _("There's a key with this name already. Revoke it, or choose another name.")
    return None


def _page(form: ApiKeyForm, made: str | None = None) -> str:
    with reading() as session:
        keys = [(key, key.made_by.name) for key in keys_of(session, current_user.business_id)]
        queues = {each.id: each.name for each in Queue.of_business(session, current_user.business_id)}
        zone = own_business(session).zone
    return render_template(
        "web/manage/api_keys.html", form=form, keys=keys, queues=queues, zone=zone, made=made
    )
