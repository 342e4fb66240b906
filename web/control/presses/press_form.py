"""The form of a button as it was sent: its fields, each checked for its shape. Knows no queue."""

import re

from flask import abort, request

from bot.wording.contact_details import as_named
from models.queueing.presses.presses import Button
from models.storage.database import LARGEST_ID
from web.control.messages.message import Message
from web.control.messages.reply import Reply
from web.control.press_context import PressRequest
from web.control.walk_in import WalkIn

PRESS_ID = re.compile(r"[0-9a-f]{32}")
LONGEST_REASON = 80


def press_request(
    button: Button,
    press_id: str,
    *,
    to_id: int | None,
    note: Message | None,
    reply: Reply | None,
    walk_in: WalkIn | None,
) -> PressRequest:
    return PressRequest(
        button=button,
        press_id=press_id,
        present=request.form.get("present", ""),
        undoes=request.form.get("undoes", ""),
        ticket_id=sent_id("ticket"),
        state=request.form.get("state", ""),
        whose=request.form.get("whose", ""),
        to_id=to_id,
        desk_id=sent_id("desk"),
        note=_words(button, note, reply),
        noted=request.form.get("noted", ""),
        reason=as_named(request.form.get("reason", ""))[:LONGEST_REASON].rstrip(),
        walk_in=walk_in,
        is_sure="sure" in request.form,
    )


def _words(button: Button, note: Message | None, reply: Reply | None) -> str:
    """400 if a servicer's own note is missing, since an empty one takes the note away."""
    if button == Button.NOTE:
        return request.form["note"]
    return note.note if note else reply.words if reply else ""


def button_at(address: str) -> Button:
    """The button named in an address, such as call-next; 404 if there is none."""
    try:
        return Button(address.replace("-", "_"))
    except ValueError:
        abort(404)


def sent_press_id() -> str:
    """400 unless it is an id as our pages have them."""
    press_id = request.form.get("press", "")
    if not PRESS_ID.fullmatch(press_id):
        abort(400)
    return press_id


def sent_id(field: str) -> int | None:
    """The id in a form field; None if it is empty or missing, 400 if it is malformed."""
    typed = request.form.get(field, "")
    if not typed:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", typed) or int(typed) > LARGEST_ID:
        abort(400)
    return int(typed)
