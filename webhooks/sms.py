"""The webhook for incoming texts of every channel. Each MessageSid is handled once and answered in TwiML.

A genuine text always gets a 2xx: a reply, or an empty response if nobody could read one.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from xml.sax.saxutils import escape, quoteattr

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from bot.handle_texts import handle_texts, lock_queue_named, may_share_a_commit
from bot.incoming import HandledText, UnroutedText
from bot.joining.hidden_phones import answer_without_phone, is_user_id
from bot.reply_kinds import ReplyKind
from bot.wording.rendering import render
from bot.wording.text_forms import form_for
from config.settings import Settings
from models.people.addresses import Address, Channel, read_address
from models.people.business import OurNumber
from models.people.phone_countries import is_allowed
from models.people.phone_numbers import is_e164, masked
from models.people.refused_countries import is_written, record_refusal
from models.storage.database import reading, transaction
from models.storage.group_commit import GroupCommit
from models.storage.request_id import current_request_id
from webhooks.posts import Answer, Post

SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
Together = GroupCommit[UnroutedText, HandledText | None]

log = structlog.get_logger(__name__)


def view(settings: Settings) -> Callable[[Post], Answer]:
    together = group_commit(settings)
    return lambda post: receive_text(post, settings, together)


def receive_text(post: Post, settings: Settings, together: Together) -> Answer:
    """`POST /webhooks/sms`; answers 403 if the text is to a number that is not ours."""
    channel, sender = read_address(post.field("From"))
    to = read_address(post.field("To"))
    sid = post.field("MessageSid") or post.field("SmsMessageSid") or post.field("SmsSid")
    if channel == to.channel == Channel.WHATSAPP and is_user_id(sender):
        return _without_phone(settings, to, sender, _words(post))
    if not SID.fullmatch(sid) or not is_e164(sender) or channel != to.channel:
        return _ignored(settings, to, reason="no phone to answer", sid=sid[:64])
    opt_out_type = post.field("OptOutType") or None
    text = UnroutedText(sid, to.phone, sender, _words(post), opt_out_type, current_request_id(), channel)
    try:
        from_here = is_allowed(sender, _home(to), settings.allowed_countries)
        handled = together(text) if from_here else None
    except Exception:
        log.exception("text failed", sid=sid, sender=masked(sender))
        return twiml(render(ReplyKind.FAULT, {}, _language(to), form=form_for(channel)), settings)
    if not from_here:
        _record_country(sender, to)
        return _ignored(settings, to, reason="country", sid=sid, sender=masked(sender))
    if handled is None:
        _refuse(to)
    log.info(
        "text answered",
        sid=sid,
        sender=masked(sender),
        reply=handled.reply_kind or "",
        **({} if handled.is_new else {"copy": True}),
        **({"ticket": handled.ticket_id} if handled.ticket_id else {}),
    )
    return twiml(handled.reply, settings, sid)


def group_commit(settings: Settings) -> Together:
    """Batches texts that arrive at the same moment into one commit. A repeated text changes nothing."""
    public_url, settle_after = settings.public_url, timedelta(seconds=settings.settle_seconds)

    def work(
        session: Session, first: UnroutedText, group: Callable[[], Sequence[UnroutedText]]
    ) -> Sequence[HandledText | None]:
        lock_queue_named(session, first)
        texts, now = group(), datetime.now(UTC)
        return handle_texts(session, texts, now=now, public_url=public_url, settle_after=settle_after)

    return GroupCommit(work, group_of=may_share_a_commit)


def _words(post: Post) -> str:
    """What was texted. A button of ours stands for the word in its payload, whatever its label says."""
    return post.field("ButtonPayload") or post.field("Body") or post.field("ButtonText")


def _home(to: Address) -> str:
    """The phone whose country is ours; looked up only where the address is no phone."""
    if to.channel != Channel.RCS:
        return to.phone
    with reading() as session:
        ours = OurNumber.at(session, to)
        return ours.home_phone if ours is not None else to.phone


def _without_phone(settings: Settings, to: Address, sender: str, words: str) -> Answer:
    """For somebody whose phone WhatsApp keeps from us: the answer is all that there is."""
    now = datetime.now(UTC)

    def work(session: Session) -> str | None:
        ours = OurNumber.at(session, to)
        if ours is None:
            _refuse(to)
        return answer_without_phone(session, ours, sender, words, now=now, public_url=settings.public_url)

    reply = transaction(work)
    log.info("text ignored", reason="WhatsApp keeps the phone from us", answered=reply is not None)
    return twiml(reply, settings)


def _ignored(settings: Settings, to: Address, **why: str) -> Answer:
    """For texts that can't be answered: nothing is done, but the number texted must still be ours."""
    with reading() as session:
        if OurNumber.at(session, to) is None:
            _refuse(to)
    log.info("text ignored", **why)
    return twiml(None, settings)


def _record_country(sender: str, to: Address) -> None:
    """The manager sees which countries are refused. Not worth failing for: the text is ignored anyhow."""
    now = datetime.now(UTC)
    try:
        with reading() as session:
            number = OurNumber.at(session, to)
            number_id = number.id if number is not None else None
            if number_id is None or is_written(session, number_id, sender, now):
                return
        transaction(lambda session: record_refusal(session, number_id, sender, now))
    except (SQLAlchemyError, OSError):  # the latter is the lock file's
        log.exception("refused country not recorded")


def _refuse(to: Address) -> NoReturn:
    log.warning("text to a number that is not ours", to=masked(to.phone))
    raise Forbidden


def _language(to: Address) -> str:
    try:
        with reading() as session:
            our_number = OurNumber.at(session, to)
            return our_number.business.language if our_number else "en"
    except Exception:  # the database itself may have failed
        return "en"


def twiml(text: str | None, settings: Settings, sid: str | None = None) -> Answer:
    """The reply as TwiML; its delivery is reported to the action address."""
    if text is None:
        return Answer("<Response/>", "text/xml")
    action = f" action={quoteattr(f'{settings.public_url}/webhooks/status?reply={sid}')}" if sid else ""
    return Answer(f"<Response><Message{action}>{escape(text)}</Message></Response>", "text/xml")
