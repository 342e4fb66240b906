"""What a customer says in their own words about their ticket, and what the counter answers them alone."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.ticket_states import LIVE, NotPossible, Source
from models.queueing.tables.tickets import Ticket
from models.storage.rate_limits import Limit, count_all, is_over, take_back
from models.texts.daily_allowance import allowance
from models.texts.outbox import drop_untried
from models.texts.remarks import Remark, is_known, remarks_about
from models.texts.text_kinds import TextKind

# So long an answer may be undone: its text waits, and the customer's page does not show it.
HELD_BACK = timedelta(seconds=5)
# What comes beyond reaches nobody.
SAID_ON_TICKET = Limit("said on a ticket", 20, timedelta(hours=1))
REPLIES_ON_TICKET = Limit("replies on a ticket", 10, timedelta(hours=1))
# By one servicer, to people whose phone was given at the desk: who perhaps never wrote to us.
REPLIES_TO_THE_DESK = Limit("replies to the desk", 60, timedelta(hours=1))


def say(session: Session, ticket: Ticket, words: str, *, key: str, by: By, now: datetime) -> bool:
    """The customer says this to the counter, once per `key`. False if they have said too much this hour.

    The ticket must be locked. Raises NotPossible once it is over, and ("forgotten") for a customer who asked
    to be: nothing would ever erase what they said since.
    """
    ticket.require(LIVE)
    if ticket.customer.forgotten_at is not None:
        raise NotPossible("forgotten")
    if is_known(session, key):
        return True
    if count_all(session, [(SAID_ON_TICKET, ticket.id)], now) is not None:
        return False
    remark = _add(session, ticket, words, key, by, now)
    _record(session, ticket, remark, EventKind.SAID, by, now, unanswered=ticket.unanswered_remarks + 1)
    return True


def why_no_reply(ticket: Ticket, *, by_text: bool) -> str | None:
    """Why this customer can't be written to; None if they can, by text or on the page of a web ticket.

    `by_text`: what `goes_by_text` says.
    """
    if not ticket.is_live:
        return "reply_is_late"
    is_of_web = ticket.source == Source.WEB and not ticket.customer.phone_hash
    if by_text or (is_of_web and ticket.customer.forgotten_at is None):
        return None
    return "reply_not_wanted" if ticket.customer.phone_hash else "reply_without_phone"


def goes_by_text(session: Session, ticket: Ticket) -> bool:
    return ticket.customer.can_be_texted(session, ticket.our_number_id)


def reply(session: Session, ticket: Ticket, words: str, *, by: By, now: datetime) -> bool:
    """A servicer answers this one customer, by a press. Held back for a moment. False if they only have the
    page to read it on.

    The ticket must be locked. Raises NotPossible, with one of the reasons above, "texts_used_up", or
    "too_many_replies", "too_many_desk_replies" with the minutes until there may be another.
    """
    assert by.press_id is not None, "which makes it happen once"
    by_text = goes_by_text(session, ticket)
    why = why_no_reply(ticket, by_text=by_text)
    if why is not None:
        raise NotPossible(why, of=ticket)
    if by_text and allowance(session, ticket.queue.business, now).is_used_up:
        raise NotPossible("texts_used_up", of=ticket)
    if is_over(session, REPLIES_ON_TICKET, ticket.id, now):
        raise NotPossible("too_many_replies", number=REPLIES_ON_TICKET.minutes_left(now))
    if ticket.source == Source.DESK and is_over(session, REPLIES_TO_THE_DESK, by.servicer_id, now):
        raise NotPossible("too_many_desk_replies", number=REPLIES_TO_THE_DESK.minutes_left(now))
    remark = _add(session, ticket, words, by.press_id, by, now)
    event_id = _record(session, ticket, remark, EventKind.REPLIED, by, now, unanswered=0)
    return ticket.send(session, TextKind.REPLY, event_id, now, delay=HELD_BACK, note=words)


def is_held_back(remark: Remark, now: datetime) -> bool:
    return not remark.is_by_customer and now < remark.at + HELD_BACK


def recall(session: Session, ticket: Ticket, event: Event, *, by: By, now: datetime) -> None:
    """Undo this answer: as if it had never been. Raises NotPossible("reply_has_left") once they may have it.

    The ticket must be locked.
    """
    remark = session.scalars(select(Remark).where(Remark.event_id == event.id)).one()
    if not is_held_back(remark, now) or not drop_untried(session, ticket.id, event.id, now):
        raise NotPossible("reply_has_left", of=ticket)
    remark.recalled_at = now
    session.flush()
    take_back(session, REPLIES_ON_TICKET, ticket.id, remark.at)
    if ticket.source == Source.DESK:
        take_back(session, REPLIES_TO_THE_DESK, remark.servicer_id, remark.at)
    thread = remarks_of(session, ticket)
    answered = next((place for place, one in enumerate(reversed(thread)) if not one.is_by_customer), None)
    ticket.change(
        session,
        EventKind.UNDONE,
        by,
        now,
        undoes_id=event.id,
        last_remark_id=thread[-1].id if thread else None,
        unanswered_remarks=len(thread) if answered is None else answered,
    )


def remarks_of(session: Session, ticket: Ticket) -> list[Remark]:
    """The whole conversation, also what was said before the ticket was transferred here.

    Costs no query where nothing was said.
    """
    if ticket.last_remark_id is None:
        return []
    before = session.scalars(select(Ticket.id).where(Ticket.moved_to_id == ticket.id)).all()
    return remarks_about(session, [ticket.id, *before])


def _record(
    session: Session, ticket: Ticket, remark: Remark, kind: EventKind, by: By, now: datetime, unanswered: int
) -> int:
    changes: dict[str, Any] = {"last_remark_id": remark.id, "unanswered_remarks": unanswered}
    remark.event_id = ticket.change(session, kind, by, now, **changes)
    return remark.event_id


def _add(session: Session, ticket: Ticket, words: str, key: str, by: By, now: datetime) -> Remark:
    remark = Remark(
        key=key,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        servicer_id=by.servicer_id,
        words=words,
        at=ticket.not_before(now),
    )
    session.add(remark)
    session.flush()
    return remark
