"""What happened, to which ticket or queue, when and by whom.

Append-only: rows are never changed or deleted (except that a customer's name is removed on request), and all
statistics and estimates can be rebuilt from them.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.people.actors import Actor, By
from models.storage.after_commit_log import log_after_commit
from models.storage.database import Base, BigId, Json, stored_enum
from models.storage.dialects import partial_index
from models.storage.writes import write


class EventKind(StrEnum):
    JOINED = "joined"
    CALLED = "called"
    CALLED_AGAIN = "called_again"
    STARTED = "started"
    SERVED = "served"
    LEFT = "left"
    NO_SHOW = "no_show"
    REMOVED = "removed"
    PUT_BACK = "put_back"
    SET_ASIDE = "set_aside"  # called, not there yet: on hold, at the first place
    BROUGHT_BACK = "brought_back"  # live again, at the old place
    NAMED = "named"
    PHONE_BOUND = "phone_bound"  # taken without a phone, and texted about from now on
    MOVED = "moved"  # let others go first, or was put first
    ARRIVED = "arrived"
    COMING = "coming"  # called, and not there yet
    LEAD_SET = "lead_set"
    RATED = "rated"
    TRANSFERRED = "transferred"
    ANNOUNCED = "announced"
    DESK_CHOSEN = "desk_chosen"
    TAKEN_OVER = "taken_over"  # by a colleague of whoever had called or served them
    SAID_LEAVING = "said_leaving"  # while being served
    SAID = "said"  # to the counter, in their own words, which stand in the remarks
    REPLIED = "replied"  # the counter, to that customer alone
    ANSWERED = "answered"  # the queue's question, after joining; the words stand on the ticket
    NOTED = "noted"  # a servicer wrote or took away a note, which stands on the ticket
    FORGOTTEN = "forgotten"
    ALERTED = "alerted"
    PROMISE_CHANGED = "promise_changed"  # told that the wait won't be what they were told
    REMINDED = "reminded"
    NOT_HERE = "not_here"
    UNDONE = "undone"
    TURNED_AWAY = "turned_away"
    OPENED = "opened"
    PAUSED = "paused"
    LAST_CALL = "last_call"
    CLOSED = "closed"
    DUTY_BEGAN = "duty_began"
    DUTY_ENDED = "duty_ended"
    DAY_BEGAN = "day_began"  # of a queue whose day does not begin at the business's day start


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_queue_id_id", "queue_id", "id"),
        Index("ix_events_ticket_id_id", "ticket_id", "id"),
        Index("ix_events_press_id", "press_id"),
        # The few events of a queue itself belong to no ticket and so to no day: they are found by time.
        partial_index(
            "ix_events_of_queue",
            "queue_id",
            "at",
            where="ticket_id IS NULL",
        ),
        # Told to programs that were off, however long ago it was.
        partial_index(
            "ix_events_forgotten",
            "queue_id",
            "id",
            where="kind = 'forgotten'",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"))
    kind: Mapped[EventKind] = mapped_column(stored_enum(EventKind))
    at: Mapped[datetime]
    actor: Mapped[Actor] = mapped_column(stored_enum(Actor))
    servicer_id: Mapped[int | None] = mapped_column(ForeignKey("servicers.id"))
    press_id: Mapped[str | None] = mapped_column(String(36))
    # The previous values of the columns that this event changed: Undo restores them.
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    undoes_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("events.id"))


def record(
    session: Session,
    kind: EventKind,
    *,
    queue_id: int,
    by: By,
    now: datetime,
    ticket_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    undoes_id: int | None = None,
) -> int:
    """Append one event and return its id. It is logged after the commit. The queue must be locked.

    So the events of a queue are committed in the order of their ids: whoever sees one sees all before it.
    """
    values = {
        "queue_id": queue_id,
        "ticket_id": ticket_id,
        "kind": kind,
        "at": now,
        "actor": by.actor,
        "servicer_id": by.servicer_id,
        "press_id": by.press_id,
        "before": dict(before) if before else None,
        "facts": dict(facts) if facts else None,
        "undoes_id": undoes_id,
    }
    event_id = int(write(session, _INSERT, values).scalar_one())
    _log(session, kind, by, queue_id, ticket_id)
    return event_id


def record_each(
    session: Session,
    kind: EventKind,
    facts: Mapping[int, Mapping[str, Any]],
    *,
    queue_id: int,
    by: By,
    now: datetime,
) -> dict[int, int]:
    """Append the same event for several tickets, each with its facts; gives the event's id by ticket.

    A single one is logged here; for several at once the caller logs each with its own request.
    """
    rows = [
        {
            "queue_id": queue_id,
            "ticket_id": ticket_id,
            "kind": kind,
            "at": now,
            "actor": by.actor,
            "servicer_id": by.servicer_id,
            "press_id": by.press_id,
            "facts": dict(of_ticket),
        }
        for ticket_id, of_ticket in facts.items()
    ]
    events = {ticket_id: event_id for event_id, ticket_id in session.execute(_INSERT_EACH, rows)}
    if len(events) == 1:
        _log(session, kind, by, queue_id, *events)
    return events


def _log(session: Session, kind: EventKind, by: By, queue_id: int, ticket_id: int | None) -> None:
    who = f"{by.actor}:{by.servicer_id}" if by.servicer_id is not None else by.actor.value
    words = kind.replace("_", " ")
    log_after_commit(session, words, ticket=ticket_id, queue=queue_id, by=who)


# Compiled once: building a statement costs as much as running it.
_INSERT_EACH = insert(Event.__table__).returning(Event.__table__.c.id, Event.__table__.c.ticket_id)  # type: ignore[arg-type]
_INSERT = insert(Event.__table__).returning(Event.__table__.c.id)  # type: ignore[arg-type]
