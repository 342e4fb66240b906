"""Desks are retired and queues archived; nothing that happened is lost, and both come back."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import answer
from bot.wording.rendering import render
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.queueing.hours.opening_hours import all_hours, set_hours, timetable_of
from models.queueing.hours.timetable import EVERY_DAY, time_of_day
from models.queueing.opening import close_queue, open_queue
from models.queueing.presses.undo import undo_last_press
from models.queueing.setup.queue_settings import (
    add_desk,
    archive,
    change_queue,
    rename_desk,
    retire_desk,
    unarchive,
)
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Desk, Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.storage.database import reading, transaction
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from tests.one_database import on_both
from tests.world import ANA, BEN, NOON, call_next, join, make_desk, minutes, outbox, press, ticket


def of_queue(queue: Queue, verb):  # type: ignore[no-untyped-def]
    return transaction(lambda session: verb(session, Queue.lock(session, queue.id)))


def desks(queue: Queue) -> list[str]:
    with reading() as session:
        return [desk.name for desk in session.get_one(Queue, queue.id).desks]


def archived(queue: Queue) -> int:
    return int(of_queue(queue, lambda s, q: archive(s, q, by=By.command(), now=NOON)))


def test_only_what_differs_is_changed_and_told(queue: Queue) -> None:
    assert of_queue(queue, lambda s, q: change_queue(q, name="Cuts", alert_ahead=2))
    assert not of_queue(queue, lambda s, q: change_queue(q, name="Cuts"))
    with reading() as session:
        there = session.get_one(Queue, queue.id)
        assert (there.name, there.revision) == ("Cuts", 1)


def test_a_retired_desk_is_offered_to_nobody_and_who_is_there_has_none(queue: Queue, rosa: Servicer) -> None:
    desk = make_desk(queue, "Chair 1")
    join(queue, ANA)
    call_next(queue, rosa, desk=desk)

    def retire(session: Session, q: Queue) -> None:
        retire_desk(session, q, session.get_one(Desk, desk.id), by=By.command(), now=NOON)

    of_queue(queue, retire)
    assert desks(queue) == []
    assert ticket(queue, 1).desk_id == desk.id  # where they were asked to come to stays true


@on_both
def test_a_retired_desk_comes_back_under_its_name(queue: Queue) -> None:
    desk = make_desk(queue, "Chair 1")
    of_queue(queue, lambda s, q: retire_desk(s, q, s.get_one(Desk, desk.id), by=By.command(), now=NOON))
    assert of_queue(queue, lambda s, q: add_desk(s, q, "Chair 1"))
    assert not of_queue(queue, lambda s, q: add_desk(s, q, "Chair 1"))
    assert desks(queue) == ["Chair 1"]


@on_both
def test_two_desks_never_have_one_name(queue: Queue) -> None:
    desk = make_desk(queue, "Chair 1")
    make_desk(queue, "Chair 2")
    with pytest.raises(NotPossible, match="desk_name_taken"):
        of_queue(queue, lambda s, q: rename_desk(s, q, s.get_one(Desk, desk.id), "Chair 2"))
    of_queue(queue, lambda s, q: rename_desk(s, q, s.get_one(Desk, desk.id), "Window"))
    assert desks(queue) == ["Window", "Chair 2"]


def test_archiving_closes_the_queue_and_tells_those_who_wait(queue: Queue) -> None:
    join(queue, ANA)
    assert archived(queue) == 1
    with reading() as session:
        assert session.get_one(Queue, queue.id).state == QueueState.CLOSED
    assert ticket(queue, 1).state == TicketState.LEFT
    assert outbox(queue) == [(1, "day_ended", "waiting")]
    with reading() as session:
        (told,) = session.scalars(select(OutboundMessage)).all()
    assert "is no longer running" in render(told.kind, told.facts)  # there is no other day to come back


def test_a_queue_in_which_somebody_is_served_is_not_archived(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA), join(queue, BEN)
    call_next(queue, rosa)
    with pytest.raises(NotPossible, match="still_serving") as refusal:
        archived(queue)
    assert refusal.value.number == 1
    assert ticket(queue, 2).state == TicketState.WAITING


@on_both
def test_neither_somebody_nor_the_clock_nor_undo_opens_an_archived_queue(
    queue: Queue, rosa: Servicer
) -> None:
    hours = (time_of_day("9:00"), time_of_day("17:00"))
    of_queue(queue, lambda s, q: set_hours(s, q, EVERY_DAY, hours, now=NOON))
    press(queue, rosa, lambda s, q, by: close_queue(s, q, by=by, now=NOON))
    archived(queue)
    with reading() as session:
        assert all_hours(session) == []
        assert timetable_of(session, session.get_one(Queue, queue.id)) is None
    with pytest.raises(NotPossible, match="archived"):
        of_queue(queue, lambda s, q: open_queue(s, q, by=By.command(), now=NOON))
    later = NOON + minutes(1)
    with pytest.raises(NotPossible, match="changed_meanwhile"):
        of_queue(queue, lambda s, q: undo_last_press(s, q, by=By.servicer(rosa.id, "undo"), now=later))


def test_an_archived_queue_comes_back_closed(queue: Queue) -> None:
    archived(queue)
    of_queue(queue, lambda s, q: unarchive(q, now=NOON))
    of_queue(queue, lambda s, q: open_queue(s, q, by=By.command(), now=NOON))
    assert join(queue, ANA).number == 1


@on_both
def test_its_keyword_takes_no_number_by_text(business: Business, queue: Queue) -> None:
    archived(queue)

    def work(session: Session) -> str | None:
        ours = session.get_one(OurNumber, 1)
        text, _ = InboundMessage.record(session, sid="SM1", our_number=ours, body="CET236", now=NOON)
        return answer(session, text, phone=ANA, now=NOON, public_url="https://q.example").text

    assert "didn't get that" in str(transaction(work))
