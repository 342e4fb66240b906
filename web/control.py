"""The servicer's page and its buttons. Every button ends in a verb of models/; no rule of the queue is here.

A press counts once (its id was made with the page) and only for the ticket that the page showed as the
servicer's own: a double tap, refresh, Back or an old tab changes nothing, and says what is so now.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.database import reading, transaction
from models.duty import come_on_duty, duty_of, go_off_duty
from models.event import By
from models.people import Servicer
from models.press import Button, begin_press, last_press, undo_last_press
from models.queues import Queue
from models.ticket import NotPossible, Ticket
from web.control_page import control_page, words_of_press
from web.walk_in import WalkIn, add_walk_in

blueprint = Blueprint("control", __name__, url_prefix="/control")

PRESS_ID = re.compile(r"[0-9a-f]{32}")


def new_press_id() -> str:
    return uuid.uuid4().hex


# Pages --------------------------------------------------------------------------------------------------


@blueprint.get("/")
@login_required
def index() -> Response | str:
    """The queues one may serve; the page itself where there is only one."""
    with reading() as session:
        mine = select(Queue).where(Queue.business_id == current_user.business_id).order_by(Queue.name)
        queues = [(queue, queue.waiting_count(session)) for queue in session.scalars(mine)]
    if len(queues) == 1:
        return redirect(url_for("control.show", keyword=queues[0][0].keyword), 303)
    return render_template("web/control_index.html", queues=queues)


@blueprint.get("/<keyword>")
@login_required
def show(keyword: str) -> str:
    return _page(keyword, WalkIn())


@blueprint.get("/<keyword>/closing")
@login_required
def closing(keyword: str) -> str:
    """Asks before Close ends the tickets of those who wait."""
    with reading() as session:
        queue = _own_queue(session, keyword)
        own = queue.present_of(session, current_user.servicer_id)
        return render_template(
            "web/control_closing.html",
            queue=queue,
            count=queue.waiting_count(session),
            own=own.id if own else "",
            press_id=new_press_id,
        )


@blueprint.post("/<keyword>/<address>")
@login_required
def press(keyword: str, address: str) -> Response | tuple[str, int]:
    """One press of one button, by its name in the address: call-next, done, add-walk-in."""
    button = _button(address)
    walk_in = WalkIn.from_form(request.form) if button == Button.ADD_WALK_IN else None
    asked = _Asked(
        button=button,
        press_id=_press_id(),
        present=request.form.get("present", ""),
        undoes=request.form.get("undoes", ""),
        walk_in=walk_in,
    )
    with reading() as session:
        queue = _own_queue(session, keyword)
        if walk_in and not walk_in.check(queue.business):
            return _page(keyword, walk_in), 422
        must_ask = button == Button.CLOSE and "sure" not in request.form and queue.waiting_count(session) > 0
    if must_ask:
        return redirect(url_for("control.closing", keyword=queue.keyword), 303)
    _do(queue.id, asked)
    return redirect(url_for("control.show", keyword=queue.keyword), 303)


# A press ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What the form of a button says."""

    button: Button
    press_id: str
    present: str  # the servicer's own ticket as the page showed it; "" for nobody
    undoes: str
    walk_in: WalkIn | None


@dataclass(frozen=True)
class _Counter:
    """Where a press happens: everything a button may need."""

    session: Session
    queue: Queue
    servicer: Servicer
    own: Ticket | None
    asked: _Asked
    by: By
    now: datetime

    def present(self) -> Ticket:
        """Whom the servicer serves; a button that needs somebody refuses without."""
        if self.own is None:
            raise NotPossible("nobody_present")
        return self.own


def _do(queue_id: int, asked: _Asked) -> None:
    servicer_id, now = current_user.servicer_id, datetime.now(UTC)

    def work(session: Session) -> str | None:
        queue = Queue.lock(session, queue_id)
        claimed = begin_press(
            session, asked.press_id, asked.button, queue=queue, servicer_id=servicer_id, now=now
        )
        if not claimed:
            raise NotPossible("repeated")
        own = queue.present_of(session, servicer_id)
        if asked.button in _ABOUT_THE_PRESENT and asked.present != (str(own.id) if own else ""):
            raise NotPossible("stale")
        servicer = session.get_one(Servicer, servicer_id)
        by = By.servicer(servicer_id, asked.press_id)
        if asked.button not in _NOT_A_SIGN_OF_DUTY:
            come_on_duty(session, queue.id, by=by, now=now)
        return _VERBS[asked.button](_Counter(session, queue, servicer, own, asked, by, now))

    try:
        words = transaction(work)
    except NotPossible as refusal:
        category = "heed" if refusal.reason == "repeated" else "problem"
        flash(f"{_in_words(refusal)} {_what_is_so_now(queue_id)}", category)
    else:
        if words:
            flash(words, "ok")


def _call_next(counter: _Counter) -> str | None:
    duty = duty_of(counter.session, counter.queue.id, counter.servicer.id)
    counter.queue.call_next(
        counter.session,
        counter.servicer,
        by=counter.by,
        now=counter.now,
        desk_id=duty.desk_id if duty else None,
    )
    return None


def _call_again(counter: _Counter) -> str | None:
    counter.present().call_again(counter.session, by=counter.by, now=counter.now)
    return None


def _start(counter: _Counter) -> str | None:
    counter.present().start(counter.session, by=counter.by, now=counter.now)
    return None


def _done(counter: _Counter) -> str | None:
    """Finishes with the present customer and, if the servicer wants it so, calls the next as well."""
    counter.present().finish(counter.session, by=counter.by, now=counter.now)
    if counter.servicer.calls_next_when_done and not counter.queue.is_paused:
        return _call_next(counter)
    return None


def _no_show(counter: _Counter) -> str | None:
    counter.present().mark_no_show(counter.session, by=counter.by, now=counter.now)
    return None


def _put_back(counter: _Counter) -> str | None:
    counter.present().put_back(counter.session, by=counter.by, now=counter.now)
    return None


def _remove(counter: _Counter) -> str | None:
    counter.present().remove(counter.session, by=counter.by, now=counter.now)
    return None


def _undo(counter: _Counter) -> str | None:
    """Takes back the press that the page named, or none."""
    session, queue = counter.session, counter.queue
    last = last_press(session, queue.id, counter.servicer.id, counter.now)
    if last is not None and last.id != counter.asked.undoes:
        raise NotPossible("stale")
    words = words_of_press(session, last.id) if last else ""
    undo_last_press(session, queue, by=counter.by, now=counter.now)
    come_on_duty(session, queue.id, by=counter.by, now=counter.now)
    return f"Taken back: {words[:1].lower()}{words[1:]}."


def _add_walk_in(counter: _Counter) -> str | None:
    assert counter.asked.walk_in is not None
    return add_walk_in(counter.session, counter.queue, counter.asked.walk_in, by=counter.by, now=counter.now)


def _take_a_break(counter: _Counter) -> str | None:
    if counter.own is not None:
        raise NotPossible("still_serving", number=counter.own.number)
    duty = duty_of(counter.session, counter.queue.id, counter.servicer.id)
    if duty is None:
        raise NotPossible("not_on_duty")
    go_off_duty(counter.session, duty, by=counter.by, now=counter.now)
    return None


def _back(counter: _Counter) -> str | None:
    return "You are back."  # the press itself has brought the servicer on duty


def _open(counter: _Counter) -> str | None:
    counter.queue.open(counter.session, by=counter.by, now=counter.now)
    return None


def _pause(counter: _Counter) -> str | None:
    counter.queue.pause(counter.session, by=counter.by, now=counter.now)
    return None


def _close(counter: _Counter) -> str | None:
    counter.queue.close(counter.session, by=counter.by, now=counter.now)
    return None


_VERBS: dict[Button, Callable[[_Counter], str | None]] = {
    Button.CALL_NEXT: _call_next,
    Button.CALL_AGAIN: _call_again,
    Button.START: _start,
    Button.DONE: _done,
    Button.NO_SHOW: _no_show,
    Button.PUT_BACK: _put_back,
    Button.REMOVE: _remove,
    Button.UNDO: _undo,
    Button.ADD_WALK_IN: _add_walk_in,
    Button.TAKE_A_BREAK: _take_a_break,
    Button.BACK: _back,
    Button.OPEN: _open,
    Button.PAUSE: _pause,
    Button.CLOSE: _close,
}

# The others mean the same whomever the servicer serves: an old page may press them.
_ABOUT_THE_PRESENT = frozenset(_VERBS) - {
    Button.ADD_WALK_IN,
    Button.BACK,
    Button.OPEN,
    Button.PAUSE,
    Button.CLOSE,
}
_NOT_A_SIGN_OF_DUTY = frozenset({Button.TAKE_A_BREAK, Button.CLOSE, Button.UNDO})


# Words --------------------------------------------------------------------------------------------------

_REFUSALS = {
    "repeated": "That press counted already.",
    "stale": "Nothing was changed: that page was older than what is so now.",
    "nobody_present": "Nothing was changed.",
    "still_serving": "Nothing was changed: finish with {number} first.",
    "not_on_duty": "You are on a break already.",
    "paused": "Nothing was changed: the queue is paused, nobody is called.",
    "closed": "Nobody was added: the queue is closed.",
    "full": "Nobody was added: the queue is full.",
    "nothing_to_undo": "There is nothing left to undo.",
    "changed_meanwhile": "Nothing was changed: something has happened to {number} since.",
    "already_open": "The queue is open already.",
    "already_paused": "The queue is paused already.",
    "already_closed": "The queue is closed already.",
    "serving": "Nothing was changed: {number} is being served already.",
    "not_called": "Nothing was changed: {number} is being served already.",
}


def _in_words(refusal: NotPossible) -> str:
    if refusal.reason == "changed_meanwhile" and refusal.number is None:
        return "Nothing was changed: something else has happened since."
    return _REFUSALS.get(refusal.reason, "Nothing was changed.").format(number=refusal.number)


def _what_is_so_now(queue_id: int) -> str:
    with reading() as session:
        own = session.get_one(Queue, queue_id).present_of(session, current_user.servicer_id)
    return f"You are serving {own.number}." if own else "You are serving nobody."


# What was asked -----------------------------------------------------------------------------------------


def _page(keyword: str, walk_in: WalkIn) -> str:
    with reading() as session:
        page = control_page(
            session,
            _own_queue(session, keyword),
            current_user.servicer_id,
            done_calls_next=current_user.calls_next_when_done,
            now=datetime.now(UTC),
        )
    still = "still" in request.args or bool(walk_in.problems)
    return render_template("web/control.html", page=page, press_id=new_press_id, walk_in=walk_in, still=still)


def _own_queue(session: Session, keyword: str) -> Queue:
    """The queue of this keyword, if it is of the servicer's own business."""
    queue = Queue.named(session, keyword)
    if queue is None or queue.business_id != current_user.business_id:
        abort(404)
    return queue


def _button(address: str) -> Button:
    try:
        return Button(address.replace("-", "_"))
    except ValueError:
        abort(404)


def _press_id() -> str:
    press_id = request.form.get("press", "")
    if not PRESS_ID.fullmatch(press_id):
        abort(400)
    return press_id
