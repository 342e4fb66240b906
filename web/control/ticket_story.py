"""What happened to a ticket, as its page tells it: its events and the texts about it, the oldest first.

Reads only; uses no request. Names servicers and queues, never a phone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.people.actors import Actor
from models.people.servicers import Servicer
from models.queueing.messages.changed_promises import MOVES_AGAIN
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.tickets import Ticket
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from web.http.clock_words import Moment, moment


class HistoryEntry(NamedTuple):
    """One line of a ticket's history."""

    at: Moment
    words: str
    is_text: bool = False


def history(session: Session, ticket: Ticket) -> tuple[HistoryEntry, ...]:
    zone = ticket.queue.business.zone
    told = [(text.created_at, _words_of_text(text), True) for text in _texts(session, ticket)]
    done = [(event.at, words, False) for event, words in _events(session, ticket) if words]
    ordered = sorted(done + told, key=lambda line: (line[0], line[2]))
    return tuple(HistoryEntry(moment(at, zone), words, is_text) for at, words, is_text in ordered)


def _texts(session: Session, ticket: Ticket) -> Iterable[OutboundMessage]:
    mine = select(OutboundMessage).where(OutboundMessage.ticket_id == ticket.id)
    return session.scalars(mine.order_by(OutboundMessage.id))


def _events(session: Session, ticket: Ticket) -> Iterable[tuple[Event, str]]:
    undone = aliased(Event)
    mine = (
        select(Event, Servicer.name, undone.kind)
        .outerjoin(Servicer, Servicer.id == Event.servicer_id)
        .outerjoin(undone, undone.id == Event.undoes_id)
        .where(Event.ticket_id == ticket.id)
    )
    rows = session.execute(mine.order_by(Event.id)).all()
    names = _names_of_others(session, [event for event, _, _ in rows])
    for event, servicer, undone_kind in rows:
        if event.kind == EventKind.UNDONE:
            undone_words = _what(undone_kind, servicer).lower()
            if servicer:
                yield event, _("Undone by %(servicer)s: %(what)s", servicer=servicer, what=undone_words)
            else:
                yield event, _("Undone: %(what)s", what=undone_words)
        else:
            yield event, _words_of_event(event, event.facts or {}, servicer, names)


def _names_of_others(session: Session, events: Sequence[Event]) -> dict[int, str]:
    """The names of servicers that events mention beside the one who acted."""
    told = [(event.facts or {}).get(fact) for event in events for fact in _SERVICERS]
    ids = {servicer_id for servicer_id in told if isinstance(servicer_id, int)}
    if not ids:
        return {}
    rows = session.execute(select(Servicer.id, Servicer.name).where(Servicer.id.in_(ids)))
    return {row.id: row.name for row in rows}


_SERVICERS = ("for", "from", "to")


def _words_of_event(
    event: Event, facts: dict[str, Any], servicer: str | None, names: Mapping[int, str]
) -> str:
    """The event, the servicer if there was one, and those facts that are useful at the counter."""
    match event.kind:
        case EventKind.JOINED:
            how = str(_JOINED.get(facts.get("source", ""), _EVENTS[EventKind.JOINED]))
            return _promised(_with_place(_by(how, servicer), facts), facts)
        case EventKind.CALLED if facts.get("ahead"):
            return _with_place(_by(_("Called before their turn"), servicer), facts)
        case EventKind.BROUGHT_BACK if event.actor == Actor.CUSTOMER:
            return _with_place(_("Said they're still coming"), facts)
        case EventKind.MOVED if event.actor == Actor.CUSTOMER:
            return _with_place(_("Let others go first"), facts)
        case EventKind.PROMISE_CHANGED:
            how = "moves" if facts.get("why") == MOVES_AGAIN else facts["change"]
            return _promised(str(_CHANGES[how]), facts)
        case EventKind.TAKEN_OVER:
            return _taken_over(event, servicer, names)
        case EventKind.SERVED if facts.get("forgotten"):
            return _("Closed at the end of the day: nobody pressed Done")
        case EventKind.TRANSFERRED:
            came = _("Transferred from %(queue)s", queue=facts.get("from") or _("another queue"))
            return _with_place(_by(came, servicer), facts)
        case _:
            what = _what(event.kind, servicer)
            done = _with_place(_by(what, servicer), facts) if what else ""
            whose = names.get(facts.get("for", 0))
            return _("%(what)s, for %(servicer)s", what=done, servicer=whose) if done and whose else done


def _what(kind: EventKind, servicer: str | None) -> str:
    if kind == EventKind.COMING and servicer:
        return _("Marked as coming")
    return str(_EVENTS.get(kind, ""))


def _taken_over(event: Event, servicer: str | None, names: Mapping[int, str]) -> str:
    facts = event.facts or {}
    before, after = names.get(facts["from"], ""), names.get(facts["to"], "")
    if event.servicer_id == facts["to"]:
        return _("%(servicer)s took over from %(colleague)s", servicer=after, colleague=before)
    handed = _("Handed over from %(colleague)s to %(servicer)s", servicer=after, colleague=before)
    return _by(handed, servicer)


def _by(what: str, servicer: str | None) -> str:
    return _("%(what)s by %(servicer)s", what=what, servicer=servicer) if servicer else what


def _with_place(what: str, facts: dict[str, Any]) -> str:
    ahead = facts.get("ahead")
    return _("%(what)s, %(ahead)s ahead", what=what, ahead=ahead) if ahead else what


def _promised(what: str, facts: dict[str, Any]) -> str:
    """Append the range that they were told, and the wait that was expected."""
    low, high, expected = facts.get("low"), facts.get("high"), facts.get("expected")
    if not low or not high:
        return what
    if not expected:
        return _("%(what)s, told %(low)s–%(high)s min", what=what, low=low, high=high)
    minutes = max(1, round(expected))
    told = {"what": what, "low": low, "high": high, "expected": minutes}
    return _("%(what)s, told %(low)s–%(high)s min (%(expected)s expected)", **told)


_JOINED = {
    "text": _l("Took a number by text"),
    "web": _l("Took a number on the web"),
    "desk": _l("Took a number at the desk"),
}

_CHANGES = {
    "later": _l("It takes longer than they were told"),
    "sooner": _l("It goes faster than they were told"),
    "moves": _l("The line moves again"),
}

_EVENTS = {
    EventKind.JOINED: _l("Took a number"),
    EventKind.CALLED: _l("Called"),
    EventKind.CALLED_AGAIN: _l("Called again"),
    EventKind.STARTED: _l("Started"),
    EventKind.SERVED: _l("Done"),
    EventKind.LEFT: _l("Left the line"),
    EventKind.NO_SHOW: _l("Marked as no-show"),
    EventKind.REMOVED: _l("Removed"),
    EventKind.PUT_BACK: _l("Put back"),
    EventKind.SET_ASIDE: _l("Put on hold"),
    EventKind.BROUGHT_BACK: _l("Brought back"),
    EventKind.NAMED: _l("Name or party changed"),
    EventKind.PHONE_BOUND: _l("Asked for texts on their phone"),
    EventKind.MOVED: _l("Moved to the front"),
    EventKind.PROMISE_CHANGED: _l("Their wait changed"),
    EventKind.ARRIVED: _l("Said they're here"),
    EventKind.COMING: _l("Said they're coming"),
    EventKind.LEAD_SET: _l("Asked for more notice"),
    EventKind.RATED: _l("Rated the service"),
    EventKind.TRANSFERRED: _l("Transferred"),
    EventKind.NOT_HERE: _l("Not here yet"),
    EventKind.DESK_CHOSEN: _l("Sent to another desk"),
    EventKind.TAKEN_OVER: _l("Taken over"),
    EventKind.SAID: _l("Wrote to the counter"),
    EventKind.REPLIED: _l("Answered"),
    EventKind.ANSWERED: _l("Answered your question"),
    EventKind.NOTED: _l("Note changed"),
    EventKind.FORGOTTEN: _l("Forgotten"),
    EventKind.SAID_LEAVING: _l("Said they're leaving"),
}


def _words_of_text(text: OutboundMessage) -> str:
    return _(
        "Text “%(kind)s”: %(state)s",
        kind=str(_TEXTS.get(text.kind, text.kind)),
        state=state_of_text(text),
    )


def state_of_text(text: OutboundMessage) -> str:
    return _("read") if text.read_at is not None else str(_STATES[text.state])


_TEXTS = {
    TextKind.JOINED: _l("your number"),
    TextKind.NEARLY_UP: _l("nearly up"),
    TextKind.PROMISE_CHANGED: _l("the wait has changed"),
    TextKind.YOUR_TURN: _l("your turn"),
    TextKind.REMINDER: _l("we're waiting for you"),
    TextKind.CALLED_TOO_EARLY: _l("called too early"),
    TextKind.STILL_CALLED: _l("we're still ready for you"),
    TextKind.STILL_WAITING: _l("still in line"),
    TextKind.PUT_BACK: _l("put back"),
    TextKind.ON_HOLD: _l("on hold"),
    TextKind.NO_SHOW: _l("we missed you"),
    TextKind.TRANSFERRED: _l("we moved you"),
    TextKind.REMOVED: _l("removed from the line"),
    TextKind.BROUGHT_BACK: _l("brought back"),
    TextKind.DAY_ENDED: _l("closed for today"),
    TextKind.TAKEN_BACK: _l("number given by mistake"),
    TextKind.ANNOUNCEMENT: _l("message to everybody"),
    TextKind.REPLY: _l("answer"),
    TextKind.RATING: _l("how was it?"),
}

_STATES = {
    TextState.WAITING: _l("about to go out"),
    TextState.SENDING: _l("sending"),
    TextState.UNKNOWN: _l("not confirmed"),
    TextState.ACCEPTED: _l("sent"),
    TextState.SENT: _l("sent"),
    TextState.DELIVERED: _l("delivered"),
    TextState.REJECTED: _l("failed"),
    TextState.FAILED: _l("failed"),
    TextState.EXPIRED: _l("not sent, out of date"),
}
