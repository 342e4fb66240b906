"""Whoever has ended is brought back to the old place: who can be, where they stand, what they are told."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending, moving
from models.queueing.line.positions import position_behind
from models.queueing.opening import close_for_good, close_queue
from models.queueing.presses.presses import Button
from models.queueing.returning import bring_back, closed_line, come_back
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.statistics.daily import figures_by_day
from models.storage.database import Database, reading, transaction
from tests.models.queueing.undo.presses import (
    everything,
    press_for_present,
    send_on,
    texts_leave,
    texts_of,
    undo,
)
from tests.one_database import on_both
from tests.world import ANA, NOON, call_next, change, join, line, make_queue, minutes, press, ticket

LATER = NOON + minutes(5)


def remove(number: int, queue: Queue, servicer: Servicer, now: datetime = NOON) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        found = session.get_one(Ticket, ticket(queue, number).id)
        ending.remove(session, found, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.REMOVE)


def bring(number: int, queue: Queue, servicer: Servicer, now: datetime = LATER) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        bring_back(session, session.get_one(Ticket, ticket(queue, number).id), by=by, now=now)

    press(queue, servicer, verb, now, button=Button.BRING_BACK)


def refusal(number: int, queue: Queue, servicer: Servicer, now: datetime = LATER) -> tuple[str, int | None]:
    with pytest.raises(NotPossible) as refused:
        bring(number, queue, servicer, now)
    return refused.value.reason, refused.value.number


def test_a_no_show_is_next_again_and_told_so(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa)
    press_for_present(Button.NO_SHOW, three, rosa, NOON)
    texts_leave(three)
    bring(1, three, rosa)
    back = ticket(three, 1)
    assert (back.state, back.ended_at, back.called_at) == (TicketState.WAITING, None, None)
    assert line(three) == [1, 2, 3]
    assert texts_of(three, 1)[-1] == ("brought_back", "waiting")


def test_who_was_removed_or_left_has_the_old_place_though_others_came_and_moved(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    remove(2, three, rosa)
    join(three, "+15550101004", NOON)
    change(4, three, lambda s, t: moving.put_first(s, t, by=By.servicer(rosa.id), now=NOON))
    bring(2, three, rosa)
    assert line(three) == [4, 1, 2, 3]
    change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=LATER))
    bring(2, three, rosa, LATER + minutes(1))
    assert line(three) == [4, 1, 2, 3]


def test_who_was_put_exactly_at_the_old_place_is_behind_whoever_is_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    remove(2, three, rosa)
    join(three, "+15550101004", NOON)
    change(4, three, lambda s, t: moving.put_first(s, t, by=By.servicer(rosa.id), now=NOON))
    change(4, three, lambda s, t: moving.let_others_go_first(s, t, 1, by=By.customer(), now=NOON))
    assert (line(three), ticket(three, 4).position) == ([1, 4, 3], ticket(three, 2).position)
    bring(2, three, rosa)
    assert line(three) == [1, 2, 4, 3]
    assert len({ticket(three, number).position for number in (1, 2, 3, 4)}) == 4


@on_both
def test_the_old_place_holds_though_the_positions_were_given_anew(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    """So many were put between two neighbours that no position was left between them."""

    def put_behind_the_first(session: Session, found: Ticket) -> None:
        position = position_behind(session, found.queue, 1, without=found.id)
        found.change(session, EventKind.MOVED, By.servicer(rosa.id), NOON, position=position)

    remove(2, three, rosa)
    join(three, "+15550101004", NOON), join(three, "+15550101005", NOON)
    before = ticket(three, 2).position
    for _ in range(25):
        change(4, three, put_behind_the_first)
        change(5, three, put_behind_the_first)
    assert ticket(three, 2).position != before
    bring(2, three, rosa)
    assert line(three) == [1, 5, 4, 2, 3]


@on_both
def test_a_line_ended_by_closing_is_back_in_its_order(db: Database, three: Queue, rosa: Servicer) -> None:
    change(1, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON - minutes(1)))
    press(three, rosa, lambda s, q, by: close_queue(s, q, by=by, now=NOON), button=Button.CLOSE)

    def verb(session: Session, locked: Queue, by: By) -> None:
        for each in closed_line(session, locked, LATER):
            bring_back(session, each, by=by, now=LATER)

    press(three, rosa, verb, LATER, button=Button.BRING_BACK)
    assert line(three) == [2, 3]  # who had left by themselves stays away


def test_a_removal_is_told_once_and_not_at_all_if_undone_at_once(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    remove(2, three, rosa)
    assert texts_of(three, 2) == [("removed", "waiting")]
    undo(three, rosa, NOON + timedelta(seconds=5))
    assert texts_of(three, 2) == [("removed", "expired")]
    remove(2, three, rosa, NOON + minutes(1))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(2))
    assert texts_of(three, 2)[-2:] == [("removed", "accepted"), ("still_waiting", "waiting")]


def test_a_removal_of_whom_one_serves_taken_back_says_that_the_call_stands(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa)
    press_for_present(Button.REMOVE, three, rosa, NOON)
    texts_leave(three)
    undo(three, rosa, LATER)
    assert texts_of(three, 1)[-1] == ("still_called", "waiting")


def test_a_text_about_the_end_that_has_not_left_is_gone(db: Database, three: Queue, rosa: Servicer) -> None:
    remove(2, three, rosa)
    bring(2, three, rosa)
    assert texts_of(three, 2) == [("removed", "expired"), ("brought_back", "waiting")]


@pytest.mark.parametrize("is_told", [False, True], ids=["before it is told", "after it was told"])
def test_undo_takes_it_back_whole(db: Database, three: Queue, rosa: Servicer, is_told: bool) -> None:
    remove(2, three, rosa)
    texts_leave(three)
    before = everything(three)
    bring(2, three, rosa)
    if is_told:
        texts_leave(three)
    undo(three, rosa, LATER + minutes(1))
    assert (everything(three), line(three)) == (before, [1, 3])
    assert texts_of(three, 2)[-1] == (("removed", "waiting") if is_told else ("brought_back", "expired"))


def test_an_undone_return_of_the_closed_line_says_again_that_it_is_closed(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    press(three, rosa, lambda s, q, by: close_queue(s, q, by=by, now=NOON), button=Button.CLOSE)
    texts_leave(three)
    bring(2, three, rosa)
    texts_leave(three)
    undo(three, rosa, LATER + minutes(1))
    assert texts_of(three, 2)[-1] == ("day_ended", "waiting")


def test_an_undone_return_tells_the_end_not_yet_told(db: Database, three: Queue, rosa: Servicer) -> None:
    remove(2, three, rosa)
    bring(2, three, rosa)
    undo(three, rosa, LATER + minutes(1))
    assert texts_of(three, 2)[-1] == ("removed", "waiting")


def test_an_earlier_press_is_not_undone_once_a_colleague_has_brought_them_back(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    remove(2, three, rosa)
    bring(2, three, luis)
    with pytest.raises(NotPossible, match="changed_meanwhile"):
        undo(three, rosa, LATER + minutes(1))


@on_both
def test_who_cannot_be_brought_back_stays_as_they_are(
    business: Business, three: Queue, rosa: Servicer
) -> None:
    remove(1, three, rosa)
    assert refusal(1, three, rosa, NOON + timedelta(hours=2)) == ("too_late", 1)
    join(three, ANA, LATER)
    assert refusal(1, three, rosa) == ("has_another", 4)
    shaves = make_queue(business, "SHAVES")
    send_on(2, three, shaves, rosa, NOON)
    assert refusal(2, three, rosa) == ("gone_for_good", 2)
    change(3, three, lambda s, t: forget(s, t.customer, by=By.customer(), now=NOON))
    assert refusal(3, three, rosa) == ("gone_for_good", 3)


def test_nobody_is_brought_back_to_an_archived_queue(db: Database, three: Queue, rosa: Servicer) -> None:
    press(three, rosa, lambda s, q, by: close_for_good(s, q, by=by, now=NOON))
    transaction(lambda s: setattr(s.get_one(Queue, three.id), "archived_at", NOON))
    assert refusal(1, three, rosa) == ("archived", 1)


def test_who_left_may_come_back_by_themselves_for_five_minutes(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    def leave(now: datetime) -> None:
        change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=now))

    def come(now: datetime) -> None:
        change(2, three, lambda s, t: come_back(s, t, by=By.customer(), now=now))

    leave(NOON)
    come(NOON + timedelta(seconds=299))
    assert (line(three), texts_of(three, 2)) == ([1, 2, 3], [])
    leave(LATER)
    with pytest.raises(NotPossible, match="too_late"):
        come(LATER + minutes(5))


def test_who_was_removed_does_not_come_back_by_themselves(db: Database, three: Queue, rosa: Servicer) -> None:
    remove(2, three, rosa)
    with pytest.raises(NotPossible):
        change(2, three, lambda s, t: come_back(s, t, by=By.customer(), now=NOON))


@on_both
def test_statistics_count_whoever_was_brought_back_once(db: Database, three: Queue, rosa: Servicer) -> None:
    """Served, and not also left; the wait is up to the call that counted."""
    change(1, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    bring(1, three, rosa)
    call_next(three, rosa, NOON + minutes(10))
    press_for_present(Button.DONE, three, rosa, NOON + minutes(12))
    with reading() as session:
        days = figures_by_day(session, session.get_one(Queue, three.id), None, None, NOON + minutes(20))
    day = days[NOON.date()].whole.statistics()
    assert (day.served, day.left, day.joined) == (1, 0, 3)
    assert day.wait.max == 20 * 60


def test_a_customer_without_a_phone_is_brought_back_in_silence(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, None)
    remove(1, queue, rosa)
    bring(1, queue, rosa)
    assert (line(queue), texts_of(queue, 1)) == ([1], [])
    with reading() as session:
        assert session.get_one(Customer, ticket(queue, 1).customer_id).phone is None
