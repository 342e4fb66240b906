"""The page of a customer's own ticket, and its buttons. GET changes nothing."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.understanding import MOST_MINUTES
from models.people.actors import By
from models.queueing import ending, moving, ticket_details
from models.queueing.day_turn import turn_if_due
from models.queueing.messages.text_me import was_bound
from models.queueing.moving import others_for_later
from models.queueing.returning import come_back
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.storage.rate_limits import Limit, count_all
from web.customer.blueprint import blueprint
from web.customer.joining import TakenTicket, new_press_id, press_id, refusal_response, take, use_language_of
from web.customer.screens.board_and_poster import KINDS, drawn
from web.customer.talk import LONGEST_SAID, Said, say_on_page
from web.customer.ticket_page import is_old, text_me_of, ticket_page
from web.customer.turned_away import opening_text
from web.http.day_turn import turn_day_of

TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")
# Each is kept, and told to every open page of the queue.
CHANGES = Limit("changes on a ticket", 40, timedelta(hours=1))


@blueprint.get("/t/<token>")
def ticket(token: str) -> Response | str:
    now = datetime.now(UTC)
    with reading() as session:
        found = ticket_of(session, token)
        if found.moved_to_id is not None:  # transferred: the old link leads to the new ticket
            moved = session.get_one(Ticket, found.moved_to_id)
            return redirect(url_for("customer.ticket", token=moved.token), 302)
        turn_day_of(session, found.queue, now)
        page = ticket_page(session, found, now)
        use_language_of(found.customer, found.queue)
    opens = opening_text(page.opening) if page.opening else ""
    given = {"press": new_press_id(), "opens": opens, "longest": LONGEST_SAID}
    return render_template("web/customer/ticket.html", page=page, **given)


@blueprint.get("/t/<token>/text-me.svg")
def text_me_code(token: str) -> Response:
    """A QR code of the text that binds a phone to the ticket."""
    now = datetime.now(UTC)
    with reading() as session:
        found = ticket_of(session, token)
        text = text_me_of(found, now) or abort(404)
        use_language_of(found.customer, found.queue)
    return Response(drawn(text.link, _("Text me"), "svg"), mimetype=KINDS["svg"])


@blueprint.post("/t/<token>/leave")
def leave(token: str) -> Response:
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        locked = _locked(session, token, now)
        if locked.state == TicketState.SERVING:
            ticket_details.say_leaving(session, locked, by=By.customer(), now=now)
        else:
            ending.leave(session, locked, by=By.customer(), now=now)

    with suppress(NotPossible):  # left already: the page shows the current state
        transaction(work)
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/still-coming")
def still_coming(token: str) -> Response:
    """Take back a Leave of a moment ago, at the old place."""
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        locked = _locked(session, token, now)
        use_language_of(locked.customer, locked.queue)
        _require_few_changes(session, locked, now)
        come_back(session, locked, by=By.customer(), now=now)

    try:
        transaction(work)
    except NotPossible as refusal:
        if refusal.reason == "too_late":
            flash(_("Too late: we only keep your place for five minutes."), "warning")
        _tell_of_too_many(refusal, now)
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/later")
def let_others_go_first(token: str) -> Response:
    """Let as many go first as the page announced. A second tap finds another position and does nothing."""
    now, others, position = datetime.now(UTC), _whole("others"), _whole("position")

    def work(session: Session) -> None:
        locked = _locked(session, token, now)
        if locked.position == position and others is not None:
            allowed = others_for_later(session, locked, others)
            moving.let_others_go_first(session, locked, allowed, by=By.customer(), now=now)

    with suppress(NotPossible):  # called meanwhile, or nobody behind: the page shows the current state
        transaction(work)
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/lead")
def set_lead(token: str) -> Response:
    """Set how many minutes before their turn they want to be told."""
    now, lead = datetime.now(UTC), _whole("lead") or 0

    def work(session: Session) -> Ticket:
        locked = _locked(session, token, now)
        if 1 <= lead <= MOST_MINUTES:
            _require_few_changes(session, locked, now)
            ticket_details.set_lead(session, locked, lead, by=By.customer(), now=now)
            use_language_of(locked.customer, locked.queue)
        return locked

    try:
        is_near = transaction(work).alerted_at is not None
    except NotPossible as refusal:  # called meanwhile: the page shows the current state
        _tell_of_too_many(refusal, now)
    else:
        if 1 <= lead <= MOST_MINUTES:
            flash(_lead_text(lead, is_near), "ok")
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/say")
def say_to_counter(token: str) -> Response:
    """Something in their own words. A second tap of the same form says nothing more."""
    now, press = datetime.now(UTC), press_id()

    def work(session: Session) -> Said:
        locked = _locked(session, token, now)
        use_language_of(locked.customer, locked.queue)
        typed = request.form.get("words", "")
        return say_on_page(session, locked, typed, key=f"{locked.id}:{press}", now=now)

    try:
        said = transaction(work)
    except NotPossible as refusal:  # over by now: the page shows it
        if refusal.reason == "forgotten":
            flash(_("We've erased your phone number, name and texts."), "warning")
    else:
        flash(said.notice, "ok" if said.is_said else "problem")
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/again")
def take_another_number(token: str) -> Response:
    now, press = datetime.now(UTC), press_id()
    with reading() as session:
        old = ticket_of(session, token)
        address = old.queue.address
        if was_bound(session, old):  # whoever has this page need not be whose phone it got
            return redirect(url_for("customer.queue", keyword=address), 303)

    def work(session: Session) -> TakenTicket | NotPossible:
        old = ticket_of(session, token)
        if is_old(old, now) or old.customer.forgotten_at is not None:
            return NotPossible("old_link")
        queue = Queue.lock(session, old.queue_id)
        by = old.our_number
        texted_by = by.id if by is not None and by.retired_at is None else None
        same: dict[str, Any] = {"name": old.name, "party": old.party, "our_number_id": texted_by}
        return take(session, queue, old.customer, press, now, **same, says_who=False)

    try:
        pressed = transaction(work)
    except NotPossible as refusal:
        return refusal_response(refusal, address)
    if isinstance(pressed, NotPossible):
        return refusal_response(pressed, address)
    return redirect(url_for("customer.ticket", token=pressed.token), 303)


def _lead_text(lead: int, is_near: bool) -> str:
    if is_near:
        return _("Saved. You're nearly up already, so please stay close.")
    return ngettext(
        "Saved. We'll tell you about %(num)d minute before your turn.",
        "Saved. We'll tell you about %(num)d minutes before your turn.",
        lead,
    )


def _require_few_changes(session: Session, ticket: Ticket, now: datetime) -> None:
    """Of what can be done to and fro without end. Leaving is never refused."""
    if count_all(session, [(CHANGES, ticket.id)], now) is not None:
        raise NotPossible("too_many_changes")


def _tell_of_too_many(refusal: NotPossible, now: datetime) -> None:
    if refusal.reason == "too_many_changes":
        minutes = CHANGES.minutes_left(now)
        words = _("You've changed this too often. Try again in %(minutes)d min.", minutes=minutes)
        flash(words, "warning")


def ticket_of(session: Session, token: str) -> Ticket:
    found = Ticket.with_token(session, token) if TOKEN.fullmatch(token) else None
    return found if found is not None else abort(404)


def _locked(session: Session, token: str, now: datetime) -> Ticket:
    locked = Ticket.lock(session, ticket_of(session, token).id)
    assert locked is not None
    turn_if_due(session, locked.queue, now)
    return locked


def _whole(name: str) -> int | None:
    """A whole number from one of our own forms; None for anything else."""
    text = request.form.get(name, "")
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
