"""Sending webhooks: each arrives, in order for each ticket, however often the other side or a clock fails."""

from datetime import timedelta

from sqlalchemy import text

from jobs.webhooks.deliver import pause_after
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.webhooks.deliveries import DeliveryState, clear_old_deliveries, replay
from models.webhooks.sending import (
    LEASE,
    Claim,
    Outcome,
    claim_next,
    clocks_sending,
    release_lapsed,
)
from tests.jobs.webhooks.receiver import BROKEN, TAKEN, Shop, states, visit
from tests.models.storage.test_indexes import listening
from tests.models.webhooks.listening import deliveries, listens
from tests.one_database import on_sqlite
from tests.world import (
    ANA,
    BEN,
    NOON,
    join,
    phone,
)


def test_every_event_arrives_once_and_in_order(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    visit(queue, rosa, ANA, 1)
    shop = Shop()
    shop.tell(hook)
    assert shop.kinds == ["ticket.joined", "ticket.called", "ticket.served"]
    shop.tell(hook)
    assert len(shop.got) == 3
    assert states(hook) == ["delivered"] * 3


@on_sqlite
def test_what_fails_is_tried_again_later_and_holds_up_its_own_ticket_alone(
    queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    visit(queue, rosa, ANA, 1)
    visit(queue, rosa, BEN, 2)
    shop = Shop(lambda claim: BROKEN if '"number":1,' in claim.body else TAKEN)
    shop.tell(hook)
    assert shop.kinds == ["ticket.joined", *["ticket.joined", "ticket.called", "ticket.served"]]
    shop.answer = lambda _: TAKEN
    shop.tell(hook, timedelta(seconds=30))
    assert len(shop.got) == 4, "not before its time"
    shop.tell(hook, timedelta(minutes=2))
    assert shop.kinds[4:] == ["ticket.joined", "ticket.called", "ticket.served"]
    [first, again] = [claim for claim in shop.got if '"number":1,' in claim.body][:2]
    assert (first.message_id, first.body) == (again.message_id, again.body)


def test_a_receiver_that_fails_half_the_time_and_clocks_that_die(queue: Queue, rosa: Servicer) -> None:
    """A clock that dies has sent and not recorded, or claimed and not sent."""
    hook, _ = listens(rosa)
    for index in range(4):
        visit(queue, rosa, phone(index), index + 1)
    taken: list[Claim] = []

    def answer(claim: Claim) -> Outcome:
        turn = len(shop.got)
        if turn % 2:
            return BROKEN
        taken.append(claim)
        if turn % 6 == 0:
            raise SystemExit  # it was taken, and nobody recorded that
        return TAKEN

    shop = Shop(answer)
    for _ in range(200):
        try:
            shop.tell(hook, timedelta(hours=1))
        except SystemExit:
            shop.job._release(shop.now + LEASE)
        if set(states(hook)) == {"delivered"}:
            break
    assert states(hook) == ["delivered"] * 12
    order: dict[str, list[str]] = {}
    for claim in taken:
        of_ticket = order.setdefault(claim.body.partition('"id":"')[2].partition('"')[0], [])
        if claim.kind not in of_ticket:
            of_ticket.append(claim.kind)
    assert list(order.values()) == [["ticket.joined", "ticket.called", "ticket.served"]] * 4
    assert len({claim.message_id for claim in taken}) == 12 < len(taken)


def test_a_claim_of_a_clock_that_lives_is_left_alone(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    shop = Shop()
    shop.job.note()
    assert transaction(lambda s: claim_next(s, hook, NOON, clock="another host:1:a")) is not None
    shop.job._release(NOON + LEASE / 2)
    shop.tell(hook)
    assert (shop.got, states(hook)) == ([], ["sending"])
    shop.job._release(NOON + LEASE)
    shop.tell(hook, LEASE)
    assert states(hook) == ["delivered"]


@on_sqlite
def test_a_replay_is_the_same_message(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    shop = Shop()
    shop.tell(hook)
    [kept] = deliveries(hook)
    assert transaction(lambda s: replay(s, hook, kept.id, NOON)) is not None
    assert transaction(lambda s: replay(s, hook, kept.id, NOON)) is None, "it is on its way"
    shop.tell(hook)
    first, again = shop.got
    assert (first.message_id, first.body) == (again.message_id, again.body)


def test_what_is_being_sent_is_found_without_reading_all_that_waits(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    for index in range(30):
        join(queue, phone(index))
    shop = Shop()
    shop.job.note()
    assert transaction(lambda s: claim_next(s, hook, NOON, clock="another host:1:a")) is not None
    with listening(db) as asked:
        with reading() as session:
            assert clocks_sending(session) == ["another host:1:a"]
        assert transaction(lambda s: release_lapsed(s, NOON + LEASE, [])) == 1
    with db.engine.connect() as connection:
        if not db.is_sqlite:
            connection.execute(text("ANALYZE webhook_deliveries"))
            connection.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
        for statement, given in asked:
            plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, given))
            assert "ix_webhook_deliveries_sending" in plan, statement
            assert "= 'sending'" in statement, "once prepared, a statement with a parameter may not use it"


@on_sqlite
def test_old_deliveries_go(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA)
    shop = Shop()
    shop.tell(hook)
    transaction(lambda s: clear_old_deliveries(s, NOON + timedelta(days=9)))
    assert states(hook) == [DeliveryState.DELIVERED]
    transaction(lambda s: clear_old_deliveries(s, NOON + timedelta(days=11)))
    assert states(hook) == []


# From here on no database matters ---------------------------------------------------------------------


def test_pauses_grow_from_seconds_to_hours_and_are_never_quite_the_same() -> None:
    pauses = [pause_after(count).total_seconds() for count in range(1, 40)]
    assert 1 < pauses[0] < 3
    assert 2 * 3600 < pauses[-1] < 4 * 3600
    assert len(set(pauses)) == len(pauses)
