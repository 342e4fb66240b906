"""Coming, pressed for somebody who was called: their reminder and no-show wait, and Undo takes that back."""

from datetime import datetime

import pytest

from jobs.queues.no_shows import NoShows
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ticket_details
from models.queueing.presses.presses import Button
from models.queueing.presses.undo import Undone
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import TicketState
from models.storage.database import Database
from tests.models.queueing.undo.presses import press_for_present, refused, texts_leave, texts_of, undo
from tests.one_database import on_both
from tests.world import ANA, NOON, call_next, change, join, make_queue, minutes, ticket


@pytest.fixture
def strict(db: Database, business: Business, rosa: Servicer) -> Queue:
    """Marks no-shows by itself after five minutes; Rosa has called Ana at noon, who was told."""
    queue = make_queue(business, "STRICT", marks_no_shows=True)
    join(queue, ANA, NOON - minutes(10))
    call_next(queue, rosa, NOON)
    texts_leave(queue)
    return queue


def mark_as_coming(queue: Queue, servicer: Servicer, now: datetime) -> None:
    press_for_present(Button.COMING, queue, servicer, now)


def job(*later: float) -> None:
    clock = NoShows()
    for each in later:
        clock.run(NOON + minutes(each))


def kinds(queue: Queue) -> list[str]:
    return [kind for kind, _ in texts_of(queue, 1)]


def test_nobody_is_reminded_or_given_up_before_that(strict: Queue, rosa: Servicer) -> None:
    mark_as_coming(strict, rosa, NOON + minutes(1))
    job(2, 5, 5.9)
    assert (kinds(strict), ticket(strict, 1).state) == (["your_turn"], TicketState.CALLED)
    job(6)
    assert kinds(strict) == ["your_turn", "reminder"]
    job(9)
    assert ticket(strict, 1).state == TicketState.NO_SHOW, "three minutes after the reminder, as ever"


def test_a_later_press_waits_on(strict: Queue, rosa: Servicer) -> None:
    for later in (1, 5):
        mark_as_coming(strict, rosa, NOON + minutes(later))
    job(6, 9.9)
    assert (kinds(strict), ticket(strict, 1).state) == (["your_turn"], TicketState.CALLED)


def test_whoever_was_reminded_is_not_reminded_again(strict: Queue, rosa: Servicer) -> None:
    job(2)
    mark_as_coming(strict, rosa, NOON + minutes(4))
    job(5, 8.9)
    assert (kinds(strict), ticket(strict, 1).state) == (["your_turn", "reminder"], TicketState.CALLED)
    job(9)
    assert ticket(strict, 1).state == TicketState.NO_SHOW


def test_the_question_whether_they_are_here_is_answered_by_it(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    job(2, 5)
    assert ticket(three, 1).not_here_at is not None
    mark_as_coming(three, rosa, NOON + minutes(6))
    assert ticket(three, 1).not_here_at is None
    job(10.9)
    assert ticket(three, 1).not_here_at is None
    job(11)
    assert ticket(three, 1).not_here_at == NOON + minutes(11)


def test_undo_lets_the_clock_go_on_as_it_was(strict: Queue, rosa: Servicer) -> None:
    before = ticket(strict, 1)
    mark_as_coming(strict, rosa, NOON + minutes(1))
    assert undo(strict, rosa, NOON + minutes(1.5)) == Undone(Button.COMING, (1,))
    after = ticket(strict, 1)
    for column in ("coming_until", "remind_after", "no_show_after", "not_here_at"):
        assert getattr(after, column) == getattr(before, column), column
    job(2, 5)
    assert kinds(strict)[:2] == ["your_turn", "reminder"]
    assert ticket(strict, 1).state == TicketState.NO_SHOW


def test_undo_of_the_second_press_goes_back_to_the_first(strict: Queue, rosa: Servicer) -> None:
    for later in (1, 3):
        mark_as_coming(strict, rosa, NOON + minutes(later))
    undo(strict, rosa, NOON + minutes(4))
    assert ticket(strict, 1).coming_until == NOON + minutes(6)
    undo(strict, rosa, NOON + minutes(5))
    assert ticket(strict, 1).coming_until is None


def test_undo_reminds_nobody_a_second_time(strict: Queue, rosa: Servicer) -> None:
    mark_as_coming(strict, rosa, NOON + minutes(1))
    job(6)
    undo(strict, rosa, NOON + minutes(7))
    job(8)
    assert (kinds(strict), ticket(strict, 1).state) == (["your_turn", "reminder"], TicketState.CALLED)


def test_undo_leaves_the_question_that_was_asked_since(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    mark_as_coming(three, rosa, NOON + minutes(1))
    job(6, 9)
    undo(three, rosa, NOON + minutes(10))
    job(11)
    assert ticket(three, 1).not_here_at == NOON + minutes(9)


@on_both
def test_what_they_say_since_stands_and_undo_is_refused(strict: Queue, rosa: Servicer) -> None:
    mark_as_coming(strict, rosa, NOON + minutes(1))
    change(
        1,
        strict,
        lambda s, t: ticket_details.come_soon(s, t, 10, by=By.customer(), now=NOON + minutes(2)),
    )
    assert refused(strict, rosa, NOON + minutes(3)) == 1
    assert ticket(strict, 1).coming_until == NOON + minutes(12)


def test_whoever_has_come_since_is_still_here_after_undo(strict: Queue, rosa: Servicer) -> None:
    mark_as_coming(strict, rosa, NOON + minutes(1))
    change(1, strict, lambda s, t: ticket_details.arrive(s, t, by=By.customer(), now=NOON + minutes(2)))
    undo(strict, rosa, NOON + minutes(3))
    assert ticket(strict, 1).arrived_at == NOON + minutes(2)


def test_start_and_its_undo_keep_the_wait(strict: Queue, rosa: Servicer) -> None:
    mark_as_coming(strict, rosa, NOON + minutes(1))
    press_for_present(Button.START, strict, rosa, NOON + minutes(2))
    assert ticket(strict, 1).coming_until is None
    undo(strict, rosa, NOON + minutes(3))
    assert ticket(strict, 1).coming_until == NOON + minutes(6)
