"""Every action in every state of a ticket, as one table: the new state, or that nothing changes."""

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import OurNumber
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending, reminders
from models.queueing.numbers import take_number
from models.queueing.tables.events import Event
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, MOVES, NotPossible, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from tests.one_database import on_both, on_sqlite
from tests.world import NOON, TICKET_VERBS, call_next, change, join, minutes, outbox, phone, ticket

# Read: a ticket that is `called` and is finished becomes `served`. A dash: not possible.
TABLE = """
                waiting  called   serving  served   left     no_show  removed
call            called   -        -        -        -        -        -
start           -        serving  -        -        -        -        -
finish          -        served   served   -        -        -        -
mark_no_show    -        no_show  -        -        -        -        -
put_back        -        waiting  waiting  -        -        -        -
set_aside       -        waiting  -        -        -        -        -
leave           left     left     -        -        -        -        -
remove          removed  removed  removed  -        -        -        -
bring_back      -        -        -        -        waiting  waiting  waiting
"""
STATES, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
LEADS_TO = {
    (row[0], TicketState(state)): TicketState(to)
    for row in ROWS
    for state, to in zip(STATES, row[1:], strict=True)
    if to != "-"
}
VERBS = [row[0] for row in ROWS]

# The one text that a move sends, and what becomes of a turn text that has not left yet.
SENDS = {
    "call": "your_turn",
    "mark_no_show": "no_show",
    "put_back": "put_back",
    "set_aside": "on_hold",
    "remove": "removed",
    "bring_back": "brought_back",
}
DROPS_THE_TURN_TEXT = {"finish", "mark_no_show", "put_back", "set_aside", "leave", "remove"}

# Verbs that are no move: the states they are for. The clock's three just do nothing elsewhere.
OTHER_VERBS: dict[str, tuple[TicketState, ...]] = {
    "call_again": (TicketState.CALLED,),
    "arrive": LIVE,
    "put_first": (TicketState.WAITING,),
    "set_lead": (TicketState.WAITING,),
    "rate": (TicketState.SERVED,),
    "alert": (TicketState.WAITING,),
    "remind": (TicketState.CALLED,),
    "flag_not_here": (TicketState.CALLED,),
}
OF_THE_CLOCK = {"alert", "remind", "flag_not_here"}

WAY_TO = {
    TicketState.WAITING: (),
    TicketState.CALLED: ("call",),
    TicketState.SERVING: ("call", "start"),
    TicketState.SERVED: ("call", "start", "finish"),
    TicketState.LEFT: ("leave",),
    TicketState.NO_SHOW: ("call", "mark_no_show"),
    TicketState.REMOVED: ("remove",),
}

BEGAN, NOW = NOON, NOON + minutes(10)


def do(verb: str, session: Session, ticket: Ticket, servicer: Servicer, now: datetime = NOW) -> None:
    more: dict[str, dict[str, Any]] = {
        "call": {"servicer": servicer, "desk_id": None},
        "set_lead": {"lead_minutes": 15},
        "rate": {"rating": 4},
    }
    TICKET_VERBS[verb](session, ticket, by=By.servicer(servicer.id), now=now, **more.get(verb, {}))


class Seen:
    """Everything in the database about a ticket that an action could change."""

    def __init__(self, session: Session, ticket: Ticket) -> None:
        def rows(table: Any, column: Any) -> list[Any]:
            return list(session.execute(select(table).where(column == ticket.id).order_by(table.c.id)))

        self.row: dict[str, Any] = dict(rows(Ticket.__table__, Ticket.id)[0]._mapping)
        self.events = rows(Event.__table__, Event.ticket_id)
        texts = rows(OutboundMessage.__table__, OutboundMessage.ticket_id)
        self.texts = {text.id: (text.kind.value, text.state.value) for text in texts}

    def new_texts(self, before: "Seen") -> list[tuple[str, str]]:
        return [text for text_id, text in self.texts.items() if text_id not in before.texts]


class Line:
    """A queue whose tickets are each brought to a state by the actions that lead there."""

    def __init__(self, session: Session, queue_id: int) -> None:
        self.session = session
        self.queue = Queue.lock(session, queue_id)
        self.servicer = session.scalars(select(Servicer)).one()
        self.our_number = session.scalars(select(OurNumber)).one()
        self.phones = itertools.count()

    def ticket_that_is(self, state: TicketState) -> Ticket:
        customer = Customer.with_phone(self.session, self.queue.business_id, phone(next(self.phones)), BEGAN)
        taken = take_number(
            self.session,
            self.queue,
            customer,
            source=Source.TEXT,
            by=By.customer(),
            now=BEGAN,
            our_number_id=self.our_number.id,
        )
        ticket = self.session.get_one(Ticket, taken.ticket_id)
        for verb in WAY_TO[state]:
            do(verb, self.session, ticket, self.servicer, BEGAN + minutes(1))
        return ticket

    def outcome(self, verb: str, state: TicketState, check: Callable[..., None]) -> str:
        """The state that the action leads to, or a dash if it was refused and nothing changed."""
        ticket = self.ticket_that_is(state)
        before = Seen(self.session, ticket)
        refusal = None
        try:
            do(verb, self.session, ticket, self.servicer)
        except NotPossible as error:
            refusal = error
        after = Seen(self.session, ticket)
        if refusal is None:
            check(verb, state, before, after, self.servicer)
        else:
            assert refusal.number == ticket.number
            assert vars(after) == vars(before)
        if ticket.is_live:  # nobody stays in the way of the next one
            do("remove", self.session, ticket, self.servicer)
        return "-" if refusal else str(after.row["state"])


def outcomes(queue: Queue, verb: str, check: Callable[..., None]) -> list[str]:
    def work(session: Session) -> list[str]:
        line = Line(session, queue.id)
        return [line.outcome(verb, TicketState(state), check) for state in STATES]

    return transaction(work)


def test_the_table_says_what_the_code_says() -> None:
    assert {cell: move.to for cell, move in MOVES.items()} == LEADS_TO


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_moves_the_ticket_as_the_table_says_or_changes_nothing(
    db: Database, queue: Queue, rosa: Servicer, verb: str
) -> None:
    assert outcomes(queue, verb, moved) == next(row[1:] for row in ROWS if row[0] == verb)


# Of no event: what somebody was told of their wait can't be taken back, only told anew.
WHAT_THEY_WERE_TOLD = {"told_at", "told_after", "told_until"}


def moved(verb: str, state: TicketState, before: Seen, after: Seen, servicer: Servicer) -> None:
    *earlier, event = after.events
    assert [e.id for e in earlier] == [e.id for e in before.events]
    assert (event.kind, event.at) == (MOVES[verb, state].event, NOW)
    assert (event.actor, event.servicer_id) == ("servicer", servicer.id)
    changed = {column for column in after.row if after.row[column] != before.row[column]}
    assert event.before is not None
    assert changed - WHAT_THEY_WERE_TOLD <= set(event.before)
    assert event.before["state"] == state
    assert after.new_texts(before) == ([(SENDS[verb], "waiting")] if verb in SENDS else [])
    turn = [told for kind, told in (after.texts[text_id] for text_id in before.texts) if kind == "your_turn"]
    was_called = "call" in WAY_TO[state]
    is_dropped = verb in DROPS_THE_TURN_TEXT or state not in LIVE
    assert turn == (["expired" if is_dropped else "waiting"] if was_called else [])
    moments = {"call": "called_at", "start": "started_at", "put_back": None, "bring_back": "brought_back_at"}
    moments |= {"set_aside": "set_aside_at"}
    stamped = moments.get(verb, "ended_at")
    assert stamped is None or after.row[stamped] == NOW


@pytest.mark.parametrize("verb", OTHER_VERBS)
def test_a_verb_that_is_no_move_keeps_the_state_and_is_refused_elsewhere(
    db: Database, queue: Queue, rosa: Servicer, verb: str
) -> None:
    fits = [verb in OF_THE_CLOCK or TicketState(state) in OTHER_VERBS[verb] for state in STATES]
    expected = [state if fit else "-" for state, fit in zip(STATES, fits, strict=True)]
    assert outcomes(queue, verb, kept) == expected


def kept(verb: str, state: TicketState, before: Seen, after: Seen, _servicer: Servicer) -> None:
    # Whoever is next was told so by the answer to their joining, so the alert has nothing to say.
    acts = state in OTHER_VERBS[verb] and verb != "alert"
    assert len(after.events) == len(before.events) + acts
    reminds = acts and verb in ("call_again", "remind")
    assert after.new_texts(before) == ([(TextKind.REMINDER, "waiting")] if reminds else [])
    assert {text_id: after.texts[text_id] for text_id in before.texts} == before.texts


def test_nearly_up_is_told_once_to_somebody_who_was_not_told_when_joining(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    for index in range(4):
        join(queue, phone(index))
    assert change(4, queue, lambda s, t: reminders.alert(s, t, by=By.clock(), now=NOW))
    assert not change(4, queue, lambda s, t: reminders.alert(s, t, by=By.clock(), now=NOW))
    assert outbox(queue) == [(4, "nearly_up", "waiting")]


@on_both
def test_a_moment_is_never_before_what_already_happened(db: Database, queue: Queue, rosa: Servicer) -> None:
    """Another host's clock is a little behind: what it does still comes after what was done."""
    join(queue, phone(1), NOON)
    call_next(queue, rosa, NOON - minutes(1))
    change(1, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON - minutes(2)))
    ana = ticket(queue, 1)
    assert ana.joined_at == ana.called_at == ana.ended_at == NOON


@on_sqlite
def test_what_the_database_refuses_while_nobody_else_writes_is_not_taken_for_somebody_held_elsewhere(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    """Here that a servicer has two people."""

    def call_two(session: Session) -> None:
        locked, me = Queue.lock(session, queue.id), session.get_one(Servicer, rosa.id)
        for _ in range(2):
            calling.call_next(session, locked, me, by=By.servicer(rosa.id), now=NOW, is_free=True)

    join(queue, phone(1)), join(queue, phone(2))
    with pytest.raises(IntegrityError):
        transaction(call_two)
    assert ticket(queue, 1).state == TicketState.WAITING
