"""The views of the servicer's pages and buttons. Presses go to web/control/presses/press.py.

Contains no queue rule. GET changes nothing. Nor does a refused press: the next page shows the current state.
"""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.sanitizing import sanitized
from bot.wording.contact_details import has_contact_details
from models.people.business import Business
from models.queueing.line.queries import present_ticket_of
from models.queueing.opening import sends_away
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.storage.database import reading, transaction
from models.texts.remarks import recalled
from web.account.phone_searches import count_phone_search
from web.control.ended import MOST_ENDED, ended_lately
from web.control.find import LONGEST_WORDS, MOST_FOUND, find, phone_ending
from web.control.index import queue_card
from web.control.kept_parts import more_part, next_part, other_parts, side_part
from web.control.line import kept_rows
from web.control.messages.message import Message
from web.control.messages.reply import TOO_MANY_REPLIES, Reply, typed_before
from web.control.press_context import PressRequest
from web.control.presses.press import press_at, press_button
from web.control.presses.press_form import button_at, press_request, sent_id, sent_press_id
from web.control.rendered import (
    PageRead,
    is_asked_in_place,
    message_page,
    new_press_id,
    own_queue,
    page_after_press,
    queue_page,
    render_page,
    ticket_of,
    ticket_page,
)
from web.control.ticket import refused_note
from web.control.walk_in import WalkIn
from web.control.words import CONTACT_DETAILS_OF_REASON, refusal_text
from web.http.compression import allow_compressing
from web.http.language import use_language

blueprint = Blueprint("control", __name__, url_prefix="/control")
for part in (kept_rows, next_part, more_part, side_part, other_parts):
    blueprint.add_app_template_global(part)

# Buttons that nothing has to be looked at for before they are pressed, and after which the page is shown.
_PLAIN = frozenset(
    {
        Button.CALL_NEXT,
        Button.CALL_THIS,
        Button.CALL_AGAIN,
        Button.COMING,
        Button.HOLD,
        Button.START,
        Button.DONE,
        Button.NO_SHOW,
        Button.PUT_BACK,
        Button.REMOVE,
        Button.TAKE_A_BREAK,
        Button.BACK,
    }
)


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
    return queue_page(keyword, WalkIn())


@blueprint.get("/<keyword>/ticket/<int:ticket_id>")
@login_required
def ticket(keyword: str, ticket_id: int) -> str:
    """One ticket: the conversation, its history, and the less frequent actions."""
    with reading() as session:
        reply = typed_before(session, request.args.get("recalled", ""), current_user.servicer_id, ticket_id)
    return ticket_page(keyword, ticket_id, reply)


@blueprint.get("/<keyword>/find")
@login_required
def find_in_line(keyword: str) -> str:
    """Search in the line, for those whom the page has no room for."""
    words = sanitized(request.args.get("words", ""))[:LONGEST_WORDS]
    with reading() as session:
        queue = own_queue(session, keyword)
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
        queue = own_queue(session, keyword)
        found = ended_lately(session, queue, datetime.now(UTC))
    return render_template(
        "web/control/ended.html", queue=queue, found=found, most=MOST_ENDED, press_id=new_press_id
    )


@blueprint.get("/<keyword>/keys")
@login_required
def keys(keyword: str) -> str:
    """The list of keyboard shortcuts: a page of its own, or loaded into a dialog by keys.js."""
    with reading() as session:
        return render_template("web/control/keys.html", queue=own_queue(session, keyword))


@blueprint.get("/<keyword>/message")
@login_required
def message(keyword: str) -> str:
    return message_page(keyword, Message())


@blueprint.get("/<keyword>/closing")
@login_required
def ask_to_close(keyword: str) -> str:
    """The question before those who wait are sent away."""
    with reading() as session:
        queue = own_queue(session, keyword)
        count = sends_away(session, queue)
    return render_template("web/control/close.html", queue=queue, count=count, press_id=new_press_id)


# Presses ------------------------------------------------------------------------------------------------


@blueprint.post("/<keyword>/<address>")
@login_required
def press(keyword: str, address: str) -> Response | tuple[str, int]:
    """One press of the button named in the address: call-next, done, add-walk-in."""
    button = button_at(address)
    press_id = sent_press_id()
    plain = _plain_press(keyword, button, press_id) if button in _PLAIN else None
    if plain is not None:
        return plain
    walk_in = WalkIn.from_form(request.form) if button == Button.ADD_WALK_IN else None
    note = Message.from_form(request.form) if button == Button.ANNOUNCE else None
    reply = Reply.from_form(request.form) if button == Button.REPLY else None
    with reading() as session:
        queue = own_queue(session, keyword)
        if walk_in:
            walk_in.look_at_searches(session, current_user.servicer_id, datetime.now(UTC))
        if walk_in and not walk_in.check(queue.business, may_text=current_user.is_proved):
            return queue_page(keyword, walk_in), 422
        if note and not note.check(session, queue, may_text=current_user.is_proved):
            return message_page(keyword, note), 422
        if reply and not reply.check(
            ticket_of(session, queue, sent_id("ticket") or 0), may_text=current_user.is_proved
        ):
            return ticket_page(keyword, sent_id("ticket") or 0, reply), 422
        to = session.get(Queue, sent_id("to")) if button == Button.TRANSFER and sent_id("to") else None
        if to is not None and to.business_id != queue.business_id:
            abort(404)
    asked = press_request(
        button, press_id, to_id=to.id if to else None, note=note, reply=reply, walk_in=walk_in
    )
    if has_contact_details(asked.reason):
        flash(CONTACT_DETAILS_OF_REASON, "problem")
        return _page_after(queue.keyword)
    refusal = _press(queue.id, asked)
    if note and refusal is not None and refusal.reason == "too_many_messages":
        note.problem = refusal_text(refusal)
        return message_page(keyword, note), 429
    if reply and asked.ticket_id and refusal is not None and refusal.reason in TOO_MANY_REPLIES:
        reply.problem = refusal_text(refusal)
        return ticket_page(keyword, asked.ticket_id, reply), 429
    refused = refused_note(queue.id, asked, refusal) if refusal and button == Button.NOTE else None
    if refused is not None and asked.ticket_id:
        return ticket_page(keyword, asked.ticket_id, Reply(), refused), 422
    if refusal is not None and refusal.reason == "asks_first":
        return redirect(url_for("control.ask_to_close", keyword=queue.keyword), 303)
    if walk_in and refusal is not None and refusal.reason == "has_number":
        return queue_page(keyword, walk_in), 422
    if refusal is not None:
        _say_refusal(refusal, queue.id)
    if button == Button.UNDO and refusal is None and (ticket_id := _recalled_from(asked.undoes)):
        again = url_for("control.ticket", keyword=queue.keyword, ticket_id=ticket_id, recalled=asked.undoes)
        return redirect(f"{again}#conversation", 303)
    # A repeated press of Add walk-in shows the number that the first one gave.
    return _page_after(queue.keyword, press_id if walk_in else "")


def _page_after(keyword: str, given: str = "", read: PageRead | None = None) -> Response:
    """The page as it is after the press: at once where press.js asks for its parts, else by a redirect."""
    address = url_for("control.show", keyword=keyword, given=given or None)
    if not is_asked_in_place():
        return redirect(address, 303)
    answer = make_response(render_page(read) if read else queue_page(keyword, WalkIn(), given))
    answer.headers["Content-Location"] = address
    allow_compressing()
    return answer


def _plain_press(keyword: str, button: Button, press_id: str) -> Response | None:
    """A press whose form can be read without the queue: found, locked, changed and shown in one transaction.

    None if no queue of this business has that keyword now; one may have had it before.
    """
    asked = press_request(button, press_id, to_id=None, note=None, reply=None, walk_in=None)
    servicer_id, business_id, now = current_user.servicer_id, current_user.business_id, datetime.now(UTC)

    def work(session: Session) -> tuple[bool, str | None, PageRead | None]:
        queue = Queue.lock_own(session, business_id, keyword)
        if queue is None:
            return False, None, None
        use_language(business=queue.business.language, zone=queue.business.timezone)
        words = press_at(session, queue, None, servicer_id, asked, now)
        return True, words, page_after_press(session, queue) if is_asked_in_place() else None

    try:
        is_found, words, read = transaction(work)
    except NotPossible as refusal:
        with reading() as session:
            queue_id = own_queue(session, keyword).id
        _say_refusal(refusal, queue_id)
        is_found, words, read = True, None, None
    if words:
        flash(words, "ok")
    return _page_after(keyword.upper(), read=read) if is_found else None


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


def _say_refusal(refusal: NotPossible, queue_id: int) -> None:
    category = "warning" if refusal.reason == "repeated" else "problem"
    flash(f"{refusal_text(refusal)} {_current_customer_text(queue_id)}", category)


def _recalled_from(press_id: str) -> int | None:
    with reading() as session:
        found = recalled(session, press_id, current_user.servicer_id)
    return found.ticket_id if found else None


def _current_customer_text(queue_id: int) -> str:
    with reading() as session:
        own = present_ticket_of(session, session.get_one(Queue, queue_id), current_user.servicer_id)
        number = own.label if own else None
    return _("You're serving %(number)s.", number=number) if number else _("You're not serving anyone.")
