"""Undo takes back a servicer's last press whole, or nothing; and tells the customer what is so now."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database, reading, transaction
from models.duty import duty_of, go_off_duty, on_duty
from models.event import By, Event, EventKind
from models.message import OutboundMessage, TextState, advance
from models.people import Customer, Servicer
from models.press import Button, Undone, begin_press, undo_last_press
from models.queues import Queue
from models.ticket import Ticket
from models.ticket_states import NotPossible, Source, TicketState
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    line,
    minutes,
    outbox,
    press,
    ticket,
)

Verb = Callable[[Session, Ticket, By, datetime], object]

VERBS: dict[Button, Verb] = {
    Button.CALL_AGAIN: lambda s, t, by, now: t.call_again(s, by=by, now=now),
    Button.START: lambda s, t, by, now: t.start(s, by=by, now=now),
    Button.DONE: lambda s, t, by, now: t.finish(s, by=by, now=now),
    Button.NO_SHOW: lambda s, t, by, now: t.mark_no_show(s, by=by, now=now),
    Button.PUT_BACK: lambda s, t, by, now: t.put_back(s, by=by, now=now),
    Button.REMOVE: lambda s, t, by, now: t.remove(s, by=by, now=now),
}


def press_for_present(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    """A button about whom the servicer serves; Done does not call the next here."""

    def verb(session: Session, locked: Queue, by: By) -> None:
        present = locked.present_of(session, servicer.id)
        assert present is not None
        VERBS[button](session, present, by, now)

    press(queue, servicer, verb, now, button=button)


def done_and_call(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        present = locked.present_of(session, servicer.id)
        assert present is not None
        present.finish(session, by=by, now=now)
        locked.call_next(session, session.get_one(Servicer, servicer.id), by=by, now=now)

    press(queue, servicer, verb, now, button=Button.DONE)


def undo(queue: Queue, servicer: Servicer, now: datetime) -> Undone:
    """As the control page does it: Undo itself is no sign of duty until it has worked."""

    def work(session: Session) -> Undone:
        locked = Queue.lock(session, queue.id)
        press_id = f"undo at {now:%H:%M:%S}"
        begin_press(session, press_id, Button.UNDO, queue=locked, servicer_id=servicer.id, now=now)
        return undo_last_press(session, locked, by=By.servicer(servicer.id, press_id), now=now)

    return transaction(work)


def texts_leave(queue: Queue) -> None:
    """The carrier takes every text that waits."""

    def work(session: Session) -> None:
        waiting = select(OutboundMessage.id).where(OutboundMessage.state == TextState.WAITING)
        for message_id in session.scalars(waiting).all():
            advance(session, message_id, TextState.ACCEPTED, NOON, carrier_sid=f"SM{message_id}")

    transaction(work)


def everything(queue: Queue) -> list[tuple[object, ...]]:
    """The tickets as they are, but for their order in the line, which `line` tells."""
    columns = [column for column in Ticket.__table__.c if column.name != "position"]
    with reading() as session:
        statement = select(*columns).where(Ticket.queue_id == queue.id).order_by(Ticket.number)
        return [tuple(row) for row in session.execute(statement)]


@pytest.fixture
def three(queue: Queue) -> Queue:
    for index, phone in enumerate((ANA, BEN, CAI)):
        join(queue, phone, NOON - minutes(10 - index))
    return queue


# Whole presses -----------------------------------------------------------------------------------------


def test_done_and_call_is_taken_back_whole(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON + minutes(1))
    before = everything(three)
    done_and_call(three, rosa, NOON + minutes(5))
    assert (ticket(three, 1).state, ticket(three, 2).state) == (TicketState.SERVED, TicketState.CALLED)
    assert undo(three, rosa, NOON + minutes(6)) == Undone(Button.DONE, (1, 2))
    assert everything(three) == before
    assert line(three) == [2, 3]


@pytest.mark.parametrize(
    ("button", "started"),
    [(button, False) for button in VERBS]
    + [(button, True) for button in (Button.DONE, Button.PUT_BACK, Button.REMOVE)],
)
def test_every_button_about_the_present_customer_is_taken_back(
    db: Database, three: Queue, rosa: Servicer, button: Button, started: bool
) -> None:
    call_next(three, rosa, NOON)
    if started:
        press_for_present(Button.START, three, rosa, NOON + minutes(1))
    before = everything(three)
    press_for_present(button, three, rosa, NOON + minutes(2))
    assert everything(three) != before
    assert undo(three, rosa, NOON + minutes(3)) == Undone(button, (1,))
    assert everything(three) == before
    assert line(three) == [2, 3]


def test_a_call_is_taken_back_and_the_person_is_first_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    before = everything(three)
    call_next(three, rosa, NOON)
    assert undo(three, rosa, NOON + minutes(1)) == Undone(Button.CALL_NEXT, (1,))
    assert everything(three) == before
    assert line(three) == [1, 2, 3]


def test_a_walk_in_is_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    add_walk_in(three, rosa, NOON)
    assert line(three) == [1, 2, 3, 4]
    assert undo(three, rosa, NOON + minutes(1)) == Undone(Button.ADD_WALK_IN, (4,))
    assert line(three) == [1, 2, 3]
    assert ticket(three, 4).state == TicketState.REMOVED
    assert join(three, "+15550101009").number == 5  # a number is never given twice


def add_walk_in(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        customer = Customer.without_phone(session, locked.business_id, now)
        locked.take_number(session, customer, source=Source.DESK, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.ADD_WALK_IN)


def change_state(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    verb = {Button.OPEN: Queue.open, Button.PAUSE: Queue.pause, Button.CLOSE: Queue.close}[button]
    press(queue, servicer, lambda s, q, by: verb(q, s, by=by, now=now), now, button=button)


def state_of(queue: Queue) -> str:
    with reading() as session:
        return session.get_one(Queue, queue.id).state.value


def test_pause_and_open_are_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.PAUSE, three, rosa, NOON)
    change_state(Button.OPEN, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert state_of(three) == "paused"
    undo(three, rosa, NOON + minutes(3))
    assert state_of(three) == "open"


def test_close_is_taken_back_with_everybody_it_sent_away(db: Database, three: Queue, rosa: Servicer) -> None:
    before = everything(three)
    change_state(Button.CLOSE, three, rosa, NOON)
    assert line(three) == []
    assert undo(three, rosa, NOON + minutes(1)).button == Button.CLOSE
    assert (state_of(three), line(three)) == ("open", [1, 2, 3])
    assert everything(three) == before


def test_a_break_is_taken_back(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    take_a_break(three, rosa, NOON + minutes(2))
    with reading() as session:
        assert on_duty(session, three.id) == []
    assert undo(three, rosa, NOON + minutes(3)).button == Button.TAKE_A_BREAK
    with reading() as session:
        (duty,) = on_duty(session, three.id)
        assert duty.began_at == NOON


def take_a_break(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        duty = duty_of(session, locked.id, servicer.id)
        assert duty is not None
        go_off_duty(session, duty, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.TAKE_A_BREAK)


# One after the other, and only one's own ----------------------------------------------------------------


def test_twice_in_a_row_takes_back_two_presses(db: Database, three: Queue, rosa: Servicer) -> None:
    before = everything(three)
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    assert undo(three, rosa, NOON + minutes(2)) == Undone(Button.DONE, (1, 2))
    assert undo(three, rosa, NOON + minutes(3)) == Undone(Button.CALL_NEXT, (1,))
    assert (everything(three), line(three)) == (before, [1, 2, 3])
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        undo(three, rosa, NOON + minutes(4))


def test_what_was_undone_can_be_done_again_and_undone_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    for step in range(3):
        assert call_next(three, rosa, NOON + minutes(2 * step)) == 1
        undo(three, rosa, NOON + minutes(2 * step + 1))
    assert line(three) == [1, 2, 3]


def test_the_order_of_presses_is_that_of_the_database_not_of_the_clocks(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    """Two web hosts whose clocks differ: the second press bears the earlier time."""
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON - minutes(1))
    assert undo(three, rosa, NOON + minutes(1)).button == Button.START


def test_a_colleagues_press_is_not_mine_to_undo(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    call_next(three, rosa, NOON)
    call_next(three, luis, NOON + minutes(1))
    assert undo(three, rosa, NOON + minutes(2)) == Undone(Button.CALL_NEXT, (1,))
    assert ticket(three, 2).state == TicketState.CALLED
    assert line(three) == [1, 3]


def test_a_press_of_long_ago_is_not_undone(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        undo(three, rosa, NOON + minutes(61))


def test_the_undo_is_told_by_events_that_name_what_they_undo(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    with reading() as session:
        undone = session.scalars(select(Event).where(Event.kind == EventKind.UNDONE)).all()
        kinds = {session.get_one(Event, event.undoes_id).kind for event in undone}
    assert kinds == {EventKind.CALLED, EventKind.SERVED}
    assert {event.servicer_id for event in undone} == {rosa.id}


# Refused ------------------------------------------------------------------------------------------------


def refused(queue: Queue, servicer: Servicer, now: datetime) -> int | None:
    """Undo says that things have changed; gives the number it names. Nothing else may have changed."""
    before = (everything(queue), line(queue), outbox(queue), state_of(queue))
    with pytest.raises(NotPossible, match="changed_meanwhile") as refusal:
        undo(queue, servicer, now)
    assert (everything(queue), line(queue), outbox(queue), state_of(queue)) == before
    return refusal.value.number


def test_a_customer_who_has_left_meanwhile_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    change(1, three, lambda s, t: t.leave(s, by=By.customer(), now=NOON + minutes(1)))
    assert refused(three, rosa, NOON + minutes(2)) == 1


def test_done_and_call_is_refused_whole_when_the_next_has_left_meanwhile(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    change(2, three, lambda s, t: t.leave(s, by=By.customer(), now=NOON + minutes(2)))
    assert refused(three, rosa, NOON + minutes(3)) == 2
    assert ticket(three, 1).state == TicketState.SERVED


def test_somebody_served_who_has_a_new_number_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    assert join(three, ANA, NOON + minutes(2)).number == 4
    refused(three, rosa, NOON + minutes(3))


def test_somebody_served_who_is_called_in_another_place_is_not_brought_back(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    """Rosa was done with Ana, and meanwhile serves Ben: undoing only Done would give her two people."""
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    change(2, three, lambda s, t: t.arrive(s, by=By.customer(), now=NOON + minutes(2)))  # harmless
    assert undo(three, rosa, NOON + minutes(3)) == Undone(Button.DONE, (1, 2))
    assert ticket(three, 1).servicer_id == rosa.id


def test_a_walk_in_whom_a_colleague_has_called_is_not_taken_away(
    db: Database, queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    add_walk_in(queue, rosa, NOON)
    assert call_next(queue, luis, NOON + minutes(1)) == 1
    assert refused(queue, rosa, NOON + minutes(2)) == 1
    assert ticket(queue, 1).state == TicketState.CALLED


def test_a_queue_that_a_colleague_has_changed_since_stays_as_it_is(
    db: Database, three: Queue, rosa: Servicer, luis: Servicer
) -> None:
    change_state(Button.CLOSE, three, luis, NOON - minutes(30))
    change_state(Button.OPEN, three, rosa, NOON)
    join(three, ANA, NOON + minutes(1))
    change_state(Button.PAUSE, three, luis, NOON + minutes(2))
    refused(three, rosa, NOON + minutes(3))
    assert state_of(three) == "paused"


# Texts --------------------------------------------------------------------------------------------------


def test_a_turn_text_that_has_not_left_never_does(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert outbox(three, 1) == [(1, "your_turn", "expired")]


def test_a_turn_text_that_has_left_is_taken_back_by_another(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "called_too_early", "waiting")]
    assert call_next(three, rosa, NOON + minutes(2)) == 1
    assert outbox(three, 1)[1:] == [(1, "called_too_early", "expired"), (1, "your_turn", "waiting")]


def test_a_turn_text_that_done_dropped_is_sent_after_all(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.DONE, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "expired"), (1, "your_turn", "waiting")]


def test_undoing_done_tells_somebody_who_knew_nothing_new(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    done_and_call(three, rosa, NOON + minutes(1))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted")]
    assert outbox(three, 2) == [(2, "your_turn", "accepted"), (2, "called_too_early", "waiting")]


def test_an_undone_no_show_is_told_only_if_the_no_show_was(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.NO_SHOW, three, rosa, NOON + minutes(5))
    undo(three, rosa, NOON + minutes(6))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "no_show", "expired")]
    press_for_present(Button.NO_SHOW, three, rosa, NOON + minutes(7))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(8))
    assert outbox(three, 1)[2:] == [(1, "no_show", "accepted"), (1, "still_called", "waiting")]


def test_an_undone_put_back_calls_again_only_if_the_put_back_was_told(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "put_back", "expired")]
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(3))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(4))
    assert outbox(three, 1)[2:] == [(1, "put_back", "accepted"), (1, "your_turn", "waiting")]


def test_an_undone_close_tells_those_who_were_told(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.CLOSE, three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert sorted(outbox(three)) == [(n, "day_ended", "expired") for n in (1, 2, 3)]
    change_state(Button.CLOSE, three, rosa, NOON + minutes(2))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(3))
    assert sorted(outbox(three)[3:]) == sorted(
        text for n in (1, 2, 3) for text in [(n, "day_ended", "accepted"), (n, "still_waiting", "waiting")]
    )


def test_undoing_a_reminder_takes_back_only_the_reminder(db: Database, three: Queue, rosa: Servicer) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    press_for_present(Button.CALL_AGAIN, three, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert outbox(three, 1) == [(1, "your_turn", "accepted"), (1, "reminder", "expired")]


def test_nobody_without_a_phone_is_texted(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, None, NOON, Source.DESK)
    call_next(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert outbox(queue) == []


def test_the_turn_text_of_the_present_call_is_known_whatever_the_clocks_say(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    """The host that calls is a little behind the one that took Ana's joining."""
    join(queue, ANA, NOON)
    call_next(queue, rosa, NOON - minutes(1))
    with reading() as session:
        ana = session.scalars(select(Ticket)).one()
        turn = ana.turn_text(session)
    assert turn is not None
    press_for_present(Button.PUT_BACK, queue, rosa, NOON + minutes(1))
    call_next(queue, rosa, NOON + minutes(2))
    with reading() as session:
        second = session.get_one(Ticket, ana.id).turn_text(session)
    assert second is not None
    assert second.id > turn.id


def test_closing_notes_at_which_place_everybody_was(db: Database, three: Queue, rosa: Servicer) -> None:
    change_state(Button.CLOSE, three, rosa, NOON)
    with reading() as session:
        left = session.execute(
            select(Ticket.number, Event.facts)
            .join(Event, Event.ticket_id == Ticket.id)
            .where(Event.kind == EventKind.LEFT)
        ).all()
    assert {number: facts["place"] for number, facts in left} == {1: 1, 2: 2, 3: 3}
