"""What a shop's own site shows of a queue: figures as JSON, a badge, and a page for a frame. Changes nothing.

All three say what the queue's page says at that moment, in the business's language or in the one of ?lang=,
set no cookie, and may be kept for two seconds.
"""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from models.storage.database import reading
from web.customer.other_sites.badge import badge_words, drawn_width
from web.customer.public_address import public_address
from web.customer.queue_page import PublicQueue, Serving, public_queue
from web.customer.turned_away import opening_text
from web.http.day_turn import turn_day_of
from web.http.headers import SHARED, allow_framing
from web.http.language import languages, use_language
from web.http.old_addresses import queue_at

KEPT_SECONDS = 2

blueprint = Blueprint("other_sites", __name__)


@blueprint.get("/q/<keyword>.json")
def data(keyword: str) -> Response:
    try:
        page = _public_queue(keyword)
    except NotFound:  # said to a program, not to a person
        return _json({"error": "There's no queue with this keyword, or it is no longer in use."}, 404)
    return _kept_shortly(_json(figures(page, public_address(page)), 200))


@blueprint.get("/q/<keyword>/badge.svg")
def badge(keyword: str) -> Response:
    page = _public_queue(keyword)
    words = badge_words(page)
    drawing = render_template("web/customer/badge.svg", page=page, words=words, width=drawn_width(words))
    return _kept_shortly(Response(drawing, mimetype="image/svg+xml"))


@blueprint.get("/q/<keyword>/embed")
def embed(keyword: str) -> Response:
    page = _public_queue(keyword, or_archived=True)
    html = render_template(
        "web/customer/embed.html",
        page=page,
        address=public_address(page),
        opens=opening_text(page.opening) if page.opening else "",
    )
    allow_framing()
    return _kept_shortly(Response(html, mimetype="text/html"))


@blueprint.after_request
def share(response: Response) -> Response:
    """Also what leads on from an old keyword, and a refusal: scripts of other sites may read why."""
    response.headers.update(SHARED)
    return response


def figures(page: PublicQueue, address: str) -> dict[str, Any]:
    """The wait is of somebody who joins now: null where nobody can."""
    return {
        "keyword": page.keyword,
        "name": page.name,
        "business": page.business,
        "join": address,
        "state": page.state.value,
        "takes_numbers": page.takes_numbers,
        "pace": page.pace,
        "waiting": page.waiting_count,
        "wait_low": page.wait.low if page.takes_numbers else None,
        "wait_high": page.wait.high if page.takes_numbers else None,
        "now_serving": [_served(one) for one in page.serving],
    }


def _served(one: Serving) -> dict[str, Any]:
    return {
        "number": one.number,
        "label": str(one.label),  # as the page says it: A12, where the queue's numbers have a letter
        "desk": one.desk,
        "since": one.since.isoformat() if one.since else None,  # a number of an earlier day
    }


def _public_queue(keyword: str, *, or_archived: bool = False) -> PublicQueue:
    now = datetime.now(UTC)
    with reading() as session:
        queue = queue_at(session, keyword)
        if queue is None or (queue.archived_at is not None and not or_archived):
            abort(404)
        use_language(own=_asked_language() or queue.business.language, zone=queue.business.timezone)
        turn_day_of(session, queue, now)
        return public_queue(session, queue, now)


def _asked_language() -> str | None:
    asked = request.args.get("lang", "")
    return asked if asked in languages() else None


def _json(content: dict[str, Any], status: int) -> Response:
    text = json.dumps(content, ensure_ascii=False) + "\n"
    return Response(text, status=status, mimetype="application/json")


def _kept_shortly(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.add_etag(weak=True)  # weak, as it may be compressed
    return response.make_conditional(request)
