"""The servicer's pages, read and rendered: a queue, a ticket, a message to everybody. Changes nothing."""

import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from flask import abort, render_template, request
from flask_login import current_user
from sqlalchemy.orm import Session

from models.queueing.line.queries import waiting_count
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import LARGEST_ID, reading
from models.storage.writes import run_deferred
from web.account.phone_searches import count_phone_search
from web.control.blanks import blank_press_id, fill_blanks, rendering_blanks
from web.control.messages.message import LONGEST_NOTE, Message, text_before
from web.control.messages.reply import LONGEST_REPLY, Reply
from web.control.page import ControlPage, control_page
from web.control.presses.press_form import PRESS_ID
from web.control.ticket import RefusedNote, control_ticket
from web.control.walk_in import Given, WalkIn, given_by
from web.http.day_turn import turn_day_of
from web.http.language import use_language
from web.http.old_addresses import own_queue_at

# Sent by our scripts, which have the rest of the page: only its parts are answered (decision 0020).
IN_PLACE = "X-In-Place"


def new_press_id() -> str:
    return uuid.uuid4().hex


def is_asked_in_place() -> bool:
    return IN_PLACE in request.headers


class PageRead(NamedTuple):
    """What the servicer's page shows, read and not yet rendered."""

    page: ControlPage
    walk_in: WalkIn
    given: Given | None  # the number that a walk-in was just given


def queue_page(keyword: str, walk_in: WalkIn, given_by_press: str = "") -> str:
    with reading() as session:
        read = _read(session, own_queue(session, keyword), walk_in, given_by_press)
    if walk_in.holds:  # so it is told that the phone is known
        walk_in.tell_only_if(count_phone_search(datetime.now(UTC), queue=keyword))
    return render_page(read)


def page_after_press(session: Session, queue: Queue) -> PageRead:
    """Read in the transaction of the press, as nobody else changes the queue before its commit."""
    run_deferred(session)  # the page tells which change is the newest that it shows
    return _read(session, queue, WalkIn(), "")


def _read(session: Session, queue: Queue, walk_in: WalkIn, given_by_press: str) -> PageRead:
    walk_in.find_held(session, queue)
    page = control_page(
        session,
        queue,
        current_user.servicer_id,
        done_calls_next=current_user.calls_next_when_done,
        in_short=not {"all", "search"} & request.args.keys(),
        now=datetime.now(UTC),
    )
    press_id = given_by_press or request.args.get("given", "")
    given = given_by(session, queue, press_id) if PRESS_ID.fullmatch(press_id) else None
    return PageRead(page, walk_in, given)


def render_page(read: PageRead) -> str:
    page, walk_in, given = read
    with rendering_blanks():
        html = render_template(
            "web/control/page.html",
            in_place=is_asked_in_place(),
            page=page,
            press_id=blank_press_id,
            walk_in=walk_in,
            given=given,
            everybody="all" in request.args,
            still="still" in request.args or bool(walk_in.problems),
        )
    return fill_blanks(html, new_press_id, page.present.id if page.present else None)


def ticket_page(keyword: str, ticket_id: int, reply: Reply, refused: RefusedNote | None = None) -> str:
    me, now = current_user, datetime.now(UTC)
    with reading() as session:
        found = ticket_of(session, own_queue(session, keyword), ticket_id)
        page = control_ticket(session, found, me.servicer_id, now, is_manager=me.is_manager)
    return render_template(
        "web/control/ticket.html",
        page=page,
        reply=reply,
        refused=refused,
        longest=LONGEST_REPLY,
        press_id=new_press_id,
    )


def ticket_of(session: Session, queue: Queue, ticket_id: int) -> Ticket:
    """The ticket of this queue; 404 for any other."""
    found = session.get(Ticket, ticket_id) if ticket_id <= LARGEST_ID else None
    return found if found is not None and found.queue_id == queue.id else abort(404)


def message_page(keyword: str, note: Message) -> str:
    with reading() as session:
        queue = own_queue(session, keyword)
        return render_template(
            "web/control/message.html",
            queue=queue,
            count=waiting_count(session, queue),
            note=note,
            before=text_before(queue),
            longest=LONGEST_NOTE,
            press_id=new_press_id,
        )


def own_queue(session: Session, keyword: str) -> Queue:
    """The queue with this keyword; 404 unless it belongs to the servicer's business."""
    queue = own_queue_at(session, current_user.business_id, keyword) or abort(404)
    turn_day_of(session, queue, datetime.now(UTC))
    use_language(business=queue.business.language, zone=queue.business.timezone)
    return queue
