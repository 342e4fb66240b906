"""What happened, to which ticket or queue, when and by whom. Append-only: rows are never changed or
deleted (but for a name, when its owner is forgotten), and every statistic and every estimate can be
rebuilt from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, String, insert, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.database import Base, BigId, Json, stored_enum
from models.log_lines import say_once_committed


class Actor(StrEnum):
    CUSTOMER = "customer"
    SERVICER = "servicer"
    CLOCK = "clock"
    COMMAND = "command"


@dataclass(frozen=True)
class By:
    """Who does something; a servicer's button also names its press, so that it can be undone whole."""

    actor: Actor
    servicer_id: int | None = None
    press_id: str | None = None

    @classmethod
    def customer(cls) -> Self:
        return cls(Actor.CUSTOMER)

    @classmethod
    def servicer(cls, servicer_id: int, press_id: str | None = None) -> Self:
        return cls(Actor.SERVICER, servicer_id, press_id)

    @classmethod
    def clock(cls) -> Self:
        return cls(Actor.CLOCK)

    @classmethod
    def command(cls) -> Self:
        return cls(Actor.COMMAND)


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
    NAMED = "named"
    MOVED = "moved"  # let others go first, or was put first
    ARRIVED = "arrived"
    LEAD_SET = "lead_set"
    RATED = "rated"
    TRANSFERRED = "transferred"
    ANNOUNCED = "announced"
    DESK_CHOSEN = "desk_chosen"
    FORGOTTEN = "forgotten"
    ALERTED = "alerted"
    REMINDED = "reminded"
    NOT_HERE = "not_here"
    UNDONE = "undone"
    TURNED_AWAY = "turned_away"
    OPENED = "opened"
    PAUSED = "paused"
    CLOSED = "closed"
    DUTY_BEGAN = "duty_began"
    DUTY_ENDED = "duty_ended"


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_queue_id_id", "queue_id", "id"),
        Index("ix_events_ticket_id_id", "ticket_id", "id"),
        Index("ix_events_press_id", "press_id"),
        # Few among very many, and they carry no day: a day's are found by this.
        Index(
            "ix_events_of_queue",
            "queue_id",
            "at",
            sqlite_where=text("ticket_id IS NULL"),
            postgresql_where=text("ticket_id IS NULL"),
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
    # The columns this event changed, as they were: what Undo puts back.
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
    """Append one event; gives its id. It is a line of the log too."""
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
    event_id = int(session.execute(_INSERT, values).scalar_one())
    _say(session, kind, by, queue_id, ticket_id, event_id)
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
    """Append the same event of several tickets, each with its facts; gives its id for each ticket's.

    Where it is one, the log has a line; for many of one moment the door writes each its own.
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
        [(ticket_id, event_id)] = events.items()
        _say(session, kind, by, queue_id, ticket_id, event_id)
    return events


def _say(
    session: Session, kind: EventKind, by: By, queue_id: int, ticket_id: int | None, event_id: int
) -> None:
    who = f"{by.actor}:{by.servicer_id}" if by.servicer_id is not None else by.actor.value
    words = kind.replace("_", " ")
    say_once_committed(
        session, words, ticket=ticket_id, queue=queue_id, by=who, press=by.press_id, event_id=event_id
    )


_INSERT_EACH = insert(Event.__table__).returning(Event.__table__.c.id, Event.__table__.c.ticket_id)  # type: ignore[arg-type]
_INSERT = insert(Event.__table__).returning(Event.__table__.c.id)  # type: ignore[arg-type]
