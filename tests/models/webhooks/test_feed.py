"""What is told of tickets and queues, and to whom: all of it, in order, and nothing of anybody else's."""

import json

import pytest
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Role, Servicer
from models.privacy.forgetting import forget
from models.queueing import ending, opening, returning, ticket_details
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import EventKind, record
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Database, reading, transaction
from models.webhooks.deliveries import Delivery
from models.webhooks.endpoints import Endpoint, OffReason, choose_queues, turn_off, turn_on
from models.webhooks.feed import queues_with_news
from tests import world
from tests.models.storage.test_indexes import DOINGS, listening, read_whole
from tests.models.webhooks.listening import deliveries, listens, note, told
from tests.one_database import on_sqlite
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    call_next,
    change,
    join,
    make_business,
    make_queue,
    make_servicer,
    minutes,
)


def finish(queue: Queue, rosa: Servicer, number: int = 1) -> None:
    by = By.servicer(rosa.id)
    change(number, queue, lambda s, ticket: ending.finish(s, ticket, by=by, now=NOON + minutes(9)))


def test_a_visit_is_told_from_joining_to_the_end(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA, name="Ana", party=2)
    call_next(queue, rosa, NOON + minutes(4))
    finish(queue, rosa)
    assert told(hook) == [
        ("ticket.joined", 1, "waiting"),
        ("ticket.called", 1, "called"),
        ("ticket.served", 1, "served"),
    ]
    joined, called, served = (d.data for d in deliveries(hook))
    assert joined["joined_at"] == "2026-03-10T12:00:00+00:00"
    assert [joined["called_at"], joined["ended_at"]] == [None, None], "as it was, not as it is"
    assert (called["called_at"], called["ended_at"]) == ("2026-03-10T12:04:00+00:00", None)
    assert served["ended_at"] == "2026-03-10T12:09:00+00:00"
    assert (joined["id"], joined["queue"], joined["party"]) == ("t1", "CET236", 2)


@on_sqlite
def test_no_name_phone_or_token_is_kept(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana Lopes")
    note(hook)
    [kept] = deliveries(hook)
    for secret in ("Ana", ANA, ANA[1:], world.ticket(queue, 1).token):
        assert secret not in json.dumps(kept.data)


def test_what_is_read_twice_is_told_once(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    assert told(hook) == told(hook) == [("ticket.joined", 1, "waiting")]
    join(queue, BEN)
    assert [number for _, number, _ in told(hook)] == [1, 2]


@on_sqlite
def test_an_undone_press_says_what_is_so_again(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    call_next(queue, rosa)

    by = By.servicer(rosa.id)
    transaction(lambda s: undo_last_press(s, Queue.lock(s, queue.id), by=by, now=NOON))
    assert told(hook)[1:] == [("ticket.called", 1, "called"), ("ticket.undone", 1, "waiting")]


@on_sqlite
def test_a_promise_taken_back_is_no_press(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)

    def take_back(session: Session, ticket: Ticket) -> None:
        changed = ticket.change(session, EventKind.PROMISE_CHANGED, By.clock(), NOON, told_again=1)
        ticket.change(session, EventKind.UNDONE, By.clock(), NOON, undoes_id=changed, told_again=0)

    change(1, queue, take_back)
    assert told(hook) == [("ticket.joined", 1, "waiting")]


def test_what_is_read_late_is_told_as_it_was(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    by = By.servicer(rosa.id)
    change(1, queue, lambda s, ticket: ticket_details.arrive(s, ticket, by=By.customer(), now=NOON))
    call_next(queue, rosa, NOON + minutes(2))
    change(1, queue, lambda s, ticket: ending.mark_no_show(s, ticket, by=by, now=NOON + minutes(3)))
    change(1, queue, lambda s, ticket: returning.bring_back(s, ticket, by=by, now=NOON + minutes(4)))
    call_next(queue, rosa, NOON + minutes(5))
    assert told(hook) == [
        ("ticket.joined", 1, "waiting"),
        ("ticket.arrived", 1, "waiting"),
        ("ticket.called", 1, "called"),
        ("ticket.no_show", 1, "no_show"),
        ("ticket.brought_back", 1, "waiting"),
        ("ticket.called", 1, "called"),
    ]
    moments = [(d.data["called_at"], d.data["ended_at"]) for d in deliveries(hook)]
    first, again, ended = (f"2026-03-10T12:0{minute}:00+00:00" for minute in (2, 5, 3))
    assert moments[1:4] == [(None, None), (first, None), (first, ended)]
    assert moments[5] == (again, None)


@on_sqlite
def test_who_is_transferred_is_told_in_both_queues(business: Business, queue: Queue, rosa: Servicer) -> None:
    other = make_queue(business, keyword="COLOR", name="Color")
    hook, _ = listens(rosa)
    join(queue, ANA)

    def work(session: Session) -> None:
        _here, there = lock_both(session, queue.id, other.id)
        mine = Ticket.lock(session, 1)
        assert mine is not None
        transfer(session, mine, there, by=By.servicer(rosa.id), now=NOON)

    transaction(work)
    assert sorted(told(hook)[1:]) == [("ticket.removed", 1, "removed"), ("ticket.transferred", 1, "waiting")]
    [new] = [d for d in deliveries(hook) if d.kind == "ticket.transferred"]
    assert new.data["from"] == {"id": "t1", "queue": "CET236"}
    assert new.data["queue"] == "COLOR"


@on_sqlite
def test_a_queue_that_pauses_opens_and_closes(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    by = By.servicer(rosa.id)
    for verb in (opening.pause_queue, opening.open_queue, opening.begin_last_call, opening.close_queue):
        transaction(lambda s, verb=verb: verb(s, Queue.lock(s, queue.id), by=by, now=NOON))
    states = ["paused", "open", "last_call", "closed"]
    assert [state for _, _, state in told(hook)] == states
    assert [kind for kind, _, _ in told(hook)] == [
        "queue.paused",
        "queue.opened",
        "queue.last_call",
        "queue.closed",
    ]


@on_sqlite
def test_only_the_chosen_events_of_the_chosen_queues(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, keyword="COLOR")
    of_one, _ = listens(rosa, queue_ids=[other.id])
    calls, _ = listens(rosa, events=["ticket.called"])
    join(queue, ANA), join(other, BEN)
    call_next(queue, rosa)
    assert told(of_one) == [("ticket.joined", 1, "waiting")]
    assert told(calls) == [("ticket.called", 1, "called")]


@on_sqlite
def test_nothing_of_another_business_and_nothing_of_before(queue: Queue, rosa: Servicer) -> None:
    join(queue, ANA)
    hook, _ = listens(rosa)
    theirs = make_business(name="Xylo Inc", number="+15550109999")
    join(make_queue(theirs, keyword="OTHER"), BEN)
    assert told(hook) == []
    zoe, _ = listens(make_servicer(theirs, "Zoe", role=Role.MANAGER))
    join(queue, BEN)
    assert (told(zoe), told(hook)) == ([], [("ticket.joined", 2, "waiting")])


@on_sqlite
def test_what_is_imported_did_not_happen_now(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA, source=Source.HISTORY)
    assert told(hook) == []


@on_sqlite
def test_one_that_is_off_is_told_nothing_of_meanwhile(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    transaction(lambda s: turn_off(s.get_one(Endpoint, hook), OffReason.BY_HAND, NOON))
    join(queue, ANA)
    assert told(hook) == []
    transaction(lambda s: turn_on(s, s.get_one(Endpoint, hook)))
    join(queue, BEN)
    assert told(hook) == [("ticket.joined", 2, "waiting")]


def test_who_was_forgotten_while_it_was_off_is_told_when_it_is_on(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.webhooks.feed.AT_A_TIME", 2)
    hook, _ = listens(rosa)
    join(queue, ANA), join(queue, BEN), join(queue, CAI)
    note(hook)
    transaction(lambda s: turn_off(s.get_one(Endpoint, hook), OffReason.BY_HAND, NOON))

    def work(session: Session) -> None:
        for of in (ANA, BEN):
            theirs = Customer.with_phone(session, queue.business_id, of, NOON)
            forget(session, theirs, by=By.customer(), now=NOON)

    transaction(work)
    call_next(queue, rosa)
    assert len(told(hook)) == 3
    transaction(lambda s: turn_on(s, s.get_one(Endpoint, hook)))
    with listening(db) as asked:
        assert told(hook)[3:] == [("ticket.forgotten", 1, "left"), ("ticket.forgotten", 2, "left")]
    assert read_whole(db, asked) == set()
    assert news(hook) == []
    transaction(lambda s: turn_on(s, s.get_one(Endpoint, hook)))
    assert len(told(hook)) == 5, "each once"


def test_a_forgotten_customer_is_told_last_and_answers_about_them_are_erased(
    queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA, name="Ana"), join(queue, BEN)
    note(hook)

    def work(session: Session) -> None:
        for kept, name in zip(deliveries(hook), ("Ana", "Ben"), strict=True):
            session.get_one(Delivery, kept.id).answer = f"thanks for {name}"
        session.flush()
        ana = Customer.with_phone(session, queue.business_id, ANA, NOON)
        forget(session, ana, by=By.customer(), now=NOON)

    transaction(work)
    assert told(hook)[2:] == [("ticket.left", 1, "left"), ("ticket.forgotten", 1, "left")]
    assert [d.answer for d in deliveries(hook)][:2] == [None, "thanks for Ben"]


@on_sqlite
def test_who_joins_or_presses_asks_nothing_of_webhooks(db: Database, queue: Queue, rosa: Servicer) -> None:
    listens(rosa)
    join(queue, ANA), join(queue, BEN)
    with listening(db) as asked:
        DOINGS["join"](queue, rosa), DOINGS["call next"](queue, rosa)
    assert not [statement for statement, _ in asked if "webhook" in statement]


def news(hook: int) -> list[int]:
    with reading() as session:
        return queues_with_news(session, session.get_one(Endpoint, hook))


def noted(hook: int) -> list[Delivery]:
    note(hook)
    return deliveries(hook)


@on_sqlite
def test_what_is_not_told_is_no_news(business: Business, queue: Queue, rosa: Servicer) -> None:
    other = make_queue(business, keyword="COLOR")
    hook, _ = listens(rosa)
    of_one, _ = listens(rosa, queue_ids=[other.id])
    join(queue, ANA)
    assert (news(hook), news(of_one)) == ([queue.id], []), "the other does not listen there"
    note(hook)
    transaction(lambda s: record(s, EventKind.DUTY_ENDED, queue_id=queue.id, by=By.clock(), now=NOON))
    assert news(hook) == []
    join(queue, BEN)
    assert told(hook) == [("ticket.joined", 1, "waiting"), ("ticket.joined", 2, "waiting")]


@on_sqlite
def test_of_a_queue_that_is_added_only_what_comes_is_told(
    business: Business, queue: Queue, rosa: Servicer
) -> None:
    other = make_queue(business, keyword="COLOR")
    hook, _ = listens(rosa, queue_ids=[other.id])
    join(queue, ANA), join(other, ANA)
    transaction(lambda s: choose_queues(s, s.get_one(Endpoint, hook), None))
    join(queue, BEN)
    assert sorted((d.data["queue"], d.data["number"]) for d in noted(hook)) == [("CET236", 2), ("COLOR", 1)]


def test_the_log_is_read_by_an_index(db: Database, queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    with listening(db) as asked:
        note(hook)
    assert read_whole(db, asked) == set()
