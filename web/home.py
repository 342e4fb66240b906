"""The start page: what this is, for whoever comes by; with pretend phones also the ways into the demo."""

from flask import Blueprint, Response, current_app, render_template
from sqlalchemy import select

from config import CarrierName
from models.database import reading
from models.queues import Queue

MOST_SHOWN = 6
NOT_TO_BE_FOUND = ("/t/", "/control", "/manage", "/account", "/phones", "/events/")
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in NOT_TO_BE_FOUND)

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    """Which queues there are is told only where nobody real is: with pretend phones."""
    is_pretend = current_app.config["SETTINGS"].carrier == CarrierName.PRETEND
    return render_template("web/home.html", is_pretend=is_pretend, queues=_queues() if is_pretend else [])


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tickets' pages are nobody else's, and a page to press on is no page to find."""
    return Response(ROBOTS, mimetype="text/plain")


def _queues() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(
            select(Queue.keyword, Queue.name)
            .where(Queue.archived_at.is_(None))
            .order_by(Queue.id)
            .limit(MOST_SHOWN)
        )
        return [(keyword, name) for keyword, name in rows]
