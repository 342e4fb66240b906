"""What a press did, or why it did nothing: in the words that the servicer reads. Reads only."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from models.event import Event, EventKind
from models.message import OutboundMessage, TextState
from models.queues import Desk, Queue
from models.ticket import NotPossible, Ticket

_DID = {
    EventKind.CALLED: "called {}",
    EventKind.CALLED_AGAIN: "called {} again",
    EventKind.STARTED: "started {}",
    EventKind.SERVED: "done with {}",
    EventKind.NO_SHOW: "{} did not come",
    EventKind.PUT_BACK: "put {} back",
    EventKind.REMOVED: "removed {}",
    EventKind.JOINED: "added {}",
    EventKind.NAMED: "named {}",
    EventKind.MOVED: "put {} first",
    EventKind.OPENED: "opened the queue",
    EventKind.PAUSED: "paused the queue",
    EventKind.CLOSED: "closed the queue",
    EventKind.DUTY_ENDED: "took a break",
}


def words_of_press(session: Session, press_id: str) -> str:
    """What a press did: "Done with 26, called 27"."""
    statement = (
        select(Event, Ticket.number, Queue.name)
        .join(Queue, Queue.id == Event.queue_id)
        .outerjoin(Ticket, Ticket.id == Event.ticket_id)
        .where(Event.press_id == press_id)
    )
    rows = session.execute(statement.order_by(Event.id)).all()
    sentence = ", ".join(words for words in _clauses(session, rows) if words)
    return sentence[:1].upper() + sentence[1:]


def _clauses(session: Session, rows: "Sequence[Row[Event, int, str]]") -> list[str]:
    kinds = [event.kind for event, _, _ in rows]
    if EventKind.TRANSFERRED in kinds:
        sent_on, came = rows[kinds.index(EventKind.REMOVED)], rows[kinds.index(EventKind.TRANSFERRED)]
        return [f"sent {sent_on[1]} on to {came[2]} as {came[1]}"]
    if EventKind.CLOSED in kinds:
        gone = kinds.count(EventKind.LEFT)
        told = "1 person told to leave" if gone == 1 else f"{gone} people told to leave" if gone else ""
        return [_DID[EventKind.CLOSED], told]
    return [_clause(session, event, number) for event, number, _ in rows]


def _clause(session: Session, event: Event, number: int | None) -> str:
    if event.kind == EventKind.DESK_CHOSEN and event.ticket_id is None:
        return f"went to {desk_name(session, (event.facts or {}).get('desk_id'))}"
    if event.kind == EventKind.ANNOUNCED:
        return f"wrote to {people(_texts_of(session, event.id))}"
    return _DID.get(event.kind, "").format(number)


def words_of_undo(session: Session, press_id: str, did: str) -> str:
    """What Undo took back, and what of it no Undo can: a message that has left."""
    announced = select(Event.id).where(Event.press_id == press_id, Event.kind == EventKind.ANNOUNCED)
    event_id = session.scalar(announced)
    gone = _texts_of(session, event_id, TextState.EXPIRED) if event_id is not None else 0
    had = f", but {people(gone)} had the message already" if gone else ""
    return f"Taken back: {did[:1].lower()}{did[1:]}{had}."


def desk_name(session: Session, desk_id: int | None) -> str:
    desk = session.get(Desk, desk_id) if desk_id is not None else None
    return desk.name if desk else "no desk"


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _texts_of(session: Session, event_id: int, *but: TextState) -> int:
    texts = (OutboundMessage.event_id == event_id, OutboundMessage.state.not_in(but))
    return session.scalar(select(func.count()).where(*texts)) or 0


# Refusals -----------------------------------------------------------------------------------------------

_REFUSALS = {
    "repeated": "That press counted already.",
    "stale": "Nothing was changed: that page was older than what is so now.",
    "moved_on": "Nothing was changed: something has happened to {number} since.",
    "of_a_colleague": "Nothing was changed: a colleague has {number} now.",
    "not_here": "Nothing was changed: that number is not in this queue.",
    "nobody_present": "Nothing was changed.",
    "still_serving": "Nothing was changed: finish with {number} first.",
    "not_on_duty": "You are on a break already.",
    "paused": "Nothing was changed: the queue is paused, nobody is called.",
    "closed": "Nobody was added: the queue is closed.",
    "full": "Nobody was added: the queue is full.",
    "nothing_to_undo": "There is nothing left to undo.",
    "changed_meanwhile": "Nothing was changed: something has happened to {number} since.",
    "archived": "Nothing was changed: this queue is archived.",
    "already_open": "The queue is open already.",
    "already_paused": "The queue is paused already.",
    "already_closed": "The queue is closed already.",
    "already_first": "{number} is first in line already.",
    "already_there": "Nothing was changed: whoever has {number} waits in that queue already.",
    "closed_there": "Nothing was changed: that queue is closed.",
    "same_queue": "Nothing was changed: choose another queue for {number}.",
    "no_such_desk": "Nothing was changed: that desk is not there any more.",
    "nobody_waiting": "Nothing was sent: nobody is waiting.",
    "nobody_to_text": "Nothing was sent: nobody who waits can be texted. Tell them aloud.",
    "serving": "Nothing was changed: {number} is being served already.",
    "not_called": "Nothing was changed: {number} is being served already.",
}


def in_words(refusal: NotPossible) -> str:
    if refusal.reason == "changed_meanwhile" and refusal.number is None:
        return "Nothing was changed: something else has happened since."
    return _REFUSALS.get(refusal.reason, "Nothing was changed.").format(number=refusal.number)
