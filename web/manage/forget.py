"""Erases a customer's data, by phone or by ticket, when the customer asks for it at the counter."""

from datetime import UTC, datetime
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, ngettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from models.people.actors import By
from models.people.audit_log import AuditAction
from models.people.customers import Customer
from models.people.typed_phones import UnreadablePhone, read_phone
from models.privacy.forgetting import forget
from models.queueing.tables.ticket_states import NOT_YET_SERVED, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import LARGEST_ID, reading, transaction
from web.account.audit_notes import record_own
from web.account.phone_searches import count_phone_search, too_many_searches
from web.http.fields.phone_field import problem_of
from web.manage.guard import manager_blueprint, own_business

blueprint = manager_blueprint("manage_forget", "/forget")


@blueprint.get("")
def show() -> str:
    return _page()


class LiveNumber(NamedTuple):
    """A number that would be given up."""

    number: int | str  # as people see it
    queue: str


@blueprint.post("")
def forget_phone() -> Response | str | tuple[str, int]:
    """The question first; done when it is answered."""
    now, typed = datetime.now(UTC), request.form.get("phone", "").strip()[:30]

    def work(session: Session) -> int | None:
        customer = _customer_of(session, typed)
        return _forget(session, customer, now) if customer is not None else None

    minutes = count_phone_search(now, page="forget")
    if minutes is not None:
        return _page(too_many_searches(minutes), typed), 429
    try:
        if "sure" not in request.form:
            return _ask_about_phone(typed)
        given_up = transaction(work)
    except UnreadablePhone as unreadable:
        return _page(problem_of(unreadable), typed), 422
    if given_up is None:
        return _unknown(typed)
    return _told(given_up)


def _ask_about_phone(typed: str) -> str | tuple[str, int]:
    with reading() as session:
        customer = _customer_of(session, typed)
        if customer is None:
            return _unknown(typed)
        shown, lines = (customer.phone or "")[-2:], _live_numbers(session, customer)
    return render_template("web/manage/forget_phone.html", typed=typed, shown=shown, lines=lines)


@blueprint.get("/<int:ticket_id>")
def ask(ticket_id: int) -> str:
    with reading() as session:
        ticket = _own_ticket(session, ticket_id)
        lines = _live_numbers(session, ticket.customer)
        return render_template(
            "web/manage/forget_ticket.html", ticket=ticket, queue=ticket.queue, lines=lines
        )


@blueprint.post("/<int:ticket_id>")
def forget_customer(ticket_id: int) -> Response:
    now = datetime.now(UTC)
    return _told(transaction(lambda s: _forget(s, _own_ticket(s, ticket_id).customer, now)))


def _forget(session: Session, customer: Customer, now: datetime) -> int:
    given_up = forget(session, customer, by=By.servicer(current_user.servicer_id), now=now)
    record_own(session, AuditAction.FORGOT_CUSTOMER, current_user, now)
    return len(given_up)


def _customer_of(session: Session, typed: str) -> Customer | None:
    """The customer whose phone was typed. Raises UnreadablePhone."""
    ours = own_business(session).sms_number
    phone = read_phone(typed, ours.phone if ours else "")
    return Customer.of_phone(session, current_user.business_id, phone)


def _live_numbers(session: Session, customer: Customer) -> list[LiveNumber]:
    mine = (Ticket.customer_id == customer.id, among(Ticket.state, NOT_YET_SERVED))
    live = select(Ticket).options(joinedload(Ticket.queue, innerjoin=True)).where(*mine)
    return [LiveNumber(each.label, each.queue.name) for each in session.scalars(live.order_by(Ticket.id))]


def _unknown(typed: str) -> tuple[str, int]:
    return _page(_("We don't know anyone with that phone number."), typed), 422


def _own_ticket(session: Session, ticket_id: int) -> Ticket:
    ticket = session.get(Ticket, ticket_id) if ticket_id <= LARGEST_ID else None
    if ticket is None or ticket.queue.business_id != current_user.business_id:
        abort(404)
    return ticket


def _told(given_up: int) -> Response:
    words = _("Forgotten. Their phone number, name and texts are erased.")
    if given_up:
        left = ngettext("They left %(num)d line.", "They left %(num)d lines.", given_up)
        words = f"{words} {left}"
    flash(words, "ok")
    return redirect(url_for("manage_forget.show"), 303)


def _page(problem: str | None = None, typed: str = "") -> str:
    return render_template("web/manage/forget.html", problem=problem, typed=typed)
