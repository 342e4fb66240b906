"""Undo reverts a servicer's last press completely or not at all, and tells the customer what is true now."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, reminders, ticket_details
from models.queueing.announcements import announce
from models.queueing.duties import duty_of, go_off_duty, on_duty
from models.queueing.line.queries import present_ticket_of, present_tickets, waiting_tickets
from models.queueing.numbers import take_number
from models.queueing.opening import close_queue, open_queue, pause_queue
from models.queueing.presses.presses import Button, begin_press
from models.queueing.presses.undo import Undone, undo_last_press
from models.queueing.reminders import turn_text
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source, TicketState
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage, advance
from models.texts.text_states import TextState
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
    press,
    ticket,
)

Verb = Callable[[Session, Ticket, By, datetime], object]

VERBS: dict[Button, Verb] = {
    Button.CALL_AGAIN: lambda s, t, by, now: calling.call_again(s, t, by=by, now=now),
    Button.START: lambda s, t, by, now: calling.start(s, t, by=by, now=now),
    Button.DONE: lambda s, t, by, now: ending.finish(s, t, by=by, now=now),
    Button.NO_SHOW: lambda s, t, by, now: ending.mark_no_show(s, t, by=by, now=now),
    Button.PUT_BACK: lambda s, t, by, now: moving.put_back(s, t, by=by, now=now),
    Button.REMOVE: lambda s, t, by, now: ending.remove(s, t, by=by, now=now),
}


def press_for_present(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    """A button about whom the servicer serves; Done does not call the next here."""

    def verb(session: Session, locked: Queue, by: By) -> None:
        present = present_ticket_of(session, locked, servicer.id)
        assert present is not None
        VERBS[button](session, present, by, now)

    press(queue, servicer, verb, now, button=button)


def done_and_call(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        present = present_ticket_of(session, locked, servicer.id)
        assert present is not None
        ending.finish(session, present, by=by, now=now)
        calling.call_next(session, locked, session.get_one(Servicer, servicer.id), by=by, now=now)

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
    """The carrier accepts every waiting text."""

    def work(session: Session) -> None:
        waiting = select(OutboundMessage.id).where(OutboundMessage.state == TextState.WAITING)
        for message_id in session.scalars(waiting).all():
            advance(session, message_id, TextState.ACCEPTED, NOON, carrier_sid=f"SM{message_id}")

    transaction(work)


def everything(queue: Queue) -> list[tuple[object, ...]]:
    """All tickets, without their order in line, which `line` gives."""
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
        take_number(session, locked, customer, source=Source.DESK, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.ADD_WALK_IN)


def change_state(button: Button, queue: Queue, servicer: Servicer, now: datetime) -> None:
    verb = {Button.OPEN: open_queue, Button.PAUSE: pause_queue, Button.CLOSE: close_queue}[button]
    press(queue, servicer, lambda s, q, by: verb(s, q, by=by, now=now), now, button=button)


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
    change(1, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(1)))
    assert refused(three, rosa, NOON + minutes(2)) == 1


def test_done_and_call_is_refused_whole_when_the_next_has_left_meanwhile(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    done_and_call(three, rosa, NOON + minutes(1))
    change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(2)))
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
    change(
        2, three, lambda s, t: ticket_details.arrive(s, t, by=By.customer(), now=NOON + minutes(2))
    )  # harmless
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
        turn = turn_text(session, ana)
    assert turn is not None
    press_for_present(Button.PUT_BACK, queue, rosa, NOON + minutes(1))
    call_next(queue, rosa, NOON + minutes(2))
    with reading() as session:
        second = turn_text(session, session.get_one(Ticket, ana.id))
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


# Repairs of the rarer presses ---------------------------------------------------------------------------


def texts_of(queue: Queue, number: int) -> list[tuple[str, str]]:
    return [(kind, state) for _, kind, state in outbox(queue, number)]


def put_first(number: int, queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        (found,) = [t for t in waiting_tickets(session, locked) if t.number == number]
        moving.put_first(session, found, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.PUT_FIRST)


def alert(number: int, queue: Queue, now: datetime) -> None:
    """What the clock does for people who are nearly up."""
    change(number, queue, lambda s, t: reminders.alert(s, t, by=By.clock(), now=now))


def test_who_was_put_first_and_told_so_is_told_that_they_are_not(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert line(three) == [1, 2, 3]
    assert texts_of(three, 3) == [("nearly_up", "accepted"), ("still_waiting", "waiting")]
    assert ticket(three, 3).alerted_at is None  # and will be told in time


def test_who_was_put_first_and_not_yet_told_is_not_told_at_all(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "expired")]
    assert ticket(three, 3).alerted_at is None


def test_who_is_nearly_up_without_being_put_first_hears_nothing(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    transaction(lambda s: setattr(s.get_one(Queue, three.id), "alert_ahead", 3))
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "accepted")]


def test_who_had_been_offered_later_can_be_put_first_and_back(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    change(2, three, lambda s, t: moving.offer_later(t, 1, now=NOON))
    before = everything(three)
    put_first(2, three, rosa, NOON + minutes(1))
    assert undo(three, rosa, NOON + minutes(2)).numbers == (2,)
    assert everything(three) == before


def test_an_undone_put_back_of_somebody_being_served_is_told_too(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    press_for_present(Button.START, three, rosa, NOON + minutes(1))
    press_for_present(Button.PUT_BACK, three, rosa, NOON + minutes(2))
    texts_leave(three)
    undo(three, rosa, NOON + minutes(3))
    assert texts_of(three, 1)[-1] == ("still_called", "waiting")


def test_a_confirmation_dropped_by_a_mistake_is_sent_after_all(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    join(queue, ANA, source=Source.DESK)
    for press_button in (remove_first_in_line, close_it):
        press_button(queue, rosa, NOON)
        assert ("joined", "waiting") not in texts_of(queue, 1)
        undo(queue, rosa, NOON + minutes(1))
        assert texts_of(queue, 1)[-1] == ("joined", "waiting")


def test_a_confirmation_that_has_left_is_not_repeated(db: Database, queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA, source=Source.DESK)
    texts_leave(queue)
    remove_first_in_line(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "accepted")]


def test_a_nearly_up_dropped_by_a_mistake_will_be_told_again(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    alert(3, three, NOON)
    remove_first_in_line(three, rosa, NOON)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("nearly_up", "expired")]
    assert ticket(three, 3).alerted_at is None


def test_who_hears_that_they_are_next_after_all_is_not_told_so_twice(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    put_first(3, three, rosa, NOON)
    call_next(three, rosa, NOON)
    texts_leave(three)
    undo(three, rosa, NOON + minutes(1))
    assert texts_of(three, 3) == [("your_turn", "accepted"), ("called_too_early", "waiting")]
    assert ticket(three, 3).alerted_at == NOON + minutes(1)


def remove_first_in_line(queue: Queue, servicer: Servicer, now: datetime) -> None:
    press(
        queue,
        servicer,
        lambda s, q, by: ending.remove(s, waiting_tickets(s, q)[0], by=by, now=now),
        now,
        button=Button.REMOVE,
    )


def close_it(queue: Queue, servicer: Servicer, now: datetime) -> None:
    change_state(Button.CLOSE, queue, servicer, now)


def test_a_walk_in_whose_confirmation_has_left_is_told_that_it_was_a_mistake(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    add_ana_at_the_desk(queue, rosa, NOON)
    texts_leave(queue)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "accepted"), ("taken_back", "waiting")]


def test_a_walk_in_whose_confirmation_has_not_left_hears_nothing(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    add_ana_at_the_desk(queue, rosa, NOON)
    undo(queue, rosa, NOON + minutes(1))
    assert texts_of(queue, 1) == [("joined", "expired")]


def add_ana_at_the_desk(queue: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        business = locked.business
        ana = Customer.with_phone(session, business.id, ANA, now)
        ours = business.numbers[0].id
        take_number(session, locked, ana, source=Source.DESK, by=by, now=now, our_number_id=ours)

    press(queue, servicer, verb, now, button=Button.ADD_WALK_IN)


@pytest.fixture
def shaves(business: Business) -> Queue:
    return make_queue(business, "SHAVES", name="Shaves")


def send_on(number: int, queue: Queue, to: Queue, servicer: Servicer, now: datetime) -> None:
    def verb(session: Session, locked: Queue, by: By) -> None:
        here, there = lock_both(session, locked.id, to.id)
        (found,) = [
            t for t in waiting_tickets(session, here) + present_tickets(session, here) if t.number == number
        ]
        transfer(session, found, there, by=by, now=now)

    press(queue, servicer, verb, now, button=Button.TRANSFER)


@pytest.mark.parametrize(
    ("buttons", "repaired_by"),
    [
        ((), "still_waiting"),
        ((Button.CALL_NEXT,), "still_called"),
        ((Button.CALL_NEXT, Button.START), "still_called"),
    ],
)
def test_a_transfer_that_was_told_is_taken_back_by_text(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer, buttons: tuple[Button, ...], repaired_by: str
) -> None:
    if Button.CALL_NEXT in buttons:
        call_next(three, rosa, NOON)
    if Button.START in buttons:
        press_for_present(Button.START, three, rosa, NOON)
    texts_leave(three)
    before = everything(three)
    send_on(1, three, shaves, rosa, NOON + minutes(1))
    assert line(shaves) == [1]
    texts_leave(three)
    assert undo(three, rosa, NOON + minutes(2)).button == Button.TRANSFER
    assert (line(shaves), everything(three)) == ([], before)
    assert texts_of(shaves, 1) == [("transferred", "accepted")]
    assert texts_of(three, 1)[-1] == (repaired_by, "waiting")


def test_a_transfer_that_was_not_told_is_taken_back_in_silence(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer
) -> None:
    call_next(three, rosa, NOON)
    texts_leave(three)
    send_on(1, three, shaves, rosa, NOON + minutes(1))
    undo(three, rosa, NOON + minutes(2))
    assert texts_of(shaves, 1) == [("transferred", "expired")]
    assert texts_of(three, 1) == [("your_turn", "accepted")]


def test_a_transfer_is_not_taken_back_once_they_are_called_there(
    db: Database, three: Queue, shaves: Queue, rosa: Servicer, luis: Servicer
) -> None:
    send_on(1, three, shaves, rosa, NOON)
    call_next(shaves, luis, NOON + minutes(1))
    refused(three, rosa, NOON + minutes(2))
    assert ticket(shaves, 1).state == TicketState.CALLED


def test_a_message_to_everybody_is_stopped_for_those_who_have_not_got_it(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    press(three, rosa, lambda s, q, by: announce(s, q, "Tea!", by=by, now=NOON), NOON, button=Button.ANNOUNCE)

    def one_leaves_and_one_is_under_way(session: Session) -> None:
        first, second, _ = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        advance(session, first.id, TextState.ACCEPTED, NOON, carrier_sid="SM1")
        second.state = TextState.SENDING

    transaction(one_leaves_and_one_is_under_way)
    undo(three, rosa, NOON + minutes(1))
    assert [state for _, _, state in outbox(three)] == ["accepted", "sending", "expired"]
    with reading() as session:
        texts = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        assert [text.obsolete_at is not None for text in texts] == [False, True, True]


def test_a_message_to_everybody_does_not_reach_who_has_left(
    db: Database, three: Queue, rosa: Servicer
) -> None:
    press(three, rosa, lambda s, q, by: announce(s, q, "Tea!", by=by, now=NOON), NOON, button=Button.ANNOUNCE)
    change(2, three, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON))
    assert [state for _, _, state in outbox(three)] == ["waiting", "expired", "waiting"]
