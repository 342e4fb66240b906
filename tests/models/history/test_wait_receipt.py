"""Why somebody waited: parts that sum to the wait to the second, whatever happened and was undone."""

import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.history.receipt_events import read_receipt
from models.history.wait_receipt import OF_TICKET, Part, Receipt, receipt_of
from models.people.actors import Actor, By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, returning
from models.queueing.line.queries import present_tickets
from models.queueing.opening import open_queue, pause_queue
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import LIVE, NotPossible
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.statistics.timelines import Happened
from models.storage.database import reading, transaction
from tests.one_database import on_sqlite
from tests.world import ANA, BEN, CAI, NOON, call_next, change, join, make_queue, minutes, phone, press


def receipt(queue: Queue, number: int) -> Receipt:
    with reading() as session:
        mine = select(Ticket).where(Ticket.queue_id == queue.id, Ticket.number == number)
        found = read_receipt(session, session.scalars(mine).one())
    assert found is not None
    return found


def spent(queue: Queue, number: int) -> dict[str, int]:
    """Seconds, by what they were spent on; they sum to the wait."""
    found = receipt(queue, number)
    assert sum(found.parts.values()) == found.seconds
    return {part.value: seconds for part, seconds in found.parts.items()}


def finish(queue: Queue, rosa: Servicer, number: int, minute: float) -> None:
    now = NOON + minutes(minute)
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=now))


def call(queue: Queue, servicer: Servicer, minute: float) -> None:
    assert call_next(queue, servicer, NOON + minutes(minute))


@on_sqlite
def test_before_the_line_moved_people_ahead_and_between_two_customers(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    join(queue, BEN, NOON + minutes(1))
    call(queue, rosa, 4)
    finish(queue, rosa, 1, 14)
    call(queue, rosa, 14.5)
    assert spent(queue, 2) == {"before": 180, "ahead": 600, "nobody": 30}


@on_sqlite
def test_who_is_being_served_as_they_join_is_ahead(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    call(queue, rosa, 0)
    join(queue, BEN, NOON + minutes(5))
    finish(queue, rosa, 1, 7)
    call(queue, rosa, 7)
    assert spent(queue, 2) == {"ahead": 120}


def test_a_pause_and_what_was_told_after_it(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    join(queue, BEN)
    call(queue, rosa, 0)
    pauses, resumes = NOON + minutes(2), NOON + minutes(8)
    press(queue, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=pauses), pauses)
    press(queue, rosa, lambda s, q, by: open_queue(s, q, by=by, now=resumes), resumes)
    finish(queue, rosa, 1, 10)
    call(queue, rosa, 10)
    assert spent(queue, 2) == {"ahead": 240, "paused": 360}
    assert [told.at for told in receipt(queue, 2).told] == [NOON]


@on_sqlite
def test_people_who_came_back_and_who_was_moved_to_the_front(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    for who in (ANA, BEN, CAI):
        join(queue, who)
    call(queue, rosa, 0)
    now = NOON + minutes(1)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=now))
    change(1, queue, lambda s, t: moving.put_first(s, t, by=By.servicer(rosa.id), now=now))
    call(queue, rosa, 1)
    finish(queue, rosa, 1, 4)
    change(3, queue, lambda s, t: moving.put_first(s, t, by=By.servicer(rosa.id), now=now))
    call(queue, rosa, 4)
    finish(queue, rosa, 3, 9)
    call(queue, rosa, 9)
    assert spent(queue, 2) == {"ahead": 60, "moved": 180 + 300}


@on_sqlite
def test_who_was_put_back_waits_for_others_and_the_call_that_stood_ends_the_wait(
    queue: Queue, rosa: Servicer
) -> None:
    for who in (ANA, BEN):
        join(queue, who)
    call(queue, rosa, 0)
    now = NOON + minutes(3)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=By.servicer(rosa.id), now=now))
    call(queue, rosa, 3)
    finish(queue, rosa, 2, 10)
    call(queue, rosa, 10)
    assert spent(queue, 1) == {"own": 180 + 420}


@on_sqlite
def test_a_pause_that_was_undone_is_as_if_it_had_never_been(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    join(queue, BEN)
    call(queue, rosa, 0)
    pauses, takes_back = NOON + minutes(2), NOON + minutes(3)
    press(queue, rosa, lambda s, q, by: pause_queue(s, q, by=by, now=pauses), pauses, button=Button.PAUSE)
    undo(queue, rosa, takes_back)
    finish(queue, rosa, 1, 10)
    call(queue, rosa, 10)
    assert spent(queue, 2) == {"ahead": 600}


def undo(queue: Queue, rosa: Servicer, now: datetime) -> None:
    def work(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        undo_last_press(session, locked, by=By.servicer(rosa.id), now=now)

    transaction(work)


def test_the_time_before_a_transfer_was_spent_in_the_other_queue(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    there = make_queue(business, "DMV")
    join(queue, ANA)

    def work(session: Session) -> None:
        _, to = lock_both(session, queue.id, there.id)
        found = session.scalars(select(Ticket).where(Ticket.queue_id == queue.id)).one()
        transfer(session, found, to, by=By.servicer(rosa.id), now=NOON + minutes(4))

    transaction(work)
    call(there, rosa, 6)
    assert spent(there, 1) == {"before": 120, "elsewhere": 240}


@on_sqlite
def test_two_who_are_served_at_once_share_the_time(queue: Queue, rosa: Servicer, luis: Servicer) -> None:
    for who in (ANA, BEN):
        join(queue, who)
    call(queue, rosa, 0)
    call(queue, luis, 0)
    now = NOON + minutes(1)
    join(queue, CAI, now)
    change(1, queue, lambda s, t: moving.set_aside(s, t, by=By.servicer(rosa.id), now=now))
    change(1, queue, lambda s, t: moving.put_first(s, t, by=By.servicer(rosa.id), now=now))
    call(queue, rosa, 1)
    finish(queue, rosa, 1, 6)
    call(queue, rosa, 6)
    assert spent(queue, 3) == {"ahead": 150, "moved": 150}


@on_sqlite
def test_whoever_still_waits_has_no_receipt(queue: Queue) -> None:
    join(queue, ANA)
    with reading() as session:
        assert read_receipt(session, session.scalars(select(Ticket)).one()) is None


# Random days ---------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("seed", range(2))
def test_on_a_random_day_every_wait_is_explained_to_the_second(
    queue: Queue, rosa: Servicer, luis: Servicer, seed: int
) -> None:
    dice, now = random.Random(seed), NOON
    for step in range(120):
        now += timedelta(seconds=dice.randrange(0, 240))
        if dice.random() < 0.25:
            join(queue, phone(step), now)
        else:
            something(queue, dice.choice((rosa, luis)), dice, now)
    with reading() as session:
        ended = [t for t in session.scalars(select(Ticket)) if t.state not in LIVE]
        assert len(ended) >= 3
        for each in ended:
            found = read_receipt(session, each)
            assert found is not None
            until = each.called_at or each.ended_at
            assert until is not None
            assert (found.joined_at, found.until) == (each.joined_at, until)
            assert sum(found.parts.values()) == int((until - each.joined_at).total_seconds())


def something(queue: Queue, servicer: Servicer, dice: random.Random, now: datetime) -> None:
    """One press of a random button; what is not possible just now is refused."""
    rare = (ending.mark_no_show, ending.remove, moving.put_back, moving.set_aside, moving.put_first)
    verbs = (*rare, ending.leave, returning.bring_back, calling.start)
    states = (pause_queue, open_queue, open_queue)

    def done(session: Session, locked: Queue, by: By) -> None:
        for each in present_tickets(session, locked)[:1]:
            ending.finish(session, each, by=by, now=now)

    def on_somebody(session: Session, locked: Queue, by: By) -> None:
        tickets = select(Ticket).where(Ticket.queue_id == locked.id).order_by(Ticket.called_at.desc())
        if line := session.scalars(tickets.limit(4)).all():
            dice.choice(verbs)(session, dice.choice(line), by=by, now=now)

    with suppress(NotPossible):
        match dice.randrange(10):
            case 0 | 1 | 2:
                call_next(queue, servicer, now)
            case 3 | 4 | 5:
                press(queue, servicer, done, now, button=Button.DONE)
            case 6:
                press(queue, servicer, lambda s, q, by: dice.choice(states)(s, q, by=by, now=now), now)
            case 7:
                undo(queue, servicer, now)
            case _:
                press(queue, servicer, on_somebody, now, button=Button.PUT_BACK)


HAPPENS = st.tuples(
    st.sampled_from([kind for kind in OF_TICKET if kind not in (EventKind.JOINED, EventKind.UNDONE)]),
    st.integers(1, 5) | st.none(),
    st.integers(-5_000_000, 600_000_000),
    st.sampled_from([Actor.SERVICER, Actor.CUSTOMER]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(HAPPENS, max_size=30), st.lists(st.integers(1, 30), max_size=5))
def test_whatever_the_log_says_the_parts_sum_to_the_wait(
    happens: list[tuple[EventKind, int | None, int, Actor]], undone: list[int]
) -> None:
    """Also with hosts' clocks that differ, and events that no operation would write."""
    at, events = NOON, [Happened(1, 3, EventKind.JOINED, NOON, Actor.CUSTOMER, None, {}, None)]
    for place, (kind, ticket_id, later, actor) in enumerate(happens, start=2):
        at += timedelta(microseconds=later)
        events.append(Happened(place, ticket_id, kind, at, actor, None, {}, None))
    last = len(events) + 1
    for place, undoes in enumerate(undone, start=last):
        events.append(Happened(place, None, EventKind.UNDONE, at, Actor.SERVICER, None, None, undoes + 1))
    found = receipt_of(events, 3)
    if found is not None:
        assert sum(found.parts.values()) == found.seconds >= 0
        assert all(seconds > 0 and part in Part for part, seconds in found.parts.items())
