"""The list of webhooks, a new one, and the page of each: change it, test it, see the last hundred, replay."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.audit_log import AuditAction
from models.people.business import Business
from models.queueing.tables.queues import Queue
from models.storage.database import LARGEST_BIG_ID, LARGEST_ID, reading, transaction
from models.webhooks import deliveries, endpoints
from models.webhooks.deliveries import newest_deliveries
from models.webhooks.endpoints import (
    MOST_ENDPOINTS,
    Endpoint,
    OffReason,
    add_endpoint,
    endpoint_of,
    endpoints_of,
)
from models.webhooks.notices import host_of
from web.account.audit_notes import record_own
from web.account.proof import PROVE_FIRST
from web.manage.guard import manager_blueprint, own_business
from web.manage.webhooks.forms import WebhookForm, form_for, why_nothing
from web.manage.webhooks.words import row_of, why_off

blueprint = manager_blueprint("manage_webhooks", "/webhooks")


@blueprint.get("")
def index() -> str:
    return _list(form_for(_queues()))


@blueprint.post("")
def make() -> str | tuple[str, int]:
    form, now, me = form_for(_queues(), is_sent=True), datetime.now(UTC), current_user
    if not form.validate():
        return _list(form), 422

    def work(session: Session) -> tuple[int, str] | None:
        session.get_one(Business, me.business_id, with_for_update={"key_share": True})
        problem = _why_not(session, form)
        if problem is not None:
            form.url.errors = [problem]
            return None
        made, secret = add_endpoint(
            session,
            business_id=me.business_id,
            url=form.url.data,
            events=form.events,
            queue_ids=form.queue_ids,
            sees_people=form.sees_people.data,
            made_by_id=me.servicer_id,
            now=now,
        )
        record_own(session, AuditAction.WEBHOOK_MADE, me, now, **_facts(made))
        return made.id, secret

    made = transaction(work)
    if made is None:
        return _list(form), 422
    return _list(form_for(_queues()), made)  # on this answer alone: an address or a cookie would keep it


@blueprint.get("/<int:endpoint_id>")
def show(endpoint_id: int) -> str:
    return _page(endpoint_id)


@blueprint.post("/<int:endpoint_id>")
def change(endpoint_id: int) -> Response | tuple[str, int]:
    with reading() as session:
        kept = _own(session, endpoint_id, lock=False)
    form, now = form_for(_queues(kept), is_sent=True), datetime.now(UTC)
    is_valid = form.validate()
    problem = why_nothing(form) if current_user.is_proved else str(PROVE_FIRST)
    if is_valid and problem is not None:
        form.url.errors = [problem]
    if not is_valid or problem is not None:
        return _page(endpoint_id, form), 422

    def work(session: Session) -> None:
        mine = _own(session, endpoint_id)
        is_elsewhere = mine.url != form.url.data
        mine.url, mine.events = form.url.data, sorted(form.events)
        endpoints.choose_queues(session, mine, form.queue_ids)
        mine.sees_people = form.sees_people.data
        if is_elsewhere:  # what the other address did says nothing of this one
            endpoints.clear_failures(mine)
            deliveries.try_waiting_afresh(session, mine.id, now)
        record_own(session, AuditAction.WEBHOOK_CHANGED, current_user, now, **_facts(mine))

    transaction(work)
    flash(_("Saved."), "ok")
    return _back(endpoint_id)


@blueprint.post("/<int:endpoint_id>/secret")
def new_secret(endpoint_id: int) -> str | tuple[str, int]:
    """Shown on this answer alone."""
    if not current_user.is_proved:
        flash(str(PROVE_FIRST), "warning")
        return _page(endpoint_id), 422

    def verb(session: Session, mine: Endpoint, now: datetime) -> str:
        return endpoints.new_secret(mine, now)

    return _page(endpoint_id, secret=_do(endpoint_id, AuditAction.WEBHOOK_SECRET, verb))


@blueprint.post("/<int:endpoint_id>/test")
def send_test(endpoint_id: int) -> Response:
    def verb(session: Session, mine: Endpoint, now: datetime) -> bool:
        return mine.off_at is None and deliveries.add_test(session, mine, now)

    if _do(endpoint_id, AuditAction.WEBHOOK_TESTED, verb):
        flash(_("A test is on its way. Its answer appears below."), "ok")
    else:
        flash(_("No test was sent: it's turned off, or earlier tests are still on their way."), "warning")
    return _back(endpoint_id)


@blueprint.post("/<int:endpoint_id>/replay")
def replay(endpoint_id: int) -> Response:
    given = request.form.get("delivery", 0, type=int)
    delivery_id = given if 0 < given <= LARGEST_BIG_ID else 0

    def verb(session: Session, mine: Endpoint, now: datetime) -> bool:
        return deliveries.replay(session, mine.id, delivery_id, now) is not None

    if _do(endpoint_id, AuditAction.WEBHOOK_REPLAYED, verb):
        flash(_("It's on its way again."), "ok")
    else:
        flash(_("There's nothing to send again there."), "warning")
    return _back(endpoint_id)


@blueprint.post("/<int:endpoint_id>/off")
def turn_off(endpoint_id: int) -> Response:
    def verb(session: Session, mine: Endpoint, now: datetime) -> bool:
        if mine.off_at is None:
            endpoints.turn_off(mine, OffReason.BY_HAND, now)
        return True

    _do(endpoint_id, AuditAction.WEBHOOK_OFF, verb)
    return _back(endpoint_id)


@blueprint.post("/<int:endpoint_id>/on")
def turn_on(endpoint_id: int) -> Response:
    def verb(session: Session, mine: Endpoint, now: datetime) -> bool:
        if mine.off_at is not None:
            endpoints.turn_on(session, mine)
            deliveries.try_waiting_afresh(session, mine.id, now)
        return True

    if current_user.is_proved:
        _do(endpoint_id, AuditAction.WEBHOOK_ON, verb)
    else:
        flash(str(PROVE_FIRST), "warning")
    return _back(endpoint_id)


@blueprint.post("/<int:endpoint_id>/delete")
def delete(endpoint_id: int) -> str | Response:
    if "sure" not in request.form:
        with reading() as session:
            mine = _own(session, endpoint_id, lock=False)
            return render_template("web/manage/webhook_delete.html", webhook=mine)

    def verb(session: Session, mine: Endpoint, now: datetime) -> bool:
        deliveries.delete_endpoint(session, mine)
        return True

    _do(endpoint_id, AuditAction.WEBHOOK_DELETED, verb)
    flash(_("The webhook is deleted."), "ok")
    return redirect(url_for("manage_webhooks.index"), 303)


def _do(endpoint_id: int, action: AuditAction, verb: Callable[[Session, Endpoint, datetime], Any]) -> Any:
    """What `verb` gives; if that is anything, it is written into the audit log."""
    now = datetime.now(UTC)

    def work(session: Session) -> Any:
        mine = _own(session, endpoint_id)
        facts = {"what": host_of(mine.url)}
        done = verb(session, mine, now)
        if done:
            record_own(session, action, current_user, now, **facts)
        return done

    return transaction(work)


def _own(session: Session, endpoint_id: int, *, lock: bool = True) -> Endpoint:
    """404 unless it belongs to the manager's business."""
    is_one = 0 < endpoint_id <= LARGEST_ID
    mine = endpoint_of(session, current_user.business_id, endpoint_id, lock=lock) if is_one else None
    return mine or abort(404)


def _why_not(session: Session, form: WebhookForm) -> str | None:
    if not current_user.is_proved:
        return str(PROVE_FIRST)
    kept = endpoints_of(session, current_user.business_id)
    if len(kept) >= MOST_ENDPOINTS:
        return _("A business has at most %(most)d webhooks. Delete one first.", most=MOST_ENDPOINTS)
    return why_nothing(form)


def _facts(endpoint: Endpoint) -> dict[str, object]:
    """For the audit log: the whole address may hold a key."""
    facts: dict[str, object] = {"what": host_of(endpoint.url), "events": len(endpoint.events)}
    return facts | ({"sees": "people"} if endpoint.sees_people else {})


def _queues(kept: Endpoint | None = None) -> list[Queue]:
    """Those in use, and what was chosen before it was archived: it stays chosen until it is taken out."""
    with reading() as session:
        in_use = Queue.of_business(session, current_user.business_id)
        missing = set((kept.queue_ids if kept else None) or ()) - {queue.id for queue in in_use}
        theirs = select(Queue).where(Queue.id.in_(missing), Queue.business_id == current_user.business_id)
        return in_use + (list(session.scalars(theirs.order_by(Queue.keyword))) if missing else [])


def _list(form: WebhookForm, made: tuple[int, str] | None = None) -> str:
    with reading() as session:
        kept = endpoints_of(session, current_user.business_id)
        rows = [(each, host_of(each.url), why_off(each), each.made_by.name) for each in kept]
        zone = own_business(session).zone
    return render_template("web/manage/webhooks.html", form=form, rows=rows, zone=zone, made=made)


def _page(endpoint_id: int, form: WebhookForm | None = None, secret: str | None = None) -> str:
    with reading() as session:
        mine, zone = _own(session, endpoint_id, lock=False), own_business(session).zone
        kept = newest_deliveries(session, mine.id)
    return render_template(
        "web/manage/webhook.html",
        form=form or form_for(_queues(mine), mine),
        webhook=mine,
        host=host_of(mine.url),
        off=why_off(mine),
        rows=[row_of(each, zone) for each in kept],
        secret=secret,
    )


def _back(endpoint_id: int) -> Response:
    return redirect(url_for("manage_webhooks.show", endpoint_id=endpoint_id), 303)
