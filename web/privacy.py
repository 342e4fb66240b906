"""What is kept of customers, for how long, and how to be forgotten: for everybody to read."""

from flask import Blueprint, abort, current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.understanding import normal_keyword
from config import CarrierName
from models.business import Business
from models.database import reading
from models.queues import Queue
from web.language import speak
from web.public_queue import readable_phone

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/privacy")
def installation() -> str:
    """For the whole installation; with the days where there is one business only."""
    with reading() as session:
        businesses = session.scalars(select(Business).limit(2)).all()
        return _page(session, businesses[0] if len(businesses) == 1 else None)


@blueprint.get("/q/<keyword>/privacy")
def of_queue(keyword: str) -> str:
    with reading() as session:
        queue = Queue.named(session, normal_keyword(keyword)) or abort(404)
        speak(business=queue.business.language, zone=queue.business.timezone)
        return _page(session, queue.business)


def _page(session: Session, business: Business | None) -> str:
    numbers = [readable_phone(ours.phone) for ours in business.numbers] if business else []
    is_pretend = current_app.config["SETTINGS"].carrier == CarrierName.PRETEND
    return render_template("web/privacy.html", business=business, numbers=numbers, is_pretend=is_pretend)
