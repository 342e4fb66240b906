"""A queue's board for a screen, its poster for paper, and the QR codes of both. Changes nothing.

Both are in the business's language, whatever the browser asks for.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

import segno
from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.queueing.door_codes import DoorCode, board_key, is_board_key, proven_code, shown_code
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from web.customer.public_address import public_address
from web.customer.queue_page import PublicQueue, public_queue
from web.customer.screens.spoken import calls_said
from web.customer.turned_away import opening_text
from web.http.day_turn import turn_day_of
from web.http.language import use_language
from web.http.old_addresses import queue_at

CODE_CORRECTION = "M"  # still readable with 15 % of it dirty or torn
DOTS = 24  # pixels per square of a PNG: sharp on a sheet of A3
KINDS = {"svg": "image/svg+xml", "png": "image/png"}

blueprint = Blueprint("display", __name__)


@blueprint.get("/q/<keyword>/board")
def board(keyword: str) -> Response | str:
    """With the door code only for the business's own staff, and for whoever has the link with the key."""
    return _shown("board", keyword, _code_shown, _calls_said)


@blueprint.get("/q/<keyword>/poster")
def poster(keyword: str) -> Response | str:
    return _shown("poster", keyword)


@blueprint.get("/q/<keyword>/text.svg")
def text_code(keyword: str) -> Response:
    """A QR code that opens a prepared text on the phone that scans it."""
    return _qr_code(*_queue_and_code(keyword), "text", "svg")


@blueprint.get("/q/<keyword>/page.svg")
def page_code(keyword: str) -> Response:
    """A QR code that opens the queue's page."""
    return _qr_code(*_queue_and_code(keyword), "page", "svg")


@blueprint.get("/q/<keyword>/<any(text, page):what>.png")
def code_png(keyword: str, what: str) -> Response:
    """The same two codes, for design programs that can't import SVG.

    Never with a door code: nobody prints what is good for ten minutes.
    """
    return _qr_code(_queue_and_code(keyword)[0], None, what, "png")


def _shown(
    name: str,
    keyword: str,
    code_of: Callable[[Queue, datetime], DoorCode | None] | None = None,
    more_of: Callable[[PublicQueue], dict[str, Any]] = lambda page: {},
) -> Response | str:
    now = datetime.now(UTC)
    with reading() as session:
        queue = _named(session, keyword)
        turn_day_of(session, queue, now)
        page, code = public_queue(session, queue, now), code_of(queue, now) if code_of else None
    if keyword != page.address:
        address = url_for(f"display.{name}", keyword=page.address, key=request.args.get("key"))
        return redirect(address, 302)
    facts: dict[str, Any] = {"address": public_address(page), "now": now, "code": code}
    facts["privacy"] = current_app.config["SETTINGS"].public_url + "/privacy"
    facts["opens"] = opening_text(page.opening) if page.opening else ""
    return render_template(f"web/customer/{name}.html", page=page, **facts, **more_of(page))


def _calls_said(page: PublicQueue) -> dict[str, Any]:
    newest = max(page.serving, key=lambda one: one.call, default=None)
    return calls_said(page.spoken_languages, newest)


def _code_shown(queue: Queue, now: datetime) -> DoorCode | None:
    if not queue.door_code:
        return None
    return shown_code(queue, now) if may_see_codes(queue.business_id, board_key(queue)) else None


def may_see_codes(business_id: int, key: str | None) -> bool:
    """A board's address is public: whoever knows it could read the codes from afar."""
    is_own = current_user.is_authenticated and current_user.business_id == business_id
    return is_own or is_board_key(key, request.args.get("key", ""))


def _queue_and_code(keyword: str) -> tuple[PublicQueue, str | None]:
    """With the door code whose proof is given.

    Any other code is left out: each would be drawn, at the cost of twenty plain answers, and one that is told
    to be good or wrong is guessed.
    """
    now = datetime.now(UTC)
    with reading() as session:
        queue = _named(session, keyword)
        turn_day_of(session, queue, now)
        return public_queue(session, queue, now), proven_code(queue, request.args.get("proof", ""), now)


def _named(session: Session, keyword: str) -> Queue:
    queue = queue_at(session, keyword) or abort(404)
    use_language(own=queue.business.language, zone=queue.business.timezone)
    return queue


def _qr_code(page: PublicQueue, code: str | None, what: str, kind: str) -> Response:
    """The code as an image; with ?download as a file with a descriptive name."""
    proof = request.args.get("proof") if code else None
    content, title = public_address(page, code=code, proof=proof), public_address(page, code=code)
    if what == "text":
        if page.text_to is None:
            abort(404)
        text_to = page.text_to.with_code(code)
        content = text_to.link
        title = _("Text %(keyword)s to %(phone)s", keyword=text_to.keyword, phone=text_to.shown)
    response = Response(drawn(content, title, kind), mimetype=KINDS[kind])
    if "download" in request.args:
        name = f"{page.address}-{what}.{kind}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@lru_cache(maxsize=256)
def drawn(content: str, title: str, kind: str) -> bytes:
    """Kept: drawing one costs as much as twenty plain answers."""
    picture = BytesIO()
    code = segno.make_qr(content, error=CODE_CORRECTION)
    # Always on white: not every phone reads a code on a dark background.
    if kind == "svg":
        code.save(picture, kind="svg", scale=8, border=4, light="white", title=title, omitsize=True)
    else:
        code.save(picture, kind="png", scale=DOTS, border=4, light="white")
    return picture.getvalue()
