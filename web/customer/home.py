"""The start page; with pretend phones it also links to the demo."""

from flask import Blueprint, Response, current_app, render_template
from sqlalchemy import select

from config.settings import CarrierName
from models.queueing.tables.queues import Queue
from models.storage.database import reading

MOST_SHOWN = 6
DISALLOWED = ("/t/", "/control", "/manage", "/account", "/phones", "/events/")
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in DISALLOWED)

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> str:
    """Lists the queues only with pretend phones: a real shop's queues are not public."""
    is_pretend = current_app.config["SETTINGS"].carrier == CarrierName.PRETEND
    return render_template(
        "web/customer/home.html", is_pretend=is_pretend, queues=_queues() if is_pretend else []
    )


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Keeps search engines away from tickets and from pages that need signing in."""
    return Response(ROBOTS, mimetype="text/plain")


def _queues() -> list[tuple[str, str]]:
    with reading() as session:
        queues = session.scalars(
            select(Queue).where(Queue.archived_at.is_(None)).order_by(Queue.id).limit(MOST_SHOWN)
        )
        return [(queue.address, queue.name) for queue in queues]
