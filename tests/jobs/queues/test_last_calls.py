"""After last call a queue closes by itself, once everybody is served; by its hours too, if so wanted."""

from datetime import datetime, time

import pytest
from sqlalchemy.orm import Session

from jobs.queues.day_end import DayEnd
from jobs.queues.last_calls import QUIET, LastCalls
from jobs.queues.opening_hours import Openings
from models.people.actors import Actor, By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.opening import begin_last_call, pause_queue
from models.queueing.tables.events import EventKind
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import transaction
from tests.bot.transcript import text_in
from tests.jobs.queues.hours import A_DAY, FIVE, NINE, give_hours, history
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    line,
    make_queue,
    minutes,
    outbox,
    state,
    ticket,
)


def last_call(queue: Queue) -> None:
    transaction(lambda s: begin_last_call(s, Queue.lock(s, queue.id), by=By.command(), now=NOON))


def serve(queue: Queue, number: int, rosa: Servicer, now: datetime) -> None:
    call_next(queue, rosa, now)
    change(number, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=now))


def test_it_closes_once_everybody_is_served(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA), join(queue, BEN)
    last_call(queue)
    LastCalls().run(NOON + minutes(60))
    assert state(queue) == QueueState.LAST_CALL
    serve(queue, 1, rosa, NOON + minutes(61))
    call_next(queue, rosa, NOON + minutes(61))
    LastCalls().run(NOON + minutes(90))
    assert state(queue) == QueueState.LAST_CALL, "somebody is called"
    change(2, queue, lambda s, t: ending.finish(s, t, by=By.servicer(rosa.id), now=NOON + minutes(91)))
    LastCalls().run(NOON + minutes(91) + QUIET / 2)
    assert state(queue) == QueueState.LAST_CALL, "Done can be undone"
    LastCalls().run(NOON + minutes(91) + QUIET)
    assert state(queue) == QueueState.CLOSED
    assert history(queue)[-1] == (EventKind.CLOSED, Actor.CLOCK)
    assert "day_ended" not in [kind for _, kind, _ in outbox(queue)]


def test_other_queues_stay_as_they_are(queue: Queue) -> None:
    LastCalls().run(NOON + A_DAY)
    assert state(queue) == QueueState.OPEN


@pytest.fixture
def polite(shop: Queue) -> Queue:
    """Its hours end at five in last call."""
    transaction(lambda s: setattr(s.get_one(Queue, shop.id), "last_call_at_closing", True))
    Openings().run(NINE)
    return shop


def test_at_closing_time_nobody_is_sent_away(polite: Queue, rosa: Servicer) -> None:
    join(polite, ANA, FIVE - minutes(5)), join(polite, BEN, FIVE - minutes(4))
    Openings().run(FIVE)
    assert (state(polite), line(polite)) == (QueueState.LAST_CALL, [1, 2])
    answer = text_in("CET236", CAI, FIVE + minutes(1)).text or ""
    assert "We'll serve everyone already in line, then close. It opens tomorrow at 09:00." in answer
    serve(polite, 1, rosa, FIVE + minutes(10)), serve(polite, 2, rosa, FIVE + minutes(20))
    LastCalls().run(FIVE + minutes(21))
    assert state(polite) == QueueState.CLOSED
    Openings().run(NINE + A_DAY)
    assert state(polite) == QueueState.OPEN


def test_with_nobody_waiting_it_closes_at_once(polite: Queue) -> None:
    Openings().run(FIVE)
    assert state(polite) == QueueState.CLOSED


def test_somebody_being_served_at_closing_time_is_waited_for(polite: Queue, rosa: Servicer) -> None:
    join(polite, ANA, FIVE - minutes(5))
    call_next(polite, rosa, FIVE - minutes(4))
    Openings().run(FIVE)
    assert state(polite) == QueueState.LAST_CALL


def test_a_pause_at_closing_time_becomes_last_call(polite: Queue) -> None:
    join(polite, ANA, FIVE - minutes(5))

    def pause(session: Session) -> None:
        pause_queue(session, Queue.lock(session, polite.id), by=By.command(), now=FIVE - minutes(2))

    transaction(pause)
    Openings().run(FIVE)
    assert state(polite) == QueueState.LAST_CALL


def test_last_call_by_hand_ends_at_closing_time_where_hours_close(shop: Queue) -> None:
    """As without it: whoever still waits is told that it has closed."""
    Openings().run(NINE)
    join(shop, ANA, FIVE - minutes(5))
    transaction(lambda s: begin_last_call(s, Queue.lock(s, shop.id), by=By.command(), now=FIVE - minutes(1)))
    Openings().run(FIVE)
    assert (state(shop), ticket(shop, 1).state) == (QueueState.CLOSED, TicketState.LEFT)


def test_whoever_was_forgotten_in_last_call_leaves_with_the_day(polite: Queue) -> None:
    join(polite, ANA, FIVE - minutes(5))
    Openings().run(FIVE)
    night = NINE + A_DAY - minutes(4 * 60)
    DayEnd().run(night), LastCalls().run(night + minutes(1))
    assert (ticket(polite, 1).state, state(polite)) == (TicketState.LEFT, QueueState.CLOSED)


def test_nobody_is_told_that_they_may_not_be_served_before_closing(polite: Queue) -> None:
    for index, phone in enumerate((ANA, BEN, CAI)):
        join(polite, phone, FIVE - minutes(3 - index))
    answer = text_in("STATUS", CAI, FIVE - minutes(1)).text or ""
    assert "17:00" not in answer


def test_hours_that_span_the_days_start_end_in_last_call_too(business: Business, rosa: Servicer) -> None:
    """Ten in the evening to six: the day ends in last call, and whoever waits is served; but not for ever."""
    bar = make_queue(business, created_at=NINE - A_DAY, last_call_at_closing=True)
    give_hours(bar, NINE - A_DAY, opens=time(22), closes=time(6))
    six = NINE + A_DAY - minutes(3 * 60)
    Openings().run(six - minutes(7 * 60))
    join(bar, ANA, six - minutes(5)), join(bar, BEN, six - minutes(4))
    DayEnd().run(six), Openings().run(six)
    assert (state(bar), line(bar)) == (QueueState.LAST_CALL, [1, 2])
    serve(bar, 1, rosa, six + minutes(10))
    for later in (six + minutes(16 * 60), six + A_DAY):
        Openings().run(later), DayEnd().run(later), LastCalls().run(later + minutes(1))
    assert (ticket(bar, 2).state, state(bar)) == (TicketState.LEFT, QueueState.CLOSED)
