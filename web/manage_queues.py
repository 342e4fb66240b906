"""The manager's pages of queues: all of them, one, a new one, its rules; opened, closed, archived here.

A change ends in a verb of models/setting_up or of the queue itself; no rule is here but how forms read.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.near_misses import distance
from models.database import reading, transaction
from models.event import By
from models.hours import timetable_of
from models.queues import Queue
from models.setting_up import archive, bring_back, change_queue
from models.ticket_states import NotPossible
from web.manage_forms import NewQueueForm, RulesForm
from web.manage_hours_words import hours_in_words
from web.managing import managers_part, note_change, own_queue
from web.public_queue import public_queue

T = TypeVar("T")

RULES = (
    "name",
    "keyword",
    "minutes_per_customer",
    "alert_ahead",
    "capacity",
    "backup_above",
    "backup_minutes",
    "later_by",
    "later_cap",
    "put_back_behind",
    "reminder_minutes",
    "no_show_minutes",
    "marks_no_shows",
    "asks_for_rating",
    "stays_open_overnight",
)

blueprint = managers_part("manage_queues")


def change(keyword: str, verb: Callable[[Session, Queue, By, datetime], T], what: str = "queue") -> T:
    """Do `verb` to the manager's own queue, locked, and note it. Raises what it raises."""
    with reading() as session:
        queue_id = own_queue(session, keyword).id
    by, now = By.servicer(current_user.servicer_id), datetime.now(UTC)

    def work(session: Session) -> T:
        queue = Queue.lock(session, queue_id)
        done = verb(session, queue, by, now)
        note_change(session, what, now, keyword=queue.keyword)
        return done

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
            (queue, queue.waiting_count(session), hours_in_words(timetable_of(session, queue)))
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
        )


@blueprint.get("/new-queue")
def new() -> str:
    return render_template("web/manage/new_queue.html", form=NewQueueForm(formdata=None))


@blueprint.get("/queues/<keyword>/rules")
def rules(keyword: str) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
    form = RulesForm(formdata=None, obj=queue)
    return render_template("web/manage/rules.html", queue=queue, form=form)


@blueprint.get("/queues/<keyword>/close")
def ask_to_close(keyword: str) -> Response | str:
    """Whoever waits would be sent away: said before it is done."""
    with reading() as session:
        queue = own_queue(session, keyword)
        count = queue.waiting_count(session)
    return render_template("web/manage/close_queue.html", queue=queue, count=count, archives=False)


@blueprint.get("/queues/<keyword>/archive")
def ask_to_archive(keyword: str) -> Response | str:
    with reading() as session:
        queue = own_queue(session, keyword)
        count = queue.waiting_count(session)
    return render_template("web/manage/close_queue.html", queue=queue, count=count, archives=True)


# Changes ------------------------------------------------------------------------------------------------


@blueprint.post("/new-queue")
def add() -> Response | tuple[str, int]:
    form = NewQueueForm()
    if form.validate():
        made = Queue(
            business_id=current_user.business_id,
            keyword=form.keyword.data,
            name=form.name.data,
            minutes_per_customer=form.minutes_per_customer.data,
            created_at=datetime.now(UTC),
        )
        if _saved(form, lambda session: session.add(made)):
            flash(_("%(name)s is there, and open.", name=made.name), "ok")
            _warn_of_likeness(made.keyword)
            return to_queue(made.keyword)
    return render_template("web/manage/new_queue.html", form=form), 422


@blueprint.post("/queues/<keyword>/rules")
def change_rules(keyword: str) -> Response | tuple[str, int]:
    form = RulesForm()
    with reading() as session:
        queue = own_queue(session, keyword)
    if form.validate():
        values = {rule: form[rule].data for rule in RULES}
        if _saved(form, lambda session: change_queue(Queue.lock(session, queue.id), **values), queue.id):
            flash(_("The rules of %(name)s are saved.", name=values["name"]), "ok")
            if values["keyword"] != queue.keyword:
                _warn_of_likeness(values["keyword"])
            return to_queue(values["keyword"])
    return render_template("web/manage/rules.html", queue=queue, form=form), 422


@blueprint.post("/queues/<keyword>/state/<address>")
def change_state(keyword: str, address: str) -> Response:
    """Open, pause or close it, as the buttons of the control page do."""
    verbs = {"open": Queue.open, "pause": Queue.pause, "close": Queue.close}
    if address not in verbs:
        abort(404)
    try:
        change(keyword, lambda session, queue, by, now: verbs[address](queue, session, by=by, now=now))
    except NotPossible as refusal:
        flash(_REFUSED.get(refusal.reason, _REFUSED["archived"]), "heed")
    else:
        flash(_DONE[address], "ok")
    return to_queue(keyword)


@blueprint.post("/queues/<keyword>/archive")
def put_away(keyword: str) -> Response:
    try:
        gone = change(keyword, lambda session, queue, by, now: archive(session, queue, by=by, now=now))
    except NotPossible as refusal:
        flash(_("Finish with number %(number)s first.", number=refusal.number), "problem")
        return to_queue(keyword)
    words = ngettext("%(num)d person was told.", "%(num)d people were told.", gone) if gone else ""
    flash(f"{_('The queue is archived. Its history stays.')} {words}".strip(), "ok")
    return redirect(url_for("manage_queues.index"), 303)


@blueprint.post("/queues/<keyword>/restore")
def restore(keyword: str) -> Response:
    change(keyword, lambda session, queue, by, now: bring_back(queue, now=now))
    flash(_("The queue is back, and closed until you open it."), "ok")
    return to_queue(keyword)


# How it is done -----------------------------------------------------------------------------------------


def _saved(form: NewQueueForm, work: Callable[[Session], object], queue_id: int | None = None) -> bool:
    """Whether it was done; a keyword that another queue has becomes the field's error."""

    def with_a_free_keyword(session: Session) -> bool:
        holder = Queue.named(session, form.keyword.data)
        if holder is not None and holder.id != queue_id:
            return False
        work(session)
        note_change(session, "queue", datetime.now(UTC), keyword=form.keyword.data)
        return True

    try:
        is_saved = transaction(with_a_free_keyword)
    except IntegrityError:  # somebody took it at this very moment
        is_saved = False
    if not is_saved:
        taken = _("Another queue has the keyword %(keyword)s already.", keyword=form.keyword.data)
        form.keyword.errors = [taken]
    return is_saved


def _warn_of_likeness(keyword: str) -> None:
    """One slip apart, and a customer stands in the wrong line: allowed, and said."""
    with reading() as session:
        mine = select(Queue.keyword).where(
            Queue.business_id == current_user.business_id, Queue.archived_at.is_(None)
        )
        alike = [other for other in session.scalars(mine) if 0 < distance(keyword, other, 1) <= 1]
    if alike:
        words = _(
            "%(new)s differs from %(other)s by one slip: who mistypes it stands in the other line.",
            new=keyword,
            other=alike[0],
        )
        flash(words, "heed")


_DONE = {
    "open": _l("The queue is open."),
    "pause": _l("The queue is paused: people may join, and nobody is called."),
    "close": _l("The queue is closed."),
}
_REFUSED = {
    "already_open": _l("The queue is open already."),
    "already_paused": _l("The queue is paused already."),
    "already_closed": _l("The queue is closed already."),
    "archived": _l("Nothing was changed: the queue is archived."),
}
