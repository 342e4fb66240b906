"""WhatsApp for a number that the business has already: given, and taken away.

Any other address is given by whoever runs the installation, who knows what the carrier's account owns.
"""

from datetime import UTC, datetime

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _, ngettext
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.people.addresses import Address, Channel, read_address
from models.people.business import Business, OurNumber
from models.people.our_numbers import add_number, our_number_ever_at, retire_number
from models.queueing.tables.ticket_states import LIVE, among
from models.queueing.tables.tickets import Ticket
from models.storage.database import transaction
from web.customer.queue_page import readable_address
from web.manage.guard import manager_blueprint, own_business, record_change

blueprint = manager_blueprint("manage_settings_numbers", "/settings/numbers")


def without_whatsapp(business: Business) -> list[OurNumber]:
    """Its numbers for SMS that have no WhatsApp yet."""
    there = {number.phone for number in business.numbers if number.channel == Channel.WHATSAPP}
    return [each for each in business.numbers if each.channel == Channel.SMS and each.phone not in there]


@blueprint.post("/whatsapp")
def add_whatsapp() -> Response:
    phone, now = request.form.get("phone", ""), datetime.now(UTC)
    address = Address(Channel.WHATSAPP, phone)

    def work(session: Session) -> bool:
        business = own_business(session)
        if phone not in {each.phone for each in without_whatsapp(business)}:
            return False
        there = our_number_ever_at(session, address)
        if there is not None and there.business_id != business.id:
            return False
        record_change(session, "number", now, added=str(address))
        return add_number(session, business, address, now)

    if transaction(work):
        words = _("Customers can now write to %(number)s on WhatsApp.", number=readable_address(address))
        flash(words, "ok")
    else:
        flash(_("Nothing was changed: that number already has WhatsApp, or isn't yours."), "warning")
    return _back()


@blueprint.post("/remove")
def remove() -> Response:
    """SMS stays: without it nobody at the desk could be texted."""
    address, now = read_address(request.form.get("address", "")), datetime.now(UTC)
    if address.channel == Channel.SMS:
        abort(400)

    def work(session: Session) -> int:
        number = OurNumber.at(session, address)
        if number is None or number.business_id != current_user.business_id:
            abort(404)
        live = select(func.count()).where(Ticket.our_number_id == number.id, among(Ticket.state, LIVE))
        waiting = session.scalar(live) or 0
        if not waiting:
            record_change(session, "number", now, removed=str(address))
            retire_number(number, now)
        return waiting

    if waiting := transaction(work):
        words = ngettext(
            "Nothing was changed: %(num)d person in line joined through it. Serve them first.",
            "Nothing was changed: %(num)d people in line joined through it. Serve them first.",
            waiting,
        )
        flash(words, "warning")
    else:
        flash(_("We no longer answer texts to %(number)s.", number=readable_address(address)), "ok")
    return _back()


def _back() -> Response:
    return redirect(url_for("manage_settings.show"), 303)
