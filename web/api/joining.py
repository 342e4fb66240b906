"""POST tickets: a number for somebody whom the program speaks for, as a servicer gives one to a walk-in.

And POST leave, for a number that was taken so.
"""

from datetime import datetime
from typing import Any

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wording.contact_details import as_named
from bot.wording.sms_templates import languages
from models.people.actors import Actor, By
from models.people.audit_log import AuditAction, record_action
from models.people.programs.api_keys import Scope
from models.queueing import ending
from models.queueing.day_turn import turn_if_due
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.rate_limits import is_over, used_up
from web.account.phone_searches import PHONE_SEARCHES
from web.api.bearer import needs, program
from web.api.blueprint import blueprint
from web.api.bodies import number_field, sent_fields, text_field, unfit
from web.api.finding import queue_of_key, ticket_named
from web.api.idempotency import Done, once
from web.api.press_ids import is_of_key, new_press_id
from web.api.refusals import too_many_known_phones
from web.api.shown import page_of, shown_ticket
from web.control.walk_in import WalkIn, give_number
from web.http.problems import Problem

FIELDS = ("name", "party", "phone", "language")


@blueprint.post("/tickets")
@needs(Scope.JOIN)
def join(keyword: str) -> Response:
    fields = sent_fields(FIELDS)
    walk_in = _typed(fields)

    def work(session: Session, now: datetime) -> Done:
        queue = queue_of_key(session, keyword, turns=False)
        _check(session, queue, walk_in, now)
        locked, by = Queue.lock(session, queue.id), By.program(new_press_id())
        taken = give_number(session, locked, walk_in, whose=program().subject, by=by, now=now)
        ticket = session.get_one(Ticket, taken.ticket_id)
        told = shown_ticket(session, ticket) | {"page": page_of(taken.token)}
        return Done(told, 201, ticket_id=ticket.id)

    answer = once(fields, work, _count_known_phone)
    if answer.status_code == 201:
        named = answer.get_json()["id"]
        answer.headers["Location"] = url_for("api.ticket", keyword=keyword, public_id=named)
    return answer


@blueprint.post("/tickets/<public_id>/leave")
@needs(Scope.JOIN)
def leave(keyword: str, public_id: str) -> Response:
    """Whom this key gave a number gives it up; whoever is served now can't leave."""
    fields = sent_fields(())

    def work(session: Session, now: datetime) -> Done:
        queue = Queue.lock(session, queue_of_key(session, keyword, turns=False).id)
        turn_if_due(session, queue, now)
        ticket = ticket_named(session, queue, public_id)
        if not _is_ours(session, ticket):
            raise Problem(404, "no_such_ticket", "This key gave no such ticket in this queue.")
        ticket.require((TicketState.WAITING, TicketState.CALLED))
        ending.leave(session, ticket, by=By.program(new_press_id()), now=now)
        return Done({"ticket": shown_ticket(session, ticket)}, ticket_id=ticket.id)

    return once(fields, work)


def _is_ours(session: Session, ticket: Ticket) -> bool:
    joined = select(Event.press_id).where(Event.ticket_id == ticket.id, Event.kind == EventKind.JOINED)
    return is_of_key(session.scalar(joined))


def _typed(fields: dict[str, Any]) -> WalkIn:
    party = number_field(fields, "party")
    return WalkIn(
        name=as_named(text_field(fields, "name")),
        party="1" if party is None else str(party),
        phone=text_field(fields, "phone").strip(),
        language=text_field(fields, "language") or None,
    )


def _check(session: Session, queue: Queue, walk_in: WalkIn, now: datetime) -> None:
    """Raises the Problem 422 with what is wrong in each field, or 429 after too many known phones."""
    if walk_in.phone and used_up(session, [(PHONE_SEARCHES, program().subject)], now):
        raise too_many_known_phones(now)
    walk_in.problems.clear()  # the transaction may run again
    walk_in.check(queue.business)
    if walk_in.language is not None and walk_in.language not in languages():
        walk_in.problems["language"] = f"Choose one of {', '.join(languages())}."
    if walk_in.problems:
        raise unfit(walk_in.problems)


def _count_known_phone(session: Session, refusal: NotPossible, now: datetime) -> None:
    """The refusal tells that a phone is known here: so many an hour, each in the audit log."""
    if refusal.reason != "has_number":
        return
    if is_over(session, PHONE_SEARCHES, program().subject, now):
        raise too_many_known_phones(now)
    record_action(
        session,
        AuditAction.SEARCHED_PHONES,
        business_id=program().business_id,
        actor=Actor.PROGRAM,
        now=now,
        facts={"key": program().prefix},
    )
