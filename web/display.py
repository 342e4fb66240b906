"""A queue for the wall: the board on a screen, the poster on paper, and their QR codes. Changes nothing."""

from datetime import UTC, datetime
from io import BytesIO

import segno
from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.understanding import normal_keyword
from models.database import reading
from models.queues import Queue
from web.public_queue import PublicQueue, public_queue

CODE_CORRECTION = "M"  # read also with 15 % of it dirty or torn

blueprint = Blueprint("display", __name__)


@blueprint.get("/q/<keyword>/board")
def board(keyword: str) -> Response | str:
    return _shown("board", keyword)


@blueprint.get("/q/<keyword>/poster")
def poster(keyword: str) -> Response | str:
    return _shown("poster", keyword)


@blueprint.get("/q/<keyword>/text.svg")
def text_code(keyword: str) -> Response:
    """Opens a ready text on the phone that scans it."""
    text_to = _public_queue(keyword).text_to
    if text_to is None:
        abort(404)
    return _qr_code(text_to.link, f"Text {text_to.keyword} to {text_to.shown}")


@blueprint.get("/q/<keyword>/page.svg")
def page_code(keyword: str) -> Response:
    """Opens the queue's page."""
    address = _address(_public_queue(keyword))
    return _qr_code(address, address)


def _shown(name: str, keyword: str) -> Response | str:
    page = _public_queue(keyword)
    if keyword != page.keyword:
        return redirect(url_for(f"display.{name}", keyword=page.keyword), 302)
    return render_template(f"web/{name}.html", page=page, address=_address(page))


def _public_queue(keyword: str) -> PublicQueue:
    now = datetime.now(UTC)
    with reading() as session:
        queue = Queue.named(session, normal_keyword(keyword))
        if queue is None:
            abort(404)
        return public_queue(session, queue, now)


def _address(page: PublicQueue) -> str:
    return current_app.config["SETTINGS"].public_url + url_for("customer.queue", keyword=page.keyword)


def _qr_code(content: str, title: str) -> Response:
    picture = BytesIO()
    code = segno.make_qr(content, error=CODE_CORRECTION)
    # White underneath, whatever the page's colours: a code on a dark ground is not read by every phone.
    code.save(picture, kind="svg", scale=8, border=4, light="white", title=title, omitsize=True)
    response = Response(picture.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
