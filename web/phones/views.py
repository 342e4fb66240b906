"""Pretend phones: try everything in one browser. Only available while no carrier is configured.

A phone's text is posted with a real signature to the webhook that the carrier would call. What the outbox
sends is stored in the same conversations by jobs/, and appears by itself.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from config.settings import CarrierName, Settings
from models.people.addresses import Address, Channel, read_address, spelled
from models.people.business import OurNumber
from models.people.phone_numbers import is_e164
from models.queueing.door_codes import shown_code
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.storage.database import LARGEST_ID, reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.pretend_phones import PretendText, pretend_conversation, store_pretend_text
from web.customer.queue_page import readable_phone
from web.http.csrf import masked_token
from web.phones.pretend_carrier import Undelivered, post_text

NAMES = ("Ana", "Ben", "Cai", "Dee", "Eli", "Fay", "Gus", "Hana", "Ivo", "Joy", "Kim", "Leo")
USUAL = 4
LONGEST_TEXT = 1600
# Concurrent commits may become visible out of order, so each poll also looks at some earlier ids.
OVERLAP = 20
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")

blueprint = Blueprint("phones", __name__, url_prefix="/phones")


class Bubble(NamedTuple):
    """One text as the phone shows it; `pieces` are (text, is_link) in order."""

    id: int
    is_typed: bool
    clock: str
    channel: Channel
    is_read: bool  # the counter was told that they have read it
    pieces: tuple[tuple[str, bool], ...]


class Ours(NamedTuple):
    """One of our numbers, the keywords to text to it, and the address of the first of their queues."""

    number: Address
    shown: str
    business: str
    keywords: tuple[str, ...]
    address: str
    joining: str  # what to text to the first of them, before the name

    @property
    def channel(self) -> Channel:
        return self.number.channel


class Phone(NamedTuple):
    place: int
    name: str
    number: str  # E.164
    shown: str
    usual: Ours  # whom it texts unless another is chosen, and by which channel
    bubbles: tuple[Bubble, ...]


@blueprint.before_request
def only_without_a_carrier() -> None:
    if _settings().carrier != CarrierName.PRETEND:
        abort(404)


@blueprint.get("")
def show() -> str:
    count = _count()
    with reading() as session:
        ours = _ours(session)
        numbers = enumerate(_numbers(ours, count))
        phones = [_phone(session, place, number, _usual(ours, place)) for place, number in numbers]
    more = min(count + 1, len(NAMES))
    channels = len({one.channel for one in ours})
    return render_template(
        "web/phones/phones.html", phones=phones, ours=ours, channels=channels, count=count, more=more
    )


@blueprint.get("/texts")
def texts() -> Response:
    """For phones.js: the texts after the id `after`, each as rendered HTML."""
    after = min(max(request.args.get("after", 0, type=int), 0), LARGEST_ID)
    with reading() as session:
        numbers = _numbers(_ours(session), _count())
        wanted = select(PretendText).where(PretendText.phone.in_(numbers), PretendText.id > after - OVERLAP)
        found = session.scalars(wanted.order_by(PretendText.id).limit(200)).all()
        new = [(text.phone, bubble) for text, bubble in zip(found, _bubbles(session, found), strict=True)]
    pieces = [
        {"id": bubble.id, "phone": phone, "html": render_template("web/phones/bubble.html", bubble=bubble)}
        for phone, bubble in new
    ]
    # Signing in in another tab starts a new session, so the forms of this page need a new CSRF token.
    return jsonify(texts=pieces, csrf_token=masked_token())


@blueprint.post("/send")
def send() -> Response | tuple[Response, int]:
    """Send a text from a pretend phone."""
    phone, to = request.form.get("phone", ""), read_address(request.form.get("to", ""))
    body = request.form.get("body", "").replace("\0", "")[:LONGEST_TEXT]
    with reading() as session:
        is_ours = OurNumber.at(session, to) is not None
        is_phone = is_e164(phone) and OurNumber.by_phone(session, phone) is None
    if not (is_ours and is_phone):
        abort(400)
    problem = _send(phone, to, body) if body.strip() else None
    if request.accept_mimetypes.best == "application/json":
        return jsonify(problem=problem), 502 if problem else 200
    if problem:
        flash(problem, "problem")
    return redirect(url_for("phones.show", phones=_count(), _anchor=f"phone-{phone[1:]}"), 303)


def _send(phone: str, to: Address, body: str) -> str | None:
    """Post the text to our webhook and store both sides; returns the problem, if there was one."""
    _store(phone, to, [body], from_phone=True)
    try:
        replies = post_text(_settings(), spelled(to.channel, phone), str(to), body)
    except Undelivered as failure:
        return _("Your text didn't arrive: %(why)s", why=str(failure))
    _store(phone, to, replies, from_phone=False)
    return None


def _store(phone: str, ours: Address, bodies: Iterable[str], *, from_phone: bool) -> None:
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        for body in bodies:
            store_pretend_text(
                session, phone, ours.phone, body, from_phone=from_phone, now=now, channel=ours.channel
            )

    transaction(work)


def _ours(session: Session) -> list[Ours]:
    in_use = select(OurNumber).where(OurNumber.retired_at.is_(None)).order_by(OurNumber.id)
    numbers = session.scalars(in_use.options(joinedload(OurNumber.business))).all()
    open_first = (
        select(Queue)
        .where(Queue.archived_at.is_(None))
        .order_by(Queue.state != QueueState.OPEN, Queue.keyword != "DEMO", Queue.id)
    )
    queues = session.scalars(open_first).all()
    return [_as_shown(one, queues) for one in numbers]


def _as_shown(number: OurNumber, all_queues: Sequence[Queue]) -> Ours:
    queues = [queue for queue in all_queues if queue.business_id == number.business_id]
    return Ours(
        number=number.address,
        shown=readable_phone(number.phone) if is_e164(number.phone) else number.phone,
        business=number.business.name,
        keywords=tuple(queue.keyword for queue in queues),
        address=queues[0].address if queues else "",
        joining=_joining(queues[0], datetime.now(UTC)) if queues else "",
    )


def _joining(queue: Queue, now: datetime) -> str:
    """Whoever holds a pretend phone is where the queue is, and sees its door code."""
    code = shown_code(queue, now)
    return f"{queue.keyword} {code.code}" if code else queue.keyword


def _numbers(ours: list[Ours], count: int) -> list[str]:
    """Invented numbers of the same country and region as ours, so that none is refused as foreign."""
    taken = [one.number.phone for one in ours if is_e164(one.number.phone)]
    if not taken:
        return []
    made_up = (f"{taken[0][:-4]}{last:04d}" for last in range(1001, 2000))
    return [number for number in made_up if number not in taken][:count]


def _usual(ours: Sequence[Ours], place: int) -> Ours:
    """The first phone texts by SMS, the next by the next channel that we have, and so around."""
    present = [channel for channel in Channel if any(one.channel == channel for one in ours)]
    channel = present[place % len(present)]
    return next(one for one in ours if one.channel == channel)


def _phone(session: Session, place: int, number: str, usual: Ours) -> Phone:
    conversation = pretend_conversation(session, number)
    return Phone(
        place=place + 1,
        name=NAMES[place],
        number=number,
        shown=readable_phone(number),
        usual=usual,
        bubbles=tuple(_bubbles(session, conversation)),
    )


def _bubbles(session: Session, conversation: Sequence[PretendText]) -> list[Bubble]:
    zones = {one.phone: one.business.zone for one in session.scalars(select(OurNumber))}
    sids = [text.sid for text in conversation if text.sid is not None and not text.channel.has_segments]
    read = set(session.scalars(select(OutboundMessage.carrier_sid).where(_were_read(sids)))) if sids else ()
    return [
        Bubble(
            id=text.id,
            is_typed=text.from_phone,
            clock=text.at.astimezone(zones.get(text.our_number, UTC)).strftime("%H:%M"),
            channel=text.channel,
            is_read=text.sid in read,
            pieces=pieces(text.body),
        )
        for text in conversation
    ]


def _were_read(sids: Sequence[str]) -> ColumnElement[bool]:
    return and_(OutboundMessage.carrier_sid.in_(sids), OutboundMessage.read_at.is_not(None))


def pieces(body: str) -> tuple[tuple[str, bool], ...]:
    """The text split at its links."""
    found, at = [], 0
    for link in LINK.finditer(body):
        found += [(body[at : link.start()], False), (link.group(), True)]
        at = link.end()
    return tuple(piece for piece in [*found, (body[at:], False)] if piece[0])


def _count() -> int:
    """How many phones the page shows."""
    return min(max(request.values.get("phones", USUAL, type=int), 1), len(NAMES))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
