"""A webhook that fails: it rests, is turned off, and the managers are told."""

from datetime import timedelta

from sqlalchemy import select

from models.people.audit_log import AuditAction, AuditEntry
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import reading
from models.webhooks.deliveries import Problem
from models.webhooks.sending import (
    TRIED_FOR,
    Outcome,
)
from tests.jobs.webhooks.receiver import BROKEN, TAKEN, Shop, mails, states, visit
from tests.models.webhooks.listening import endpoint, listens
from tests.one_database import on_sqlite
from tests.world import (
    ANA,
    BEN,
    NOON,
    join,
    phone,
)


@on_sqlite
def test_one_that_takes_nothing_is_tried_by_one_message_at_a_time(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    for index in range(9):
        join(queue, phone(index))
    shop = Shop(lambda _: Outcome(problem=Problem.NO_ANSWER))
    shop.tell(hook)
    assert len(shop.got) == 5
    shop.tell(hook, timedelta(minutes=3))
    assert len(shop.got) == 6
    shop.answer = lambda _: TAKEN
    shop.tell(hook, timedelta(minutes=9))
    assert states(hook) == ["delivered"] * 9


@on_sqlite
def test_after_three_days_it_is_off_and_the_managers_are_told_once(
    queue: Queue, rosa: Servicer, luis: Servicer
) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA), join(queue, BEN)
    shop = Shop(lambda _: BROKEN)
    while endpoint(hook).off_at is None and shop.now < NOON + timedelta(days=5):
        shop.tell(hook, timedelta(hours=9))
    assert TRIED_FOR <= shop.now - NOON <= TRIED_FOR + timedelta(hours=18)
    assert mails() == [(rosa.email, "failing")]
    tried = len(shop.got)
    for _ in range(3):
        shop.tell(hook, timedelta(hours=4))
    assert (len(shop.got), mails()) == (tried, [(rosa.email, "failing")])
    with reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == AuditAction.WEBHOOK_OFF))
        assert entry.facts == {"what": "shop.example.com", "reason": "failing"}


@on_sqlite
def test_one_message_that_is_never_taken_is_given_up_and_the_others_go_on(
    queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa)
    visit(queue, rosa, ANA, 1)
    shop = Shop(lambda claim: BROKEN if claim.kind == "ticket.called" else TAKEN)
    for index in range(9):
        join(queue, phone(index))  # something else is taken meanwhile
        shop.tell(hook, timedelta(hours=10))
    assert states(hook)[:3] == ["delivered", "given_up", "delivered"]
    assert (endpoint(hook).off_at, mails()) == (None, [])


@on_sqlite
def test_where_it_is_gone_it_is_off_at_once(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA), join(queue, BEN)
    shop = Shop(lambda _: Outcome(status=410))
    shop.tell(hook)
    assert (len(shop.got), mails()) == (1, [(rosa.email, "gone")])
    assert endpoint(hook).off_reason == "gone"
