"""The manager's pages of queues: list, one queue, a new one, its rules; open, pause, close, archive.

Changes are verbs of models/queueing (queue_settings, opening). Only the handling of forms is here.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.actors import By
from models.queueing.door_codes import board_key
from models.queueing.hours.opening_hours import timetable_of
from models.queueing.line.queries import in_line_count, waiting_count
from models.queueing.line.wait_table import learned_minutes
from models.queueing.opening import begin_last_call, close_queue, open_queue, pause_queue, sends_away
from models.queueing.setup.keywords import change_keyword, is_free, leads_on_until, old_keywords_of
from models.queueing.setup.new_queues import has_room, make_queue
from models.queueing.setup.queue_settings import archive, change_queue, channels_offered, unarchive
from models.queueing.setup.staff import lock_staff
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.taking_over import in_hand_at, settle
from models.storage.database import reading, transaction
from web.customer.queue_page import public_queue
from web.customer.screens.spoken import phrases_of
from web.manage.forms import (
    RULES,
    NewQueueForm,
    RulesForm,
    most_queues,
    no_room,
    spoken_of,
    warn_of_similar_keyword,
)
from web.manage.guard import manager_blueprint, own_queue, record_change
from web.manage.in_hand import chosen, refusal_words, to_end
from web.manage.queues.hours_words import hours_in_words

T = TypeVar("T")

blueprint = manager_blueprint("manage_queues")


def change(keyword: str, verb: Callable[[Session, Queue, By, datetime], T], what: str = "queue") -> T:
    """Call `verb` with the manager's own queue, locked, and record the change. Raises what `verb` raises."""
    with reading() as session:
        queue_id = own_queue(session, keyword).id
    by, now = By.servicer(current_user.servicer_id), datetime.now(UTC)

    def work(session: Session) -> T:
        queue = Queue.lock(session, queue_id)
        record_change(session, what, now, keyword=queue.keyword)
        return verb(session, queue, by, now)

    return transaction(work)


def to_queue(keyword: str) -> Response:
    return redirect(url_for("manage_queues.show", keyword=keyword), 303)


# Pages --------------------------------------------------------------------------------------------------


@blueprint.get("/queues")
def index() -> str:
    with reading() as session:
        mine = select(Queue).where(Queue.business_id == current_user.business_id).order_by(Queue.name)
        found = session.scalars(mine).all()
        queues = [
            (queue, in_line_count(session, queue), hours_in_words(timetable_of(session, queue)))
            for queue in found
            if queue.archived_at is None
        ]
    archived = [queue for queue in found if queue.archived_at is not None]
    return render_template("web/manage/queues.html", queues=queues, archived=archived)


@blueprint.get("/queues/<keyword>")
def show(keyword: str) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        return render_template(
            "web/manage/queue.html",
            queue=queue,
            page=public_queue(session, queue, datetime.now(UTC)),
            desks=[desk.name for desk in queue.desks],
            hours=hours_in_words(timetable_of(session, queue)),
            old_keywords=_old_keywords(session, queue),
            channels=channels_offered(queue),
            learned_minutes=learned_minutes(session, queue),
            spoken=[phrases.name for phrases in phrases_of(queue.spoken_languages)],
            board_key=board_key(queue),
            site=current_app.config["SETTINGS"].public_url,
        )


@blueprint.get("/new-queue")
def new() -> str:
    return render_template("web/manage/new_queue.html", form=NewQueueForm(formdata=None))


@blueprint.get("/queues/<keyword>/rules")
def rules(keyword: str) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
    form = RulesForm(formdata=None, obj=queue, **spoken_of(queue))
    return render_template("web/manage/rules.html", queue=queue, form=form)


@blueprint.get("/queues/<keyword>/close")
def ask_to_close(keyword: str) -> Response | str:
    """Confirmation: those who wait would be sent away."""
    with reading() as session:
        queue = own_queue(session, keyword)
        count = sends_away(session, queue)
    return render_template("web/manage/close_queue.html", queue=queue, count=count, archives=False)


@blueprint.get("/queues/<keyword>/archive")
def ask_to_archive(keyword: str) -> Response | str:
    with reading() as session:
        queue = own_queue(session, keyword)
        count, in_hand = waiting_count(session, queue), to_end(in_hand_at(session, queue.id))
    return render_template(
        "web/manage/close_queue.html", queue=queue, count=count, archives=True, in_hand=in_hand
    )


def _old_keywords(session: Session, queue: Queue) -> list[tuple[str, date]]:
    """Each with the day up to which it leads here."""
    zone = queue.business.zone
    old_keywords = old_keywords_of(session, queue, datetime.now(UTC))
    return [(old.keyword, leads_on_until(old).astimezone(zone).date()) for old in old_keywords]


# Changes ------------------------------------------------------------------------------------------------


@blueprint.post("/new-queue")
def add() -> Response | tuple[str, int]:
    form = NewQueueForm()
    if form.validate():
        name, keyword = form.name.data, form.keyword.data
        if _saved(form, lambda session: _make(session, form)):
            flash(_("%(name)s is added and open.", name=name), "ok")
            warn_of_similar_keyword(keyword)
            return to_queue(keyword)
    return render_template("web/manage/new_queue.html", form=form), 422


@blueprint.post("/queues/<keyword>/rules")
def change_rules(keyword: str) -> Response | tuple[str, int]:
    form = RulesForm()
    with reading() as session:
        queue = own_queue(session, keyword)
    if form.validate():
        values = {rule: form[rule].data for rule in RULES} | {"spoken_languages": form.spoken_languages}
        if _saved(form, lambda session: _change(session, queue.id, values), queue.id):
            flash(_("Rules for %(name)s saved.", name=values["name"]), "ok")
            if values["keyword"] != queue.keyword:
                warn_of_similar_keyword(values["keyword"])
            return to_queue(values["keyword"])
    return render_template("web/manage/rules.html", queue=queue, form=form), 422


@blueprint.post("/queues/<keyword>/state/<address>")
def change_state(keyword: str, address: str) -> Response:
    """Open, pause, last call or close, like the buttons of the control page."""
    verbs = {"open": open_queue, "pause": pause_queue, "last-call": begin_last_call, "close": _close}
    if address not in verbs:
        abort(404)
    try:
        change(keyword, lambda session, queue, by, now: verbs[address](session, queue, by=by, now=now))
    except NotPossible as refusal:
        if refusal.reason == "asks_first":
            return redirect(url_for("manage_queues.ask_to_close", keyword=keyword), 303)
        flash(_REFUSED.get(refusal.reason, _REFUSED["archived"]), "warning")
    else:
        flash(_DONE[address], "ok")
    return to_queue(keyword)


def _close(session: Session, queue: Queue, *, by: By, now: datetime) -> None:
    if "sure" not in request.form and sends_away(session, queue):
        raise NotPossible("asks_first")
    close_queue(session, queue, by=by, now=now)


@blueprint.post("/queues/<keyword>/archive")
def archive_queue(keyword: str) -> Response:
    choices = chosen(request.form)

    def work(session: Session, queue: Queue, by: By, now: datetime) -> int:
        settle(session, in_hand_at(session, queue.id), choices, by=by, now=now)
        return archive(session, queue, by=by, now=now)

    try:
        gone = change(keyword, work)
    except NotPossible as refusal:
        flash(refusal_words(refusal), "problem")
        return redirect(url_for("manage_queues.ask_to_archive", keyword=keyword), 303)
    words = ngettext("%(num)d person was told.", "%(num)d people were told.", gone) if gone else ""
    flash(f"{_('The queue is archived. Its history stays.')} {words}".strip(), "ok")
    return redirect(url_for("manage_queues.index"), 303)


@blueprint.post("/queues/<keyword>/restore")
def restore(keyword: str) -> Response:
    def work(session: Session, queue: Queue, by: By, now: datetime) -> bool:
        may = queue.archived_at is None or has_room(session, queue.business_id, most_queues())
        if may:
            unarchive(queue, now=now)
        return may

    if change(keyword, work):
        flash(_("The queue is back. It stays closed until you open it."), "ok")
    else:
        flash(no_room(), "warning")
    return to_queue(keyword)


# Helpers ------------------------------------------------------------------------------------------------


def _make(session: Session, form: NewQueueForm) -> None:
    make_queue(
        session,
        current_user.business_id,
        form.keyword.data,
        name=form.name.data,
        minutes_per_customer=form.minutes_per_customer.data,
        now=datetime.now(UTC),
    )


def _change(session: Session, queue_id: int, values: dict[str, Any]) -> None:
    locked = Queue.lock(session, queue_id)
    change_keyword(session, locked, values["keyword"], now=datetime.now(UTC))
    change_queue(locked, **values)


def _saved(form: NewQueueForm, work: Callable[[Session], object], queue_id: int | None = None) -> bool:
    """Run `work` and record the change; False, with an error on the field, if it may not have the keyword."""

    def if_it_may(session: Session) -> str | None:
        now, keyword, mine = datetime.now(UTC), form.keyword.data, current_user.business_id
        lock_staff(session, mine)
        if queue_id is None and not has_room(session, mine, most_queues()):
            return no_room()
        if not is_free(session, keyword, mine, queue_id=queue_id):
            return _("Another queue already has the keyword %(keyword)s.", keyword=keyword)
        work(session)
        record_change(session, "queue", now, keyword=keyword)
        return None

    try:
        problem = transaction(if_it_may)
    except IntegrityError:  # another business took the address at the same moment
        problem = _("Somebody else just changed the same thing. Try again.")
    form.keyword.errors = [problem] if problem else []
    return problem is None


_DONE = {
    "open": _l("The queue is open."),
    "pause": _l("The queue is paused. People can join, but nobody is called."),
    "last-call": _l("Last call: no new numbers. The queue closes once everyone is served."),
    "close": _l("The queue is closed."),
}
_REFUSED = {
    "already_open": _l("The queue is already open."),
    "already_paused": _l("The queue is already paused."),
    "already_last_call": _l("It's already last call."),
    "in_last_call": _l("Nothing was changed: it's last call. Open the queue first."),
    "already_closed": _l("The queue is already closed."),
    "archived": _l("Nothing was changed: the queue is archived."),
}
