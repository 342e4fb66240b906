"""The privacy page: what is stored about customers, for how long, and how to be forgotten."""

from flask import Blueprint, abort, current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import CarrierName
from models.people.business import Business
from models.people.programs.api_keys import are_people_seen
from models.storage.database import reading
from models.webhooks.endpoints import are_people_sent
from web.customer.queue_page import readable_address
from web.http.language import use_language
from web.http.old_addresses import queue_at

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/privacy")
def installation() -> str:
    """For the whole installation. Gives the retention period only if there is a single business."""
    with reading() as session:
        businesses = session.scalars(select(Business).limit(2)).all()
        return _page(session, businesses[0] if len(businesses) == 1 else None)


@blueprint.get("/q/<keyword>/privacy")
def of_queue(keyword: str) -> str:
    with reading() as session:
        queue = queue_at(session, keyword) or abort(404)
        use_language(business=queue.business.language, zone=queue.business.timezone)
        return _page(session, queue.business)


def _page(session: Session, business: Business | None) -> str:
    numbers = [readable_address(ours.address) for ours in business.numbers] if business else []
    is_pretend = current_app.config["SETTINGS"].carrier == CarrierName.PRETEND
    return render_template(
        "web/customer/privacy.html",
        business=business,
        numbers=numbers,
        is_pretend=is_pretend,
        passes_on=business is not None and _passes_on(session, business.id),
    )


def _passes_on(session: Session, business_id: int) -> bool:
    """Whether other programs get names and phones from this business."""
    return are_people_sent(session, business_id) or are_people_seen(session, business_id)
