"""A customer's text comes in: taken in once per MessageSid, answered in TwiML, the answer kept with it.

Whatever arrives, a genuine text gets a 2xx: the answer in words, or silence where nobody would read it.
"""

import re
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

import structlog
from flask import Response, abort, current_app, request
from sqlalchemy.orm import Session

from bot.taking_in import IncomingText, TakenIn, take_in_text
from bot.wording import ReplyKind, render
from config import Settings
from models.business import OurNumber
from models.database import reading, transaction
from models.phone import is_allowed, is_e164, masked

SID = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = structlog.get_logger(__name__)


def receive_text() -> Response:
    """`POST /webhooks/sms`; 403 when the text is to a number that is not ours."""
    settings: Settings = current_app.config["SETTINGS"]
    sender, to = _field("From"), _field("To")
    with reading() as session:
        our_number = OurNumber.named(session, to)
    if our_number is None:
        log.warning("text to a number that is not ours", to=masked(to))
        abort(403)
    sid = _field("MessageSid") or _field("SmsMessageSid") or _field("SmsSid")
    if not SID.fullmatch(sid) or not is_e164(sender):
        log.info("text ignored", reason="no phone to answer", sid=sid[:64])
        return twiml(None, settings)
    if not is_allowed(sender, to, settings.allowed_countries):
        log.info("text ignored", reason="country", sid=sid, sender=masked(sender))
        return twiml(None, settings)
    try:
        reply = _take_in(sid, sender, our_number.id, settings)
    except Exception:
        log.exception("text failed", sid=sid, sender=masked(sender))
        return twiml(render(ReplyKind.FAULT, {}, _language(our_number.id)), settings)
    return twiml(reply, settings, sid)


def _take_in(sid: str, sender: str, our_number_id: int, settings: Settings) -> str | None:
    """The reply to this text; a copy of one that came before gets the same and changes nothing."""
    text = IncomingText(sid, our_number_id, sender, _field("Body"), _field("OptOutType") or None)
    now = datetime.now(UTC)
    settle_after = timedelta(seconds=settings.settle_seconds)

    def work(session: Session) -> TakenIn:
        return take_in_text(session, text, now=now, public_url=settings.public_url, settle_after=settle_after)

    taken = transaction(work)
    log.info(
        "text answered", sid=sid, sender=masked(sender), reply=taken.reply_kind or "", copy=not taken.is_new
    )
    return taken.reply


def _language(our_number_id: int) -> str:
    try:
        with reading() as session:
            return session.get_one(OurNumber, our_number_id).business.language
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
