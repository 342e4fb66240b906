"""The manager's pages of people: where each is on duty, their name and role, and ending their access.

Inviting is in web/manage/invite.py; passwords and sessions are each person's own.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from models.people.actors import By
from models.people.programs.api_keys import keys_of
from models.people.servicers import Role, Servicer
from models.queueing.duties import Duty
from models.queueing.setup.staff import change_person, let_go, lock_queues_of, lock_staff, staff_of
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.taking_over import in_hands_of, settle
from models.storage.database import LARGEST_ID, reading, transaction
from models.webhooks.endpoints import endpoints_of
from models.webhooks.notices import host_of
from web.manage.forms import name_field
from web.manage.guard import manager_blueprint, record_change
from web.manage.in_hand import chosen, refusal_words, to_hand_over

LONGEST_NAME = 60

blueprint = manager_blueprint("manage_people", "/people")


class PersonForm(FlaskForm):
    name = name_field(_l("Name"), LONGEST_NAME, _l("Enter the name colleagues see."))
    role = RadioField(
        _l("Role"),
        choices=[
            SelectChoice(Role.SERVICER.value, _l("Servicer: calls and serves")),
            SelectChoice(Role.MANAGER.value, _l("Manager: also sets everything up")),
        ],
        validate_choice=True,
    )


class Post(NamedTuple):
    """Where somebody is on duty now."""

    queue: str
    keyword: str
    desk: str | None


@blueprint.get("")
def index() -> str:
    with reading() as session:
        staff = staff_of(session, current_user.business_id)
        posts = _posts(session)
    return render_template("web/manage/people.html", staff=staff, posts=posts)


@blueprint.get("/<int:person_id>")
def person(person_id: int) -> str:
    with reading() as session:
        found = _person(session, person_id)
    return _page(found, PersonForm(formdata=None, obj=found, role=found.role.value))


@blueprint.post("/<int:person_id>")
def change(person_id: int) -> Response | tuple[str, int]:
    form, now = PersonForm(), datetime.now(UTC)
    with reading() as session:
        found = _person(session, person_id)
    if not form.validate():
        return _page(found, form), 422

    def work(session: Session) -> None:
        lock_staff(session, found.business_id)
        _require_manager(session)
        same = _person(session, person_id)
        if change_person(
            session, same, name=form.name.data, role=Role(form.role.data), by=_by(), now=datetime.now(UTC)
        ):
            record_change(session, "person", now, person=same.name, role=same.role.value)

    try:
        transaction(work)
    except NotPossible:
        form.role.errors = [_("Only another manager can change your role.")]
        return _page(found, form), 422
    flash(_("Saved."), "ok")
    return redirect(url_for("manage_people.index"), 303)


@blueprint.get("/<int:person_id>/leave")
def ask_to_let_go(person_id: int) -> str:
    with reading() as session:
        found = _person(session, person_id)
        in_hand = to_hand_over(session, in_hands_of(session, found.id), found.business_id)
        keys = [key.name for key in keys_of(session, found.business_id) if key.made_by_id == found.id]
        hooks = [each for each in endpoints_of(session, found.business_id) if each.made_by_id == found.id]
        hosts = [(host_of(each.url), each.sees_people) for each in hooks if each.off_at is None]
    return render_template("web/manage/let_go.html", person=found, in_hand=in_hand, keys=keys, webhooks=hosts)


@blueprint.post("/<int:person_id>/leave")
def end(person_id: int) -> Response:
    now, choices = datetime.now(UTC), chosen(request.form)

    def work(session: Session) -> str:
        lock_staff(session, current_user.business_id)
        _require_manager(session)
        found = _person(session, person_id)
        lock_queues_of(session, found)
        settle(session, in_hands_of(session, found.id), choices, by=_by(), now=now)
        let_go(session, found, by=_by(), now=now)
        record_change(session, "person_left", now, person=found.name)
        return found.name

    try:
        name = transaction(work)
    except NotPossible as refusal:
        oneself = _("You can't end your own access. Another manager can.")
        flash(oneself if refusal.reason == "oneself" else refusal_words(refusal), "problem")
        return redirect(url_for("manage_people.ask_to_let_go", person_id=person_id), 303)
    flash(_("%(name)s can't sign in any more. Their work stays under their name.", name=name), "ok")
    return redirect(url_for("manage_people.index"), 303)


def _page(found: Servicer, form: PersonForm) -> str:
    is_me = found.id == current_user.servicer_id
    return render_template("web/manage/person.html", person=found, form=form, is_me=is_me)


def _person(session: Session, person_id: int) -> Servicer:
    """A person of the manager's business; 404 if there is none or they have left."""
    found = session.get(Servicer, person_id, populate_existing=True) if person_id <= LARGEST_ID else None
    if found is None or found.business_id != current_user.business_id or found.left_at is not None:
        abort(404)
    return found


def _require_manager(session: Session) -> None:
    """Check the role again under the staff lock: it may have changed since the request began."""
    me = session.get_one(Servicer, current_user.servicer_id, populate_existing=True)
    if me.role != Role.MANAGER or me.left_at is not None:
        abort(403)


def _by() -> By:
    return By.servicer(current_user.servicer_id)


def _posts(session: Session) -> dict[int, list[Post]]:
    """Where each is on duty now, by person."""
    rows = session.execute(
        select(Duty.servicer_id, Queue.name, Queue.keyword, Desk.name.label("desk"))
        .join(Queue, Queue.id == Duty.queue_id)
        .outerjoin(Desk, Desk.id == Duty.desk_id)
        .where(Queue.business_id == current_user.business_id, Duty.ended_at.is_(None))
        .order_by(Duty.began_at)
    )
    posts: dict[int, list[Post]] = {}
    for row in rows:
        posts.setdefault(row.servicer_id, []).append(Post(row.name, row.keyword, row.desk))
    return posts
