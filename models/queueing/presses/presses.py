"""Presses of a servicer's buttons: each counts once, whatever the browser does.

A press that is repeated (double tap, refresh, Back) is found here and does nothing. Undo: `undo`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.queueing.messages.conversation import HELD_BACK
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import among
from models.storage.database import Base, insert_once, stored_enum

UNDO_WITHIN = timedelta(hours=1)


class Button(StrEnum):
    CALL_NEXT = "call_next"
    CALL_THIS = "call_this"
    CALL_AGAIN = "call_again"
    COMING = "coming"
    HOLD = "hold"
    START = "start"
    DONE = "done"
    NO_SHOW = "no_show"
    PUT_BACK = "put_back"
    REMOVE = "remove"
    BRING_BACK = "bring_back"
    ADD_WALK_IN = "add_walk_in"
    TAKE_A_BREAK = "take_a_break"
    BACK = "back"
    OPEN = "open"
    PAUSE = "pause"
    LAST_CALL = "last_call"
    CLOSE = "close"
    TAKE_OVER = "take_over"
    PUT_FIRST = "put_first"
    TRANSFER = "transfer"
    ANNOUNCE = "announce"
    REPLY = "reply"
    NOTE = "note"
    CHOOSE_DESK = "choose_desk"
    UNDO = "undo"


# What a note said before is kept nowhere. Undo goes on to what was pressed before these, and before an answer
# that is held back no longer.
NEVER_UNDONE = (Button.UNDO, Button.NOTE)


class Press(Base):
    __tablename__ = "presses"
    __table_args__ = (Index("ix_presses_last", "queue_id", "servicer_id", "pressed_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # made with the page that shows the button
    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id"))
    servicer_id: Mapped[int] = mapped_column(ForeignKey("servicers.id"))
    button: Mapped[Button] = mapped_column(stored_enum(Button))
    pressed_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


def begin_press(
    session: Session, press_id: str, button: Button, *, queue: Queue, servicer_id: int, now: datetime
) -> bool:
    """Claim this press; False when it has been done already. The queue must be locked."""
    values = {
        "id": press_id,
        "queue_id": queue.id,
        "servicer_id": servicer_id,
        "button": button,
        "pressed_at": now,
    }
    return insert_once(session, Press.__table__, values, returning=Press.id) is not None  # type: ignore[arg-type]


def last_press(session: Session, queue_id: int, servicer_id: int, now: datetime) -> Press | None:
    """The press that Undo would undo."""
    return session.scalar(_LAST_PRESS, last_press_of(queue_id, servicer_id, now))


def last_press_of(queue_id: int, servicer_id: int, now: datetime) -> dict[str, Any]:
    """What `LAST_PRESS_ID` is asked with."""
    after = {"after": now - UNDO_WITHIN, "answered_after": now - HELD_BACK}
    return {"queue_id": queue_id, "servicer_id": servicer_id} | after


# By the order of events, not by time: hosts' clocks differ. A press without events can't be undone.
_DID_LAST = select(func.max(Event.id)).where(Event.press_id == Press.id).scalar_subquery()
_LAST_PRESS = (
    select(Press)
    .where(
        Press.queue_id == bindparam("queue_id"),
        Press.servicer_id == bindparam("servicer_id"),
        ~among(Press.button, NEVER_UNDONE),
        or_(Press.button != Button.REPLY, Press.pressed_at > bindparam("answered_after")),
        Press.undone_at.is_(None),
        Press.pressed_at > bindparam("after"),
        _DID_LAST.is_not(None),
    )
    .order_by(_DID_LAST.desc())
    .limit(1)
)
# For a statement that reads presses.
LAST_PRESS_ID = _LAST_PRESS.with_only_columns(Press.id).correlate(None).scalar_subquery()
