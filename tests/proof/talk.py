"""What guests and servicers said to each other: each once, on the other side too, and in its order."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.reply_kinds import ReplyKind
from models.queueing.messages.conversation import remarks_of
from models.queueing.tables.tickets import Ticket
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from models.texts.remarks import Remark
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.fake_carrier import Message
from tests.proof.fallback import is_kept_from, stands_in, without_introduction
from tests.proof.people import COMING, Guest, talk_of

NOBODY_IN_LINE = (ReplyKind.UNKNOWN, ReplyKind.TOO_MANY)


def faults_of_talk(
    session: Session,
    guest: Guest,
    messages: Sequence[Message],
    taken_in: Mapping[str, InboundMessage],
    tickets: Sequence[Ticket],
) -> Iterator[str]:
    shown = [remark for ticket in tickets for remark in remarks_of(session, ticket)]
    yield from _said(guest, messages, taken_in, shown)
    yield from _recalled(session, guest, tickets)
    yield from _answered(session, guest, [one for one in shown if not one.is_by_customer])


def _said(
    guest: Guest, messages: Sequence[Message], taken_in: Mapping[str, InboundMessage], shown: Sequence[Remark]
) -> Iterator[str]:
    """Each text of theirs in their own words is shown once, unless they had no number just then."""
    by_key = Counter(remark.key for remark in shown if remark.is_by_customer)
    said = [one for one in messages if one.direction == "inbound" and one.body in talk_of(guest.index)]
    for one in said:
        row = taken_in.get(one.sid)
        had_none = row is not None and row.reply_kind in NOBODY_IN_LINE
        if by_key.pop(one.sid, 0) != (0 if had_none else 1):
            yield f"said {one.body!r}, which is not shown once"
    for one in messages:
        row = taken_in.get(one.sid)
        if one.direction == "inbound" and one.body == COMING and row is not None:
            times = by_key.pop(one.sid, 0)  # the counter sees that they are coming, not a bare number
            if times > (0 if row.reply_kind == ReplyKind.COMING else 1):
                yield f"said that they are coming, which is shown {times} times"
    if by_key:
        yield f"is shown to have said what they never texted: {list(by_key)}"
    in_time = [one.sid for one in said if one.sid in taken_in and not taken_in[one.sid].late]
    order = [remark.key for remark in shown if remark.key in in_time]
    if order != [sid for sid in in_time if sid in order]:
        yield f"is shown to have said things in another order: {order}"


def _answered(session: Session, guest: Guest, answers: Sequence[Remark]) -> Iterator[str]:
    """Each answer is on the screen once, unless it was dropped for a reason; in order."""
    rows = {
        row.event_id: row
        for row in session.scalars(
            select(OutboundMessage).where(
                OutboundMessage.kind == TextKind.REPLY,
                OutboundMessage.event_id.in_([answer.event_id for answer in answers]),
            )
        )
    }
    for words, count in Counter(answer.words for answer in answers).items():
        if count != 1:
            yield f"was answered {words!r} {count} times"
    sent = []
    for answer in answers:
        row = rows.get(answer.event_id)
        on_screen = sum(_brings(text, answer.words) for text in guest.screen)
        arrived = row is not None and row.state in (TextState.ACCEPTED, TextState.SENT, TextState.DELIVERED)
        is_missing = arrived and on_screen != 1 and not guest.has_stopped
        if on_screen > 1 or is_missing:
            yield f"has the answer {answer.words!r} {on_screen} times on the screen"
        was_dropped = row is not None and row.state in (TextState.EXPIRED, TextState.REJECTED)
        if row is not None and not arrived and not was_dropped and not is_kept_from(guest, row):
            yield f"the answer {answer.words!r} is {row.state}"
        if arrived and on_screen and row is not None:
            sent.append((row, answer.words))
    for (earlier, first), (_, second) in pairwise(sent):
        places = [next(i for i, text in enumerate(guest.screen) if _brings(text, w)) for w in (first, second)]
        was_known_at_once = earlier.attempts == 1 and earlier.absent_at is None and not stands_in(earlier)
        if was_known_at_once and places != sorted(places):
            yield f"has answers out of order: {guest.screen}"


def _recalled(session: Session, guest: Guest, tickets: Sequence[Ticket]) -> Iterator[str]:
    """An answer that was undone in time is on no screen."""
    theirs = (Remark.ticket_id.in_([ticket.id for ticket in tickets]), Remark.recalled_at.is_not(None))
    for words in session.scalars(select(Remark.words).where(*theirs)):
        if any(_brings(text, words) for text in guest.screen):
            yield f"has the answer {words!r} on the screen, which was undone"


def _brings(text: str, words: str) -> bool:
    """Whether this text is the answer with these words."""
    return without_introduction(text).endswith(words)
