"""The customer's pages: a queue's public page, a number taken there, and the page of one's own ticket.

Nobody signs in: a ticket's page belongs to whoever has its address. GET changes nothing.
"""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import Form, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from bot.near_misses import nearest
from bot.understanding import LARGEST_PARTY, LONGEST_NAME, MOST_MINUTES, normal_keyword, readable
from models.closing import closing_of
from models.database import reading, transaction
from models.event import Actor, By, Event, EventKind
from models.limits import Limit, is_over
from models.people import Customer
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import NotPossible, Source
from web.client import client_address
from web.language import speak
from web.public_queue import public_queue
from web.remembered import remember, remembered_customer
from web.ticket_page import ticket_page
from web.turned_away import in_words, opens_in_words

TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")
PRESS = re.compile(r"[A-Za-z0-9_-]{16,33}")
MOST_SUGGESTIONS = 3
# A class on one network joins together; one machine that fills a queue is stopped.
WEB_JOINS = Limit("web joins", 600, timedelta(minutes=10))

blueprint = Blueprint("customer", __name__)


class NumberForm(Form):
    """Both fields may stay empty."""

    name = StringField(
        validators=[Length(max=LONGEST_NAME, message=lazy_gettext("A name has at most %(max)d letters."))]
    )
    party = IntegerField(
        validators=[
            Optional(),
            NumberRange(1, LARGEST_PARTY, message=lazy_gettext("Give a number from %(min)s to %(max)s.")),
        ]
    )


@dataclass(frozen=True)
class Pressed:
    """What taking a number came to, and for whom."""

    token: str
    customer_id: int
    business_id: int


# A queue's public page ------------------------------------------------------------------------------


@blueprint.get("/q")
def find() -> Response:
    """Somebody typed a keyword on the start page."""
    keyword = normal_keyword(request.args.get("keyword", ""))
    return redirect(url_for("customer.queue", keyword=keyword) if keyword else url_for("home.show"), 303)


@blueprint.get("/q/<keyword>")
def queue(keyword: str) -> Response | tuple[str, int]:
    canonical = normal_keyword(keyword)
    if keyword != canonical:
        return redirect(url_for("customer.queue", keyword=canonical), 302) if canonical else _unknown(keyword)
    return _queue_page(keyword, NumberForm(), 200)


@blueprint.post("/q/<keyword>")
def take_number(keyword: str) -> Response | tuple[str, int]:
    form = NumberForm(_cleaned_form())
    if not form.validate():
        return _queue_page(keyword, form, 422)
    now, press = datetime.now(UTC), _press_id()

    def work(session: Session) -> Pressed | NotPossible | None:
        found = Queue.named(session, normal_keyword(keyword))
        if found is None:
            return None
        queue = Queue.lock(session, found.id)
        known = remembered_customer(session, queue.business_id)
        customer = known or Customer.without_phone(session, queue.business_id, now)
        name, party = form.name.data or None, form.party.data or 1
        outcome = _take(session, queue, customer, press, now, name=name, party=party)
        if known is None and not (isinstance(outcome, Pressed) and outcome.customer_id == customer.id):
            session.delete(customer)  # nobody new after all
        return outcome

    pressed = transaction(work)
    if pressed is None:
        return _unknown(keyword)
    if isinstance(pressed, NotPossible):
        return _refused(pressed, normal_keyword(keyword))
    response = redirect(url_for("customer.ticket", token=pressed.token), 303)
    remember(response, pressed.business_id, pressed.customer_id)
    return response


# A customer's own page ------------------------------------------------------------------------------


@blueprint.get("/t/<token>")
def ticket(token: str) -> Response | str:
    now = datetime.now(UTC)
    with reading() as session:
        found = _ticket(session, token)
        if found.moved_to_id is not None:  # sent on to another queue: the link they have goes along
            moved = session.get_one(Ticket, found.moved_to_id)
            return redirect(url_for("customer.ticket", token=moved.token), 302)
        page = ticket_page(session, found, now)
        _speak_to(found.customer, found.queue)
    opens = opens_in_words(page.opening) if page.opening else ""
    return render_template("web/ticket.html", page=page, press=_new_press_id(), opens=opens)


@blueprint.post("/t/<token>/leave")
def leave(token: str) -> Response:
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        locked = Ticket.lock(session, _ticket(session, token).id)
        assert locked is not None
        locked.leave(session, by=By.customer(), now=now)

    with suppress(NotPossible):  # left already, or being served: the page says what is so
        transaction(work)
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/later")
def let_others_go_first(token: str) -> Response:
    """As many as the page told; a second tap finds them elsewhere in the line and does nothing."""
    now, others, position = datetime.now(UTC), _whole("others"), _whole("position")

    def work(session: Session) -> None:
        locked = Ticket.lock(session, _ticket(session, token).id)
        assert locked is not None
        if locked.position == position and others is not None:
            allowed = locked.others_for_later(session, others)
            locked.let_others_go_first(session, allowed, by=By.customer(), now=now)

    with suppress(NotPossible):  # called meanwhile, or nobody behind any more: the page says what is so
        transaction(work)
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/lead")
def set_lead(token: str) -> Response:
    """So many minutes before their turn they want to be told."""
    now, lead = datetime.now(UTC), _whole("lead") or 0

    def work(session: Session) -> Ticket:
        locked = Ticket.lock(session, _ticket(session, token).id)
        assert locked is not None
        if 1 <= lead <= MOST_MINUTES:
            locked.set_lead(session, lead, by=By.customer(), now=now)
            _speak_to(locked.customer, locked.queue)
        return locked

    with suppress(NotPossible):  # called meanwhile: the page says what is so
        is_near = transaction(work).alerted_at is not None
        if 1 <= lead <= MOST_MINUTES:
            flash(_lead_in_words(lead, is_near), "ok")
    return redirect(url_for("customer.ticket", token=token), 303)


@blueprint.post("/t/<token>/again")
def take_another_number(token: str) -> Response:
    now, press = datetime.now(UTC), _press_id()
    with reading() as session:
        keyword = _ticket(session, token).queue.keyword

    def work(session: Session) -> Pressed | NotPossible:
        old = _ticket(session, token)
        queue = Queue.lock(session, old.queue_id)
        same = {"name": old.name, "party": old.party, "our_number_id": old.our_number_id}
        return _take(session, queue, old.customer, press, now, **same)

    pressed = transaction(work)
    if isinstance(pressed, NotPossible):
        return _refused(pressed, keyword)
    return redirect(url_for("customer.ticket", token=pressed.token), 303)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """The address of a ticket's page is its key: it goes to no other site and into no search engine."""
    response.headers["Cache-Control"] = "no-store"
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _whole(name: str) -> int | None:
    """A whole number that one of our own forms holds; None for anything else."""
    text = request.form.get(name, "")
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


# How it is done -------------------------------------------------------------------------------------


def _take(
    session: Session, queue: Queue, customer: Customer, press: str, now: datetime, **said: Any
) -> Pressed | NotPossible:
    """The ticket of this press, the customer's live one, or a new one; the queue must be locked.

    A refusal is given back, not raised: that somebody was turned away is committed too.
    """
    earlier = _ticket_of_press(session, queue, press)
    if earlier is not None:
        return Pressed(earlier.token, earlier.customer_id, queue.business_id)
    if is_over(session, WEB_JOINS, f"{queue.business_id} {client_address()}", now):
        return NotPossible("address")
    by = By(Actor.CUSTOMER, press_id=press)
    closes_at = closing_of(session, queue, now) if customer.phone_ciphertext else None  # for their text
    try:
        taken = queue.take_number(
            session, customer, source=Source.WEB, by=by, now=now, closes_at=closes_at, **said
        )
    except NotPossible as refusal:
        return refusal
    return Pressed(taken.token, customer.id, queue.business_id)


def _queue_page(keyword: str, form: NumberForm, status: int) -> tuple[str, int]:
    now = datetime.now(UTC)
    with reading() as session:
        queue = Queue.named(session, normal_keyword(keyword))
        if queue is None:
            return _unknown(keyword)
        customer = remembered_customer(session, queue.business_id)
        mine = queue.live_ticket_of(session, customer.id) if customer else None
        page = public_queue(session, queue, now)
        _speak_to(customer, queue)
    words = {"opens": opens_in_words(page.opening)} if page.opening else {}
    return render_template(
        "web/queue.html", page=page, mine=mine, form=form, press=_new_press_id(), **words
    ), status


def _speak_to(customer: Customer | None, queue: Queue) -> None:
    business = queue.business
    speak(own=customer.language if customer else None, business=business.language, zone=business.timezone)


def _lead_in_words(lead: int, is_near: bool) -> str:
    if is_near:
        return _("Saved. You are nearly up already, so please stay close.")
    return ngettext(
        "Saved: we tell you about %(num)d minute before your turn.",
        "Saved: we tell you about %(num)d minutes before your turn.",
        lead,
    )


def _unknown(keyword: str) -> tuple[str, int]:
    asked = normal_keyword(keyword)[:20]
    with reading() as session:
        known = session.scalars(select(Queue.keyword).where(Queue.archived_at.is_(None))).all()
    suggestions = nearest([asked], known)[:MOST_SUGGESTIONS] if asked else []
    return render_template("web/no_queue.html", asked=asked, suggestions=suggestions), 404


def _refused(refusal: NotPossible, keyword: str) -> Response:
    with reading() as session:
        queue = Queue.named(session, keyword)
        assert queue is not None
        _speak_to(None, queue)
        flash(in_words(session, queue, refusal, datetime.now(UTC)), "problem")
    return redirect(url_for("customer.queue", keyword=keyword), 303)


def _ticket(session: Session, token: str) -> Ticket:
    found = Ticket.with_token(session, token) if TOKEN.fullmatch(token) else None
    return found if found is not None else abort(404)


def _cleaned_form() -> MultiDict[str, str]:
    return MultiDict({name: readable(request.form.get(name, "")) for name in ("name", "party")})


# A one-time press id comes with every form that takes a number, and is kept with the event of joining:
# the same press again finds the same ticket, also without a cookie, also after the ticket has ended.


def _new_press_id() -> str:
    return secrets.token_urlsafe(16)


def _press_id() -> str:
    given = request.form.get("press", "")
    # The prefix keeps it apart from servicers' presses, which Undo finds in the same column.
    return "c:" + (given if PRESS.fullmatch(given) else _new_press_id())


def _ticket_of_press(session: Session, queue: Queue, press: str) -> Ticket | None:
    joined = select(Event.ticket_id).where(
        Event.press_id == press, Event.queue_id == queue.id, Event.kind == EventKind.JOINED
    )
    return session.scalar(select(Ticket).where(Ticket.id.in_(joined)))
