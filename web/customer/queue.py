"""A queue's public page, where customers take a number. GET changes nothing."""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import Form, StringField
from wtforms.validators import Length, NumberRange, Optional

from bot.sanitizing import sanitized
from bot.spelling import nearest
from bot.understanding import LARGEST_PARTY, LONGEST_NAME, normal_keyword, readable
from models.people.customers import Customer
from models.queueing.door_codes import PROOF, SHAPE, plain_code
from models.queueing.line.queries import live_ticket_of
from models.queueing.notes import LONGEST_ANSWER
from models.queueing.tables.addresses import address_of
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.statistics.forecasts.quarters import time_of
from models.statistics.forecasts.when_to_come import times_to_come
from models.storage.database import reading, transaction
from web.customer.blueprint import blueprint
from web.customer.device_cookie import remember, remembered_customer
from web.customer.joining import (
    BroughtCode,
    TakenTicket,
    new_press_id,
    press_id,
    refusal_response,
    take,
    use_language_of,
)
from web.customer.queue_page import public_queue
from web.customer.talk import masked
from web.customer.turned_away import opening_text
from web.http.day_turn import turn_day_of
from web.http.fields.number_field import WholeNumberField
from web.http.old_addresses import queue_at

MOST_SUGGESTIONS = 3
MOST_COMPARED = 300
LONGEST_CODE = 20  # as typed
NO_CODE = lazy_gettext("Enter the code.")
WRONG_CODE = lazy_gettext("That code is wrong or too old. Enter the one shown now.")


class OwnTicket(NamedTuple):
    """A live ticket that was taken in this browser."""

    token: str
    label: int | str


class NumberForm(Form):
    """All fields are optional; the answer is to the queue's question, code and proof are of the door code."""

    name = StringField(
        validators=[Length(max=LONGEST_NAME, message=lazy_gettext("Use at most %(max)d letters for a name."))]
    )
    party = WholeNumberField(
        validators=[
            Optional(),
            NumberRange(1, LARGEST_PARTY, message=lazy_gettext("Enter a number from %(min)s to %(max)s.")),
        ]
    )
    answer = StringField(
        validators=[Length(max=LONGEST_ANSWER, message=lazy_gettext("Use at most %(max)d characters."))]
    )
    code = StringField()
    proof = StringField()

    def answer_to(self, queue: Queue) -> str | None:
        """What was answered to the queue's question, without phones; None where it asks nothing."""
        return masked(queue, self.answer.data) if queue.question and self.answer.data else None


@blueprint.get("/q")
def find() -> Response:
    """The keyword form of the start page."""
    keyword = _canonical(request.args.get("keyword", ""))
    return redirect(url_for("customer.queue", keyword=keyword) if keyword else url_for("home.show"), 303)


@blueprint.get("/q/<keyword>")
def queue(keyword: str) -> Response | tuple[str, int]:
    canonical = _canonical(keyword)
    if keyword != canonical:
        return redirect(url_for("customer.queue", keyword=canonical), 302) if canonical else _unknown(keyword)
    return _queue_page(keyword, NumberForm(), 200)


@blueprint.post("/q/<keyword>")
def take_number(keyword: str) -> Response | tuple[str, int]:
    form = NumberForm(cleaned_form())
    if not form.validate():
        return _queue_page(keyword, form, 422)
    now, press = datetime.now(UTC), press_id()

    def work(session: Session) -> TakenTicket | NotPossible | None:
        found = queue_at(session, keyword)
        if found is None:
            return None
        queue = Queue.lock(session, found.id)
        known = remembered_customer(session, queue)
        customer = known or Customer.without_phone(session, queue.business_id, now)
        name, party = form.name.data or None, form.party.data
        answer = form.answer_to(queue)
        said = {"name": name, "party": party, "answer": answer, "code": _brought(form)}
        outcome = take(session, queue, customer, press, now, **said)
        if known is None and not (isinstance(outcome, TakenTicket) and outcome.customer_id == customer.id):
            session.delete(customer)  # no ticket was made for them
        return outcome

    try:
        pressed = transaction(work)
    except NotPossible as refusal:
        return refusal_response(refusal, keyword)
    if pressed is None:
        return _unknown(keyword)
    if isinstance(pressed, NotPossible) and pressed.reason == "door_code":
        form.code.errors = [WRONG_CODE if form.code.data else NO_CODE]
        return _queue_page(keyword, form, 422)
    if isinstance(pressed, NotPossible):
        return refusal_response(pressed, keyword)
    response = redirect(url_for("customer.ticket", token=pressed.token), 303)
    if pressed.customer_id is not None:
        remember(response, pressed.business_id, pressed.customer_id)
    return response


def _queue_page(keyword: str, form: NumberForm, status: int) -> tuple[str, int]:
    now = datetime.now(UTC)
    with reading() as session:
        queue = queue_at(session, keyword)
        if queue is None:
            return _unknown(keyword)
        turn_day_of(session, queue, now)
        customer = remembered_customer(session, queue)
        mine = _own_ticket(session, queue, customer) if customer else None
        page = public_queue(session, queue, now)
        times = times_to_come(session, queue, now)
        code, proof = _code_brought(queue, form), _proof_brought(queue, form)
        use_language_of(customer, queue)
    words = {"opens": opening_text(page.opening)} if page.opening else {}
    return render_template(
        "web/customer/queue.html",
        page=page,
        times=times,
        time_of=time_of,
        mine=mine,
        form=form,
        code=code,
        proof=proof,
        press=new_press_id(),
        **words,
    ), status


def _own_ticket(session: Session, queue: Queue, customer: Customer) -> OwnTicket | None:
    live = live_ticket_of(session, queue, customer.id)
    return OwnTicket(live.token, queue.numbered(live.number)) if live else None


def _code_brought(queue: Queue, form: NumberForm) -> str | None:
    """Of the link or the form, by its shape alone: then nobody has to type it.

    Whether it is good is said when somebody joins, where tries are counted: a page that told it to whoever
    looks would let a machine try them all.
    """
    given = form.code.data or request.args.get("code", "")[:LONGEST_CODE]
    code = plain_code(given)
    return code if queue.door_code and not form.code.errors and SHAPE.fullmatch(code) else None


def _proof_brought(queue: Queue, form: NumberForm) -> str | None:
    proof = form.proof.data or request.args.get("proof", "")
    return proof if queue.door_code and not form.code.errors and PROOF.fullmatch(proof) else None


def _brought(form: NumberForm) -> BroughtCode:
    return BroughtCode(typed=form.code.data or "", proof=form.proof.data or "")


def _unknown(keyword: str) -> tuple[str, int]:
    asked = normal_keyword(keyword)[:20]
    with reading() as session:
        # One slip leaves the first or the last letter as it is.
        alike_at_one_end = or_(Queue.keyword.startswith(asked[:1]), Queue.keyword.endswith(asked[-1:]))
        rows = select(Queue.keyword, Queue.namesake).where(Queue.archived_at.is_(None), alike_at_one_end)
        known = session.execute(rows.order_by(Queue.namesake, Queue.id).limit(MOST_COMPARED)).all()
    alike = nearest([asked], {keyword for keyword, _ in known}) if asked else []
    meant = [address_of(*one) for keyword in alike for one in known if one.keyword == keyword]
    return render_template(
        "web/customer/no_queue.html", asked=asked, suggestions=meant[:MOST_SUGGESTIONS]
    ), 404


def _canonical(typed: str) -> str:
    """How the address is spelled; that of no queue is a keyword, spelled plainly."""
    plain = normal_keyword(typed)
    if typed == plain:
        return plain
    with reading() as session:
        queue = queue_at(session, typed)
    return queue.address if queue is not None else plain


def cleaned_form() -> MultiDict[str, str]:
    said = {name: readable(request.form.get(name, "")) for name in ("name", "party", "code", "proof")}
    said["code"] = said["code"][:LONGEST_CODE]
    return MultiDict(said | {"answer": sanitized(request.form.get("answer", ""))})
