"""The views of the servicer's pages and buttons. Presses go to web/control/presses/press.py.

Contains no queue rule. GET changes nothing. Nor does a refused press: the next page shows the current state.
"""

import uuid
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.sanitizing import sanitized
from bot.wording.contact_details import has_contact_details
from models.people.business import Business
from models.queueing.line.queries import present_ticket_of, waiting_count
from models.queueing.opening import sends_away
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.tickets import Ticket
from models.storage.database import LARGEST_ID, reading, transaction
from models.texts.remarks import recalled
from web.account.phone_searches import count_phone_search
from web.control.ended import MOST_ENDED, ended_lately
from web.control.find import LONGEST_WORDS, MOST_FOUND, find, phone_ending
from web.control.index import queue_card
from web.control.line import kept_rows
from web.control.messages.message import LONGEST_NOTE, Message, text_before
from web.control.messages.reply import LONGEST_REPLY, TOO_MANY_REPLIES, Reply, typed_before
from web.control.page import control_page
from web.control.press_context import PressRequest
from web.control.presses.press import press_button
from web.control.presses.press_form import PRESS_ID, button_at, press_request, sent_id, sent_press_id
from web.control.ticket import RefusedNote, control_ticket
from web.control.walk_in import WalkIn, given_by
from web.control.words import CONTACT_DETAILS_OF_REASON, refusal_text
from web.http.day_turn import turn_day_of
from web.http.language import use_language
from web.http.old_addresses import own_queue_at

blueprint = Blueprint("control", __name__, url_prefix="/control")
blueprint.add_app_template_global(kept_rows)


def new_press_id() -> str:
    return uuid.uuid4().hex


# Pages --------------------------------------------------------------------------------------------------


@blueprint.get("", strict_slashes=False)
@login_required
def index() -> Response | str:
    """The queues the servicer may serve; redirects if there is only one, and a manager who has none yet."""
    with reading() as session:
        business = session.get_one(Business, current_user.business_id)
        use_language(business=business.language, zone=business.timezone)
        mine = (
            select(Queue)
            .where(Queue.business_id == current_user.business_id, Queue.archived_at.is_(None))
            .order_by(Queue.name)
        )
        queues = [queue_card(session, queue, current_user.servicer_id) for queue in session.scalars(mine)]
    if not queues and current_user.is_manager:
        return redirect(url_for("manage.overview"), 303)
    if len(queues) == 1:
        return redirect(url_for("control.show", keyword=queues[0].keyword), 303)
    return render_template("web/control/index.html", queues=queues)


@blueprint.get("/<keyword>")
@login_required
def show(keyword: str) -> str:
    return _page(keyword, WalkIn())


@blueprint.get("/<keyword>/ticket/<int:ticket_id>")
@login_required
def ticket(keyword: str, ticket_id: int) -> str:
    """One ticket: the conversation, its history, and the less frequent actions."""
    with reading() as session:
        reply = typed_before(session, request.args.get("recalled", ""), current_user.servicer_id, ticket_id)
    return _ticket_page(keyword, ticket_id, reply)


@blueprint.get("/<keyword>/find")
@login_required
def find_in_line(keyword: str) -> str:
    """Search in the line, for those whom the page has no room for."""
    words = sanitized(request.args.get("words", ""))[:LONGEST_WORDS]
    with reading() as session:
        queue = _own_queue(session, keyword)
    minutes = count_phone_search(datetime.now(UTC), queue=keyword) if phone_ending(words) else None
    with reading() as session:
        found = find(session, queue, words, looks_at_phones=minutes is None)
    return render_template(
        "web/control/find.html",
        queue=queue,
        words=words,
        found=found,
        most=MOST_FOUND,
        longest=LONGEST_WORDS,
        minutes=minutes,
    )


@blueprint.get("/<keyword>/ended")
@login_required
def ended(keyword: str) -> str:
    """Who ended lately and can be brought back."""
    with reading() as session:
        queue = _own_queue(session, keyword)
        found = ended_lately(session, queue, datetime.now(UTC))
    return render_template(
        "web/control/ended.html", queue=queue, found=found, most=MOST_ENDED, press_id=new_press_id
    )


@blueprint.get("/<keyword>/keys")
@login_required
def keys(keyword: str) -> str:
    """The list of keyboard shortcuts: a page of its own, or loaded into a dialog by keys.js."""
    with reading() as session:
        return render_template("web/control/keys.html", queue=_own_queue(session, keyword))


@blueprint.get("/<keyword>/message")
@login_required
def message(keyword: str) -> str:
    return _message_page(keyword, Message())


@blueprint.get("/<keyword>/closing")
@login_required
def ask_to_close(keyword: str) -> str:
    """The question before those who wait are sent away."""
    with reading() as session:
        queue = _own_queue(session, keyword)
        count = sends_away(session, queue)
    return render_template("web/control/close.html", queue=queue, count=count, press_id=new_press_id)


# Presses ------------------------------------------------------------------------------------------------


@blueprint.post("/<keyword>/<address>")
@login_required
def press(keyword: str, address: str) -> Response | tuple[str, int]:
    """One press of the button named in the address: call-next, done, add-walk-in."""
    button = button_at(address)
    press_id = sent_press_id()
    walk_in = WalkIn.from_form(request.form) if button == Button.ADD_WALK_IN else None
    note = Message.from_form(request.form) if button == Button.ANNOUNCE else None
    reply = Reply.from_form(request.form) if button == Button.REPLY else None
    with reading() as session:
        queue = _own_queue(session, keyword)
        if walk_in:
            walk_in.look_at_searches(session, current_user.servicer_id, datetime.now(UTC))
        if walk_in and not walk_in.check(queue.business, may_text=current_user.is_proved):
            return _page(keyword, walk_in), 422
        if note and not note.check(session, queue, may_text=current_user.is_proved):
            return _message_page(keyword, note), 422
        if reply and not reply.check(
            _ticket_of(session, queue, sent_id("ticket") or 0), may_text=current_user.is_proved
        ):
            return _ticket_page(keyword, sent_id("ticket") or 0, reply), 422
        to = session.get(Queue, sent_id("to")) if button == Button.TRANSFER and sent_id("to") else None
        if to is not None and to.business_id != queue.business_id:
            abort(404)
    asked = press_request(
        button, press_id, to_id=to.id if to else None, note=note, reply=reply, walk_in=walk_in
    )
    if has_contact_details(asked.reason):
        flash(CONTACT_DETAILS_OF_REASON, "problem")
        return redirect(url_for("control.show", keyword=queue.keyword), 303)
    refusal = _press(queue.id, asked)
    if note and refusal is not None and refusal.reason == "too_many_messages":
        note.problem = refusal_text(refusal)
        return _message_page(keyword, note), 429
    if reply and asked.ticket_id and refusal is not None and refusal.reason in TOO_MANY_REPLIES:
        reply.problem = refusal_text(refusal)
        return _ticket_page(keyword, asked.ticket_id, reply), 429
    if button == Button.NOTE and asked.ticket_id and refusal is not None and refusal.reason != "repeated":
        refused = RefusedNote(asked.note, refusal_text(refusal), refusal.reason == "note_changed")
        return _ticket_page(keyword, asked.ticket_id, Reply(), refused), 422
    if refusal is not None and refusal.reason == "asks_first":
        return redirect(url_for("control.ask_to_close", keyword=queue.keyword), 303)
    if walk_in and refusal is not None and refusal.reason == "has_number":
        return _page(keyword, walk_in), 422
    if refusal is not None:
        category = "warning" if refusal.reason == "repeated" else "problem"
        flash(f"{refusal_text(refusal)} {_current_customer_text(queue.id)}", category)
    if button == Button.UNDO and refusal is None and (ticket_id := _recalled_from(asked.undoes)):
        again = url_for("control.ticket", keyword=queue.keyword, ticket_id=ticket_id, recalled=asked.undoes)
        return redirect(f"{again}#conversation", 303)
    given = press_id if walk_in else None  # a repeated press shows the number that the first one gave
    return redirect(url_for("control.show", keyword=queue.keyword, given=given), 303)


def _press(queue_id: int, asked: PressRequest) -> NotPossible | None:
    """Carry out the press; returns the refusal, if it was refused."""
    servicer_id, now = current_user.servicer_id, datetime.now(UTC)
    try:
        words = transaction(lambda session: press_button(session, queue_id, servicer_id, asked, now))
    except NotPossible as refusal:
        return refusal
    if words:
        flash(words, "ok")
    return None


def _recalled_from(press_id: str) -> int | None:
    with reading() as session:
        found = recalled(session, press_id, current_user.servicer_id)
    return found.ticket_id if found else None


def _current_customer_text(queue_id: int) -> str:
    with reading() as session:
        own = present_ticket_of(session, session.get_one(Queue, queue_id), current_user.servicer_id)
        number = own.label if own else None
    return _("You're serving %(number)s.", number=number) if number else _("You're not serving anyone.")


# Helpers ------------------------------------------------------------------------------------------------


def _page(keyword: str, walk_in: WalkIn) -> str:
    with reading() as session:
        queue = _own_queue(session, keyword)
        walk_in.find_held(session, queue)
        page = control_page(
            session,
            queue,
            current_user.servicer_id,
            done_calls_next=current_user.calls_next_when_done,
            now=datetime.now(UTC),
        )
        press_id = request.args.get("given", "")
        given = given_by(session, queue, press_id) if PRESS_ID.fullmatch(press_id) else None
    if walk_in.holds:  # so it is told that the phone is known
        walk_in.tell_only_if(count_phone_search(datetime.now(UTC), queue=keyword))
    return render_template(
        "web/control/page.html",
        page=page,
        press_id=new_press_id,
        walk_in=walk_in,
        given=given,
        everybody="all" in request.args,
        still="still" in request.args or bool(walk_in.problems),
    )


def _ticket_page(keyword: str, ticket_id: int, reply: Reply, refused: RefusedNote | None = None) -> str:
    me, now = current_user, datetime.now(UTC)
    with reading() as session:
        found = _ticket_of(session, _own_queue(session, keyword), ticket_id)
        page = control_ticket(session, found, me.servicer_id, now, is_manager=me.is_manager)
    return render_template(
        "web/control/ticket.html",
        page=page,
        reply=reply,
        refused=refused,
        longest=LONGEST_REPLY,
        press_id=new_press_id,
    )


def _ticket_of(session: Session, queue: Queue, ticket_id: int) -> Ticket:
    """The ticket of this queue; 404 for any other."""
    found = session.get(Ticket, ticket_id) if ticket_id <= LARGEST_ID else None
    return found if found is not None and found.queue_id == queue.id else abort(404)


def _message_page(keyword: str, note: Message) -> str:
    with reading() as session:
        queue = _own_queue(session, keyword)
        return render_template(
            "web/control/message.html",
            queue=queue,
            count=waiting_count(session, queue),
            note=note,
            before=text_before(queue),
            longest=LONGEST_NOTE,
            press_id=new_press_id,
        )


def _own_queue(session: Session, keyword: str) -> Queue:
    """The queue with this keyword; 404 unless it belongs to the servicer's business."""
    queue = own_queue_at(session, current_user.business_id, keyword) or abort(404)
    turn_day_of(session, queue, datetime.now(UTC))
    use_language(business=queue.business.language, zone=queue.business.timezone)
    return queue
