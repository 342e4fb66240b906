"""A customer's text comes in: taken in once per MessageSid, answered in TwiML, the answer kept with it.

Whatever arrives, a genuine text gets a 2xx: the answer in words, or silence where nobody would read it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from xml.sax.saxutils import escape, quoteattr

import structlog
from flask import Response, abort, current_app, request
from sqlalchemy.orm import Session

from bot.incoming import TakenIn, TextAtTheDoor
from bot.taking_in import may_share_a_commit, take_in_texts
from bot.wording import ReplyKind, render
from config import Settings
from models.business import OurNumber
from models.database import reading
from models.gathering import Gathering
from models.phone import is_allowed, is_e164, masked
from models.request_id import current_request_id

SID = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = structlog.get_logger(__name__)


def receive_text() -> Response:
    """`POST /webhooks/sms`; 403 when the text is to a number that is not ours."""
    settings: Settings = current_app.config["SETTINGS"]
    sender, to = _field("From"), _field("To")
    sid = _field("MessageSid") or _field("SmsMessageSid") or _field("SmsSid")
    if not SID.fullmatch(sid) or not is_e164(sender):
        return _ignored(settings, to, reason="no phone to answer", sid=sid[:64])
    if not is_allowed(sender, to, settings.allowed_countries):
        return _ignored(settings, to, reason="country", sid=sid, sender=masked(sender))
    opt_out_type = _field("OptOutType") or None
    text = TextAtTheDoor(sid, to, sender, _field("Body"), opt_out_type, current_request_id())
    try:
        taken = _texts(settings)(text)
    except Exception:
        log.exception("text failed", sid=sid, sender=masked(sender))
        return twiml(render(ReplyKind.FAULT, {}, _language(to)), settings)
    if taken is None:
        _refuse(to)
    log.info(
        "text answered",
        sid=sid,
        sender=masked(sender),
        reply=taken.reply_kind or "",
        copy=not taken.is_new,
        **({"ticket": taken.ticket_id} if taken.ticket_id else {}),
    )
    return twiml(taken.reply, settings, sid)


def _texts(settings: Settings) -> Gathering[TextAtTheDoor, TakenIn | None]:
    """Where the texts of one moment come together; a copy of one that came before changes nothing."""
    gathering: Gathering[TextAtTheDoor, TakenIn | None] | None = current_app.extensions.get("texts")
    if gathering is None:
        settle_after = timedelta(seconds=settings.settle_seconds)

        def work(session: Session, texts: Sequence[TextAtTheDoor]) -> Sequence[TakenIn | None]:
            now, public_url = datetime.now(UTC), settings.public_url
            return take_in_texts(session, texts, now=now, public_url=public_url, settle_after=settle_after)

        gathering = Gathering(work, apart=may_share_a_commit)
        gathering = current_app.extensions.setdefault("texts", gathering)
    return gathering


def _ignored(settings: Settings, to: str, **why: str) -> Response:
    """Nothing is done for a text that nobody could be answered on; but it must be to a number of ours."""
    with reading() as session:
        if OurNumber.named(session, to) is None:
            _refuse(to)
    log.info("text ignored", **why)
    return twiml(None, settings)


def _refuse(to: str) -> NoReturn:
    log.warning("text to a number that is not ours", to=masked(to))
    abort(403)


def _language(to: str) -> str:
    try:
        with reading() as session:
            our_number = OurNumber.named(session, to)
            return our_number.business.language if our_number else "en"
    except Exception:  # the database may be what is broken
        return "en"


def _field(name: str) -> str:
    """A form field without the characters that no database or page wants."""
    return request.form.get(name, "").replace("\x00", "").strip()


def twiml(text: str | None, settings: Settings, sid: str | None = None) -> Response:
    """The answer in the carrier's XML; the action address is where its delivery is reported."""
    if text is None:
        return Response("<Response/>", mimetype="text/xml")
    action = f" action={quoteattr(f'{settings.public_url}/webhooks/status?reply={sid}')}" if sid else ""
    return Response(f"<Response><Message{action}>{escape(text)}</Message></Response>", mimetype="text/xml")
