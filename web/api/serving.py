"""POST call_next, done and undo: presses of a servicer's buttons, made by a program in their name.

They go the way of the buttons (web/control/presses/press.py), with every rule and refusal.
"""

from datetime import datetime
from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.programs.api_keys import Scope
from models.queueing.day_turn import turn_if_due
from models.queueing.line.queries import present_ticket_of
from models.queueing.presses.presses import Button, last_press
from models.queueing.presses.undo import lock_for_undo
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible
from models.queueing.tables.tickets import Ticket
from web.api.bearer import needs
from web.api.blueprint import blueprint
from web.api.bodies import sent_fields, text_field, unfit
from web.api.finding import queue_of_key, servicer_named, ticket_named
from web.api.idempotency import Done, once
from web.api.press_ids import new_press_id
from web.api.shown import public_id_of, shown_ticket
from web.control.press_context import PressRequest
from web.control.presses.press import press_button


@blueprint.post("/call_next")
@needs(Scope.SERVE)
def call_next(keyword: str) -> Response:
    """The servicer calls the first in line; nobody is called while they have somebody."""
    fields = sent_fields(("servicer",))
    _require_servicer(fields)

    def work(session: Session, now: datetime) -> Done:
        queue_id, servicer_id = _counter(session, keyword, fields)
        own = present_ticket_of(session, _turned(session, queue_id, now), servicer_id)
        asked = PressRequest(Button.CALL_NEXT, new_press_id(), present=_present(own))
        words = press_button(session, queue_id, servicer_id, asked, now)
        called = present_ticket_of(session, session.get_one(Queue, queue_id), servicer_id)
        body = {"press": asked.press_id, "called": _shown(session, called), "message": words}
        return Done(body, called_id=called.id if called else None)

    return once(fields, work)


@blueprint.post("/tickets/<public_id>/done")
@needs(Scope.SERVE)
def done(keyword: str, public_id: str) -> Response:
    """Served. Calls the next one where the servicer's own Done would. No servicer named: whoever has them."""
    fields = sent_fields(("servicer",))

    def work(session: Session, now: datetime) -> Done:
        queue_id = queue_of_key(session, keyword, turns=False).id
        named = servicer_named(session, fields)
        queue = _turned(session, queue_id, now)
        meant = ticket_named(session, queue, public_id)
        servicer_id = named.id if named else meant.servicer_id
        if servicer_id is None or not meant.is_live:
            raise NotPossible(meant.state, of=meant)
        own = present_ticket_of(session, queue, servicer_id)
        asked = PressRequest(
            Button.DONE,
            new_press_id(),
            present=_present(own),
            ticket_id=meant.id,
            state=meant.state,
            whose=str(meant.servicer_id or ""),
        )
        words = press_button(session, queue_id, servicer_id, asked, now)
        called = present_ticket_of(session, queue, servicer_id) if own is meant else None
        body = {
            "press": asked.press_id,
            "ticket": _shown(session, meant),
            "called": _shown(session, called),
            "message": words,
        }
        return Done(body, ticket_id=meant.id, called_id=called.id if called else None)

    return once(fields, work)


@blueprint.post("/undo")
@needs(Scope.SERVE)
def undo(keyword: str) -> Response:
    """Take back the servicer's last press here as a whole; with `press`, only if it is that one."""
    fields = sent_fields(("servicer", "press"))
    press = text_field(fields, "press")
    _require_servicer(fields)

    def work(session: Session, now: datetime) -> Done:
        queue_id, servicer_id = _counter(session, keyword, fields)
        last = last_press(session, queue_id, servicer_id, now)
        if last is None:
            raise NotPossible("nothing_to_undo")
        if press and press != last.id:
            raise NotPossible("not_last_press")
        queue = lock_for_undo(session, queue_id, last.id)
        turn_if_due(session, queue, now)
        own = present_ticket_of(session, queue, servicer_id)
        asked = PressRequest(Button.UNDO, new_press_id(), present=_present(own), undoes=last.id)
        words = press_button(session, queue_id, servicer_id, asked, now)
        body = {"undone": last.id, "tickets": _tickets_of(session, last.id), "message": words}
        return Done(body)

    return once(fields, work)


def _require_servicer(fields: dict[str, Any]) -> None:
    if "servicer" not in fields:
        raise unfit({"servicer": "Say whose counter it is, by email or id."})


def _counter(session: Session, keyword: str, fields: dict[str, Any]) -> tuple[int, int]:
    """The ids of the queue and of the servicer."""
    servicer = servicer_named(session, fields)
    assert servicer is not None, "_require_servicer was asked"
    return queue_of_key(session, keyword, turns=False).id, servicer.id


def _turned(session: Session, queue_id: int, now: datetime) -> Queue:
    queue = Queue.lock(session, queue_id)
    turn_if_due(session, queue, now)
    return queue


def _present(own: Ticket | None) -> str:
    """As the servicer's page would show it."""
    return str(own.id) if own else ""


def _shown(session: Session, ticket: Ticket | None) -> dict[str, Any] | None:
    return shown_ticket(session, ticket) if ticket else None


def _tickets_of(session: Session, press_id: str) -> list[str]:
    touched = select(Event.ticket_id).where(Event.press_id == press_id, Event.ticket_id.is_not(None))
    return [
        public_id_of(each) for each in session.scalars(touched.distinct().order_by(Event.ticket_id)) if each
    ]
