"""One press of one button: checked against the current state, then passed to models/. Contains no queue rule.

A press counts once (its id was made with the page), and only for the ticket the page showed, in the state it
showed. Uses no request: takes a form as a `PressRequest`, returns a message. Those of a ticket's own
page are in `ticket_presses`.
"""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing import calling, ending, moving
from models.queueing.counter.staff import at_counter
from models.queueing.day_turn import turn_if_due
from models.queueing.duties import choose_desk, come_on_duty, go_off_duty, go_on_duty, was_on_duty_today
from models.queueing.line.queries import in_line_count, waiting_count
from models.queueing.messages.announcements import announce
from models.queueing.opening import begin_last_call, close_queue, open_queue, pause_queue, sends_away
from models.queueing.presses.presses import Button, begin_press, last_press
from models.queueing.presses.undo import lock_for_undo, undo_last_press
from models.queueing.presses.undoable import done_by
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import PRESENT, NotPossible
from models.queueing.transfer import lock_both
from web.control.messages.message import left_out
from web.control.messages.reply import require_unsent, send_reply
from web.control.press_context import PressContext, PressRequest
from web.control.presses import ticket_presses
from web.control.walk_in import add_walk_in
from web.control.words import desk_name, people, words_of_press, words_of_undo


def press_button(
    session: Session, queue_id: int, servicer_id: int, asked: PressRequest, now: datetime
) -> str | None:
    """Carry out the press in this transaction; returns a message if the page alone would not show the result.

    Raises NotPossible if it is refused; then nothing has changed.
    """
    queue, to = _locked(session, queue_id, asked)
    return press_at(session, queue, to, servicer_id, asked, now)


def press_at(
    session: Session,
    queue: Queue,
    to: Queue | None,
    servicer_id: int,
    asked: PressRequest,
    now: datetime,
) -> str | None:
    """As `press_button`, for a queue that is locked already; `to`: the other queue of a transfer."""
    turn_if_due(session, queue, now)
    if not begin_press(session, asked.press_id, asked.button, queue=queue, servicer_id=servicer_id, now=now):
        raise NotPossible("repeated")
    servicer, duty, own = at_counter(session, queue, servicer_id)
    is_about_own = asked.button in _ABOUT_THE_PRESENT and not asked.ticket_id
    if is_about_own and asked.present != (str(own.id) if own else ""):
        raise NotPossible("stale")
    by = By.servicer(servicer_id, asked.press_id)
    context = PressContext(session, queue, to, servicer, duty, own, asked, by, now)
    if asked.button not in _NOT_A_SIGN_OF_DUTY and not context.is_for_a_colleague():
        context = context._replace(duty=go_on_duty(session, queue.id, duty, by=by, now=now))
    return _OPERATIONS[asked.button](context)


def _locked(session: Session, queue_id: int, asked: PressRequest) -> tuple[Queue, Queue | None]:
    if asked.to_id is not None:
        return lock_both(session, queue_id, asked.to_id)
    if asked.button == Button.UNDO:
        return lock_for_undo(session, queue_id, asked.undoes), None
    return Queue.lock(session, queue_id), None


# The present ticket -------------------------------------------------------------------------------------


def _call_next(context: PressContext) -> str | None:
    """Done calls nobody who is on hold: the servicer decides when they are there."""
    is_asked = context.asked.button == Button.CALL_NEXT
    session, queue = context.session, context.queue
    called = calling.call_next(
        session,
        queue,
        context.servicer,
        by=context.by,
        now=context.now,
        desk_id=context.desk_id,
        also_on_hold=is_asked,
        is_free=context.own is None or context.own.state not in PRESENT,
    )
    if called is None and (waiting_count if is_asked else in_line_count)(session, queue):
        return _("Nobody was called. Everyone waiting here is at another queue right now.")
    return None


def _call_again(context: PressContext) -> str | None:
    calling.call_again(context.session, context.present(), by=context.by, now=context.now)
    return None


def _start(context: PressContext) -> str | None:
    calling.start(context.session, context.present(), by=context.by, now=context.now)
    return None


def _done(context: PressContext) -> str | None:
    """Finish the present ticket and, if the servicer chose that setting, call the next one."""
    ticket = context.ticket_or_present()
    ending.finish(context.session, ticket, by=context.by, now=context.now)
    if ticket is not context.own:
        return None
    if context.servicer.calls_next_when_done and context.queue.calls_after_done:
        return _call_next(context)
    return None


def _no_show(context: PressContext) -> str | None:
    ending.mark_no_show(context.session, context.ticket_or_present(), by=context.by, now=context.now)
    return None


def _put_back(context: PressContext) -> str | None:
    moving.put_back(context.session, context.ticket_or_present(), by=context.by, now=context.now)
    return None


def _undo(context: PressContext) -> str | None:
    """Undo the press that the page named, and no other."""
    session, queue = context.session, context.queue
    last = last_press(session, queue.id, context.servicer.id, context.now)
    if last is None or last.id != context.asked.undoes:
        require_unsent(session, queue, context.asked.undoes)
    if last is not None and last.id != context.asked.undoes:
        raise NotPossible("stale")
    did = words_of_press(session, done_by(session, last.id)) if last else ""
    undo_last_press(session, queue, by=context.by, now=context.now)
    come_on_duty(session, queue.id, by=context.by, now=context.now)
    if last is None or last.button == Button.REPLY:
        return None  # its words are in the field again
    return words_of_undo(session, last.id, did)


# The line ----------------------------------------------------------------------------------------------


def _add_walk_in(context: PressContext) -> str | None:
    assert context.asked.walk_in is not None
    return add_walk_in(context.session, context.queue, context.asked.walk_in, by=context.by, now=context.now)


def _announce(context: PressContext) -> str | None:
    waiting = waiting_count(context.session, context.queue)
    texts = announce(context.session, context.queue, context.asked.note, by=context.by, now=context.now)
    if texts == 0:
        raise NotPossible("nobody_to_text" if waiting else "nobody_waiting")
    told = [
        _("Your message is on its way to %(people)s.", people=people(texts)),
        left_out(context.asked.note),
    ]
    if texts < waiting:
        told.append(_("Tell %(people)s aloud. They can't be texted.", people=people(waiting - texts)))
    return " ".join(filter(None, told))


# The servicer and the queue -----------------------------------------------------------------------------


def _take_a_break(context: PressContext) -> str | None:
    if context.own is not None:
        raise NotPossible("still_serving", of=context.own)
    if context.duty is None:
        raise NotPossible("not_on_duty")
    go_off_duty(context.session, context.duty, by=context.by, now=context.now)
    return None


def _back(context: PressContext) -> str | None:
    """press_button has already put the servicer on duty."""
    is_back = was_on_duty_today(context.session, context.queue, context.servicer.id, context.now)
    return _("You're back.") if is_back else _("You're on duty.")


def _choose_desk(context: PressContext) -> str | None:
    session, desk_id = context.session, context.asked.desk_id
    desk = session.get(Desk, desk_id) if desk_id is not None else None
    if desk_id is not None and (desk is None or desk.queue_id != context.queue.id or desk.retired_at):
        raise NotPossible("no_such_desk")
    duty = context.duty
    assert duty is not None, "every button except _NOT_A_SIGN_OF_DUTY puts the servicer on duty"
    if duty.desk_id != desk_id:
        choose_desk(session, duty, desk_id, by=context.by, now=context.now)
    return _("You're at %(desk)s.", desk=desk_name(session, desk_id))


def _open(context: PressContext) -> str | None:
    open_queue(context.session, context.queue, by=context.by, now=context.now)
    return None


def _pause(context: PressContext) -> str | None:
    reason = context.asked.reason or None
    pause_queue(context.session, context.queue, by=context.by, now=context.now, reason=reason)
    return None


def _last_call(context: PressContext) -> str | None:
    begin_last_call(context.session, context.queue, by=context.by, now=context.now)
    return None


def _close(context: PressContext) -> str | None:
    if not context.asked.is_sure and sends_away(context.session, context.queue):
        raise NotPossible("asks_first")
    close_queue(context.session, context.queue, by=context.by, now=context.now)
    return None


_OPERATIONS: dict[Button, Callable[[PressContext], str | None]] = {
    Button.CALL_NEXT: _call_next,
    Button.CALL_THIS: ticket_presses.call_this,
    Button.CALL_AGAIN: _call_again,
    Button.COMING: ticket_presses.coming,
    Button.HOLD: ticket_presses.hold,
    Button.START: _start,
    Button.DONE: _done,
    Button.NO_SHOW: _no_show,
    Button.PUT_BACK: _put_back,
    Button.UNDO: _undo,
    Button.REMOVE: ticket_presses.remove,
    Button.TAKE_OVER: ticket_presses.take_over,
    Button.PUT_FIRST: ticket_presses.put_first,
    Button.TRANSFER: ticket_presses.transfer,
    Button.BRING_BACK: ticket_presses.bring_back,
    Button.ADD_WALK_IN: _add_walk_in,
    Button.ANNOUNCE: _announce,
    Button.REPLY: send_reply,
    Button.NOTE: ticket_presses.note,
    Button.TAKE_A_BREAK: _take_a_break,
    Button.BACK: _back,
    Button.CHOOSE_DESK: _choose_desk,
    Button.OPEN: _open,
    Button.PAUSE: _pause,
    Button.LAST_CALL: _last_call,
    Button.CLOSE: _close,
}

# Refused if the page showed another present ticket. All other buttons work from an old page, too.
_ABOUT_THE_PRESENT = frozenset(
    {
        Button.CALL_NEXT,
        Button.CALL_AGAIN,
        Button.COMING,
        Button.HOLD,
        Button.START,
        Button.DONE,
        Button.NO_SHOW,
        Button.PUT_BACK,
        Button.REMOVE,
        Button.UNDO,
        Button.TAKE_A_BREAK,
    }
)
_NOT_A_SIGN_OF_DUTY = frozenset({Button.TAKE_A_BREAK, Button.CLOSE, Button.UNDO, Button.NOTE})
