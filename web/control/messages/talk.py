"""The conversation with one customer, for the ticket's page, and how they can be answered. Reads only."""

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import get_locale, gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.canned_replies import replies_in
from models.people.servicers import Servicer
from models.queueing.messages.conversation import goes_by_text, remarks_of, why_no_reply
from models.queueing.tables.tickets import Ticket
from models.texts.canned_replies import own_replies
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from web.control.messages.reply import text_before
from web.control.ticket_story import state_of_text
from web.control.words import why_no_reply_text
from web.http.clock_words import Moment, moment


class Line(NamedTuple):
    at: Moment
    words: str
    by: str  # the servicer, or "" for the customer
    became: str  # of an answer


class Canned(NamedTuple):
    words: str  # in the language of the customer
    label: str  # and of the servicer


class Talk(NamedTuple):
    lines: tuple[Line, ...]
    why_not: str  # why they can't be answered; "" if they can
    is_texted: bool
    before: str  # what stands before the answer in its text
    canned: tuple[Canned, ...]


def talk_with(session: Session, ticket: Ticket) -> Talk:
    is_texted = goes_by_text(session, ticket)
    why = why_no_reply(ticket, by_text=is_texted)
    return Talk(
        lines=tuple(_lines(session, ticket)),
        why_not=why_no_reply_text(why) if why and ticket.is_live else "",
        is_texted=is_texted,
        before=text_before(ticket) if is_texted else "",
        canned=() if why else _canned(session, ticket),
    )


def _lines(session: Session, ticket: Ticket) -> list[Line]:
    zone, remarks = ticket.queue.business.zone, remarks_of(session, ticket)
    texts = _texts_of(session, [one.event_id for one in remarks if not one.is_by_customer])
    names = _names_of(session, {one.servicer_id for one in remarks})
    return [
        Line(
            moment(one.at, zone),
            one.words,
            names.get(one.servicer_id, ""),
            "" if one.is_by_customer else _became(texts.get(one.event_id)),
        )
        for one in remarks
    ]


def _became(text: OutboundMessage | None) -> str:
    return _("on their page") if text is None else state_of_text(text)


def _texts_of(session: Session, event_ids: Sequence[int | None]) -> dict[int | None, OutboundMessage]:
    """The answers' texts, the last of each: one that failed may have gone out again."""
    if not event_ids:
        return {}
    theirs = (OutboundMessage.event_id.in_(event_ids), OutboundMessage.kind == TextKind.REPLY)
    texts = session.scalars(select(OutboundMessage).where(*theirs).order_by(OutboundMessage.id))
    return {text.event_id: text for text in texts}


def _names_of(session: Session, servicer_ids: set[int | None]) -> dict[int | None, str]:
    ids = servicer_ids - {None}
    rows = session.execute(select(Servicer.id, Servicer.name).where(Servicer.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}


def _canned(session: Session, ticket: Ticket) -> tuple[Canned, ...]:
    """With the servicer's words for them, where both lists say the same in the same order."""
    own = own_replies(session, ticket.queue.business_id)
    theirs, mine = replies_in(own, ticket.language), replies_in(own, str(get_locale()))
    labels = mine if len(mine) == len(theirs) else theirs
    return tuple(Canned(words, label) for words, label in zip(theirs, labels, strict=True))
