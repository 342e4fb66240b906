"""Messages for the servicer: what a press did, or why it was refused. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.people.servicers import Servicer
from models.queueing.messages.conversation import HELD_BACK
from models.queueing.notes import LONGEST_NOTE
from models.queueing.presses.presses import Button
from models.queueing.presses.taken_away import TakenAway
from models.queueing.presses.undoable import Done, EventRow, PressRow, undo_refusal
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Desk, Queue, with_prefix
from models.queueing.tables.ticket_states import TRANSFERRED, NotPossible
from models.texts.outbox import OutboundMessage
from models.texts.text_states import TextState

MOST_NAMED = 5  # of those whom a call passed over

_DID = {
    EventKind.CALLED: _l("called %(number)s"),
    EventKind.CALLED_AGAIN: _l("called %(number)s again"),
    EventKind.COMING: _l("marked %(number)s as coming"),
    EventKind.STARTED: _l("started %(number)s"),
    EventKind.SERVED: _l("done with %(number)s"),
    EventKind.NO_SHOW: _l("marked %(number)s as a no-show"),
    EventKind.PUT_BACK: _l("put %(number)s back"),
    EventKind.SET_ASIDE: _l("put %(number)s on hold"),
    EventKind.REMOVED: _l("removed %(number)s"),
    EventKind.BROUGHT_BACK: _l("brought %(number)s back"),
    EventKind.JOINED: _l("added %(number)s"),
    EventKind.NAMED: _l("named %(number)s"),
    EventKind.MOVED: _l("moved %(number)s to the front"),
    EventKind.OPENED: _l("opened the queue"),
    EventKind.PAUSED: _l("paused the queue"),
    EventKind.LAST_CALL: _l("started last call"),
    EventKind.CLOSED: _l("closed the queue"),
    EventKind.REPLIED: _l("answered %(number)s"),
    EventKind.DUTY_ENDED: _l("took a break"),
}


class LastPress(NamedTuple):
    id: str
    words: str
    can_undo: bool  # a message that everybody has can't be taken back
    why_not: str  # "" if Undo is possible, or there is nothing to explain
    due_seconds: int | None  # until Undo goes on to the press before it


def press_shown(
    session: Session,
    queue: Queue,
    press: PressRow,
    done: Sequence[Done],
    served: Mapping[int, int],
    now: datetime,
) -> LastPress:
    """The servicer's last press, as it stands beside Undo. `served`: as of `Staff`."""
    refusal = undo_refusal(session, queue, done, served)
    held_until = press.pressed_at + HELD_BACK
    can_recall_it = press.button != Button.ANNOUNCE or can_recall(session, press.id)
    return LastPress(
        press.id,
        words_of_press(session, done),
        can_undo=can_recall_it and refusal is None,
        why_not=why_no_undo(refusal) if refusal else "",
        due_seconds=ceil((held_until - now).total_seconds()) if press.button == Button.REPLY else None,
    )


def words_of_press(session: Session, done: Sequence[Done]) -> str:
    """What a press did, such as "Done with 26, called 27"."""
    sentence = ", ".join(str(words) for words in _clauses(session, done) if words)
    return sentence[:1].upper() + sentence[1:]


def _clauses(session: Session, done: Sequence[Done]) -> list[str]:
    kinds = [each.event.kind for each in done]
    if EventKind.TRANSFERRED in kinds:
        sent_on, came = done[kinds.index(EventKind.REMOVED)], done[kinds.index(EventKind.TRANSFERRED)]
        return [
            _(
                "transferred %(number)s to %(queue)s as %(there)s",
                number=sent_on.label,
                queue=came.queue,
                there=came.label,
            )
        ]
    if EventKind.CLOSED in kinds:
        gone = kinds.count(EventKind.LEFT)
        told = ngettext("told %(num)d person waiting", "told %(num)d people waiting", gone) if gone else ""
        return [str(_DID[EventKind.CLOSED]), told]
    if kinds.count(EventKind.BROUGHT_BACK) > 1:
        back = _("brought %(people)s back", people=people(kinds.count(EventKind.BROUGHT_BACK)))
        return [str(_DID[EventKind.OPENED]) if EventKind.OPENED in kinds else "", back]
    return [_clause(session, each) for each in done]


def _clause(session: Session, done: Done) -> str:
    event, number = done.event, done.label
    facts = event.facts or {}
    if event.kind == EventKind.TAKEN_OVER:
        whose = servicer_name(session, facts["from"])
        return _("took over %(number)s from %(servicer)s", number=number, servicer=whose)
    did = _did(session, event, number)
    if event.kind == EventKind.CALLED and facts.get("ahead"):
        return _("%(did)s before their turn", did=did)
    if did and facts.get("passed"):
        named = [str(with_prefix(done.prefix, number)) for number in facts["passed"][:MOST_NAMED]]
        elsewhere = ", ".join(named if len(named) == len(facts["passed"]) else [*named, "…"])
        return _("%(did)s (elsewhere right now: %(numbers)s)", did=did, numbers=elsewhere)
    if did and facts.get("for"):
        return _("%(did)s, for %(servicer)s", did=did, servicer=servicer_name(session, facts["for"]))
    return did


def _did(session: Session, event: Event | EventRow, number: int | str | None) -> str:
    if event.kind == EventKind.DESK_CHOSEN and event.ticket_id is None:
        return _("went to %(desk)s", desk=desk_name(session, (event.facts or {}).get("desk_id")))
    if event.kind == EventKind.ANNOUNCED:
        return _("messaged %(people)s", people=people(_texts_of(session, event.id)))
    return str(_DID.get(event.kind, "")) % {"number": number}


def words_of_undo(session: Session, press_id: str, did: str) -> str:
    """What Undo reverted, and what it could not: messages that were sent already."""
    announced = select(Event.id).where(Event.press_id == press_id, Event.kind == EventKind.ANNOUNCED)
    event_id = session.scalar(announced)
    gone = _texts_of(session, event_id, TextState.EXPIRED) if event_id is not None else 0
    did = did[:1].lower() + did[1:]
    if gone:
        return _("Undone: %(did)s, but %(people)s already got the message.", did=did, people=people(gone))
    return _("Undone: %(did)s.", did=did)


def words_of_taken_away(session: Session, taken: TakenAway) -> str:
    """Who did what to the servicer's customer."""
    event, number = taken.event, taken.ticket.label
    if event.servicer_id is None:
        return _went_without_servicer(event, number)
    who = servicer_name(session, event.servicer_id)
    if event.kind == EventKind.TAKEN_OVER:
        to = (event.facts or {})["to"]
        if to == event.servicer_id:
            return _("%(servicer)s took over %(number)s from you.", servicer=who, number=number)
        colleague = servicer_name(session, to)
        return _("%(servicer)s gave %(number)s to %(to)s.", servicer=who, number=number, to=colleague)
    if event.kind == EventKind.REMOVED and taken.ticket.reason == TRANSFERRED:
        return _("%(servicer)s transferred %(number)s to another queue.", servicer=who, number=number)
    return _("%(servicer)s did it for you: %(did)s.", servicer=who, did=_did(session, event, number))


def _went_without_servicer(event: Event, number: int | str) -> str:
    facts = event.facts or {}
    if event.kind == EventKind.LEFT and not facts.get("reason"):
        return _("%(number)s has left the line.", number=number)
    if event.kind == EventKind.NO_SHOW:
        return _("%(number)s didn't come in time and is now a no-show.", number=number)
    return _("%(number)s has ended in the meantime.", number=number)


def can_recall(session: Session, press_id: str) -> bool:
    """Whether a message to everybody has not left for all of them yet."""
    theirs = select(OutboundMessage.id).join(Event, Event.id == OutboundMessage.event_id)
    unsent = theirs.where(Event.press_id == press_id, OutboundMessage.state == TextState.WAITING).limit(1)
    return session.scalar(unsent) is not None


def desk_name(session: Session, desk_id: int | None) -> str:
    desk = session.get(Desk, desk_id) if desk_id is not None else None
    return desk.name if desk else _("no desk")


def servicer_name(session: Session, servicer_id: int) -> str:
    return session.get_one(Servicer, servicer_id).name


def people(count: int) -> str:
    return ngettext("%(num)d person", "%(num)d people", count)


def _texts_of(session: Session, event_id: int, *but: TextState) -> int:
    texts = (OutboundMessage.event_id == event_id, OutboundMessage.state.not_in(but))
    return session.scalar(select(func.count()).where(*texts)) or 0


# Refusals -----------------------------------------------------------------------------------------------

CONTACT_DETAILS_OF_REASON = _l(
    "Nothing was changed: customers get the reason by text, so leave out web addresses, email "
    "addresses and phone numbers."
)
_REFUSALS = {
    "repeated": _l("You already pressed that."),
    "stale": _l("Nothing was changed: your page was out of date. Look again, then press."),
    "moved_on": _l("Nothing was changed: %(number)s has changed in the meantime."),
    "of_a_colleague": _l("Nothing was changed: a colleague has %(number)s now."),
    "already_yours": _l("You already have %(number)s."),
    "not_here": _l("Nothing was changed: that number isn't in this queue."),
    "nobody_present": _l("Nothing was changed."),
    "still_serving": _l("Nothing was changed: finish with %(number)s first."),
    "elsewhere": _l("Nothing was changed: another queue has just called %(number)s."),
    "already_here": _l("Nothing was changed: %(number)s is already here."),
    "waited_enough": _l("Nothing was changed: we can't wait any longer for %(number)s."),
    "not_on_duty": _l("You're already off duty."),
    "paused": _l("Nothing was changed: the queue is paused. Open it to call somebody."),
    "closed": _l("Nobody was added: the queue is closed."),
    "last_call": _l("Nobody was added: it's last call, so there are no new numbers."),
    "in_last_call": _l("Nothing was changed: it's last call. Open the queue first."),
    "has_number": _l("Nobody was added: that phone already has number %(number)s."),
    "full": _l("Nobody was added: the queue is full."),
    "nothing_to_undo": _l("There's nothing left to undo."),
    "changed_meanwhile": _l("Nothing was changed: %(number)s has changed in the meantime."),
    "archived": _l("Nothing was changed: this queue is archived."),
    "already_open": _l("The queue is already open."),
    "already_paused": _l("The queue is already paused."),
    "already_last_call": _l("It's already last call."),
    "already_closed": _l("The queue is already closed."),
    "already_first": _l("%(number)s is already first in line."),
    "already_there": _l("Nothing was changed: %(number)s already has a number in that queue."),
    "closed_there": _l("Nothing was changed: that queue is closed."),
    "last_call_there": _l("Nothing was changed: it's last call there, so there are no new numbers."),
    "same_queue": _l("Nothing was changed: choose another queue for %(number)s."),
    "too_late": _l("Nothing was changed: %(number)s ended too long ago."),
    "gone_for_good": _l("Nothing was changed: %(number)s can't be brought back."),
    "has_another": _l("Nothing was changed: they're already in line, with number %(number)s."),
    "nobody_to_bring_back": _l("Nothing was changed: there's nobody left to bring back."),
    "no_such_desk": _l("Nothing was changed: that desk no longer exists."),
    "too_many_walk_ins": _l(
        "Nobody was added: you've given out too many numbers with a phone this hour. Try again in "
        "%(number)s min, or leave the phone out."
    ),
    "nobody_waiting": _l("Nothing was sent: nobody is waiting."),
    "too_many_messages": _l(
        "Nothing was sent: everyone has had several messages this hour. Try again in %(number)s min, "
        "or tell them aloud."
    ),
    "note_closed": _l("Nothing was saved: this number can't have a note any more."),
    "note_too_long": _l("Nothing was saved: that's %(number)s characters. Use at most %(most)s."),
    "note_changed": _l("Nothing was saved: this note has changed in the meantime. Save again to replace it."),
    "note_unreadable": _l("Nothing was saved: those characters can't be seen. To delete the note, empty it."),
    "reply_is_late": _l("Nothing was sent: %(number)s has already ended."),
    "reply_not_wanted": _l("Nothing was sent: %(number)s can't get texts. Tell them aloud."),
    "reply_without_phone": _l(
        "Nothing was sent: we don't have a phone number for %(number)s. Tell them aloud."
    ),
    "texts_used_up": _l("Nothing was sent: today's texts are used up. Tell them aloud."),
    "too_many_replies": _l(
        "Nothing was sent: they've had several answers this hour. Try again in %(number)s min."
    ),
    "too_many_desk_replies": _l(
        "Nothing was sent: you've texted too many people from the desk this hour. Try again in "
        "%(number)s min."
    ),
    "reply_has_left": _l("Nothing was taken back: your answer to %(number)s has been sent already."),
    "nobody_to_text": _l("Nothing was sent: nobody waiting can be texted. Tell them aloud."),
    "serving": _l("Nothing was changed: %(number)s is already being served."),
    "not_called": _l("Nothing was changed: %(number)s is already being served."),
}


def why_no_undo(refusal: NotPossible) -> str:
    """Beside what the last press did, in place of Undo."""
    if refusal.number is None:
        return _("You can't undo this any more: something else has happened since.")
    return _("You can't undo this any more: %(number)s has changed in the meantime.", number=refusal.label)


def refusal_text(refusal: NotPossible) -> str:
    if refusal.reason == "changed_meanwhile" and refusal.number is None:
        return _("Nothing was changed: something else has happened since.")
    words = _REFUSALS.get(refusal.reason, _REFUSALS["nobody_present"])
    return str(words) % {"number": refusal.label, "most": LONGEST_NOTE}


_NO_REPLY = {
    "reply_not_wanted": _l("They can't get texts, so answer them aloud."),
    "reply_without_phone": _l("We don't have their phone number, so answer them aloud."),
}


def why_no_reply_text(reason: str) -> str:
    return str(_NO_REPLY.get(reason, ""))
