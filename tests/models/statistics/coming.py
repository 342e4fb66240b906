"""What happens to Ana around her call, minute by minute, for figures about *Coming*."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, returning
from models.queueing.messages.conversation import reply
from models.queueing.presses.presses import Button
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from tests.bot.transcript import text_in
from tests.models.queueing.undo.presses import press_for_present, undo
from tests.world import ANA, NOON, call_next, change, join, minutes

BY_ROSA: dict[str, Callable[[Session, Ticket, By, datetime], object]] = {
    "called again": lambda s, t, by, now: calling.call_again(s, t, by=by, now=now),
    "start": lambda s, t, by, now: calling.start(s, t, by=by, now=now),
    "done": lambda s, t, by, now: ending.finish(s, t, by=by, now=now),
    "no-show": lambda s, t, by, now: ending.mark_no_show(s, t, by=by, now=now),
    "put back": lambda s, t, by, now: moving.put_back(s, t, by=by, now=now),
    "answered": lambda s, t, by, now: reply(
        s, t, "Take your time.", by=by._replace(press_id="answer"), now=now
    ),
    "brought back": lambda s, t, by, now: returning.bring_back(s, t, by=by, now=now),
}


def live_through(queue: Queue, rosa: Servicer, story: str) -> None:
    """Ana joins ten minutes before noon; then, say, "called 0, on my way 1, start 8": minutes after noon.

    What is no act of Rosa's is what Ana texts.
    """
    join(queue, ANA, NOON - minutes(10))
    for part in story.split(", "):
        act, _, minute = part.rpartition(" ")
        now = NOON + minutes(float(minute))
        if act == "called":
            call_next(queue, rosa, now)
        elif act == "coming pressed":
            press_for_present(Button.COMING, queue, rosa, now)
        elif act == "undo":
            undo(queue, rosa, now)
        elif act in BY_ROSA:
            _do(BY_ROSA[act], queue, By.servicer(rosa.id), now)
        else:
            text_in(act, ANA, now)


def _do(verb: Callable[[Session, Ticket, By, datetime], object], queue: Queue, by: By, now: datetime) -> None:
    change(1, queue, lambda session, ticket: verb(session, ticket, by, now))
