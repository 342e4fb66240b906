"""A queue's kiosk: a tablet paired by a manager, on which visitors take a number, one after the other.

Each visitor is somebody new, and nothing of them stays: no cookie, no address, no answer to a form that is
sent again later. The tablet's key is in a cookie that no script reads.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from bot.wording.sms_templates import language_choices
from models.people.actors import Actor, By
from models.people.customers import Customer
from models.queueing import numbers
from models.queueing.door_codes import shown_code
from models.queueing.tables.kiosks import JOINS, Kiosk, kiosk_with_key, pair, waits_for
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.storage.database import reading, transaction
from models.storage.rate_limits import is_over
from web.customer.joining import new_press_id, press_id, ticket_of_press
from web.customer.queue import NumberForm, cleaned_form
from web.customer.queue_page import public_queue
from web.customer.screens.board_and_poster import KINDS, drawn
from web.customer.ticket_page import TicketPage, ticket_page
from web.customer.turned_away import opening_text, refusal_text
from web.http.day_turn import turn_day_of
from web.http.language import languages, use_language
from web.http.old_addresses import queue_at

COOKIE = "kiosk"
KEPT_SECONDS = 400 * 24 * 3600
# A form that is sent again so late was not sent by the visitor whose number it was.
SHOWN_AGAIN_WITHIN = timedelta(seconds=30)
LONGEST_CODE = 40  # as typed

blueprint = Blueprint("kiosk", __name__)


@blueprint.get("/q/<keyword>/kiosk")
def show(keyword: str) -> Response | tuple[str, int]:
    with reading() as session:
        queue = _queue(session, keyword)
        if keyword != queue.address:
            return redirect(_home(queue), 302)
    return _form_page(keyword, NumberForm(), 200)


@blueprint.post("/q/<keyword>/kiosk/pair")
def pair_tablet(keyword: str) -> Response | tuple[str, int]:
    """With the code that a manager got for this tablet. A wrong one costs no more than a question."""
    now, typed = datetime.now(UTC), request.form.get("code", "")[:LONGEST_CODE]
    with reading() as session:
        queue = _queue(session, keyword)
        address, is_meant = queue.address, waits_for(session, queue, typed, now)

    def work(session: Session) -> str | None:
        return pair(session, _queue(session, keyword), typed, now)

    key = transaction(work) if is_meant else None
    if key is None:
        return _pairing_page(keyword, _("That code is wrong or too old. Ask a manager for a new one.")), 422
    response = redirect(url_for("kiosk.show", keyword=address), 303)
    _keep_key(response, key)
    return response


@blueprint.post("/q/<keyword>/kiosk")
def take_number(keyword: str) -> Response | tuple[str, int]:
    form, now, press = NumberForm(cleaned_form()), datetime.now(UTC), press_id()
    if not form.validate():
        return _form_page(keyword, form, 422)
    taken = transaction(lambda session: _take(session, keyword, form, press, now))
    if isinstance(taken, int):
        return _number_page(taken, now), 200
    with reading() as session:
        queue = _queue(session, keyword)
        if taken is not None:
            flash(refusal_text(session, queue, taken, now), "problem")
        return redirect(_home(queue, lang=_chosen_language()), 303)


def _take(
    session: Session, keyword: str, form: NumberForm, press: str, now: datetime
) -> int | NotPossible | None:
    """The ticket's id; None where no number is due: the tablet is not paired, or the form is an old one."""
    queue = Queue.lock(session, _queue(session, keyword).id)
    kiosk = _kiosk(session, queue)
    if kiosk is None:
        return None
    earlier = ticket_of_press(session, queue, press)
    if earlier is not None:
        return earlier.id if now - earlier.joined_at <= SHOWN_AGAIN_WITHIN else None
    if is_over(session, JOINS, kiosk.id, now):
        return NotPossible("kiosk")
    customer = Customer.without_phone(session, queue.business_id, now)
    customer.language = _chosen_language()
    try:
        ticket_id = numbers.take_number(
            session,
            queue,
            customer,
            source=Source.WEB,
            by=By(Actor.CUSTOMER, press_id=press),
            now=now,
            name=form.name.data or None,
            party=form.party.data,
            answer=form.answer_to(queue),
            brings_code=True,  # whoever stands before the tablet is there
        ).ticket_id
    except NotPossible as refusal:
        session.delete(customer)
        return refusal
    kiosk.used_at = now
    return ticket_id


# Pages --------------------------------------------------------------------------------------------------


def _form_page(keyword: str, form: NumberForm, status: int) -> Response | tuple[str, int]:
    now = datetime.now(UTC)
    with reading() as session:
        queue = _queue(session, keyword)
        if _kiosk(session, queue) is None:
            return _pairing_page(keyword), 200
        turn_day_of(session, queue, now)
        page, code = public_queue(session, queue, now), shown_code(queue, now)
        given: dict[str, Any] = {"home": _home(queue), "lang": _chosen_language()}
    given["opens"] = opening_text(page.opening) if page.opening else ""
    given["spoken"] = language_choices()
    page_of_form = render_template(
        "web/customer/kiosk.html", page=page, code=code, form=form, press=new_press_id(), **given
    )
    response = Response(page_of_form, status, mimetype="text/html")
    _keep_key(response, request.cookies.get(COOKIE, ""))
    return response


def _number_page(ticket_id: int, now: datetime) -> str:
    with reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        queue = ticket.queue
        page = ticket_page(session, ticket, now)
        _speak(queue)
        today = now.astimezone(queue.business.zone).date()
        given = {"home": _home(queue), "paper": queue.slip_paper, "today": today, "now": now}
    return render_template("web/customer/kiosk_number.html", page=page, **given, **_codes(page))


def _codes(page: TicketPage) -> dict[str, str]:
    """Both pictures inside the page: no address of the visitor's is fetched by the tablet."""
    address = current_app.config["SETTINGS"].public_url + url_for("customer.ticket", token=page.token)
    to_page = _inside(drawn(address, _("QR code of the page of this number"), "svg"))
    if page.text_me is None:
        return {"to_page": to_page, "text_me": ""}
    return {"to_page": to_page, "text_me": _inside(drawn(page.text_me.link, _("Text me"), "svg"))}


def _inside(picture: bytes) -> str:
    return f"data:{KINDS['svg']};base64,{b64encode(picture).decode()}"


def _pairing_page(keyword: str, problem: str = "") -> str:
    with reading() as session:
        queue = _queue(session, keyword)
        name, address = queue.name, queue.address
    return render_template("web/customer/kiosk_pair.html", name=name, address=address, problem=problem)


# Helpers ------------------------------------------------------------------------------------------------


def _queue(session: Session, keyword: str) -> Queue:
    queue = queue_at(session, keyword) or abort(404)
    _speak(queue)
    return queue


def _speak(queue: Queue) -> None:
    """The language that the visitor chose, else the business's, whatever the tablet's own is."""
    business = queue.business
    use_language(
        own=_chosen_language() or business.language, business=business.language, zone=business.timezone
    )


def _chosen_language() -> str | None:
    asked = request.values.get("lang", "")
    return asked if asked in languages() else None


def _home(queue: Queue, **more: Any) -> str:
    return url_for("kiosk.show", keyword=queue.address, **more)


def _kiosk(session: Session, queue: Queue) -> Kiosk | None:
    return kiosk_with_key(session, queue, request.cookies.get(COOKIE, ""))


def _keep_key(response: Response, key: str) -> None:
    https = current_app.config["SETTINGS"].https
    response.set_cookie(
        COOKIE, key, max_age=KEPT_SECONDS, path="/q/", secure=https, httponly=True, samesite="Strict"
    )
