"""Threads that send webhooks: no endpoint and no shop holds up another."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from jobs.webhooks.deliver import Webhooks
from models.people.servicers import Role, Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from models.webhooks.deliveries import add_test
from models.webhooks.endpoints import Endpoint, new_secret
from models.webhooks.sending import (
    Claim,
    Outcome,
)
from tests.jobs.webhooks.receiver import BROKEN, TAKEN, Shop, states, visit
from tests.models.webhooks.listening import listens
from tests.one_database import on_sqlite
from tests.webhook_receiver import receiving
from tests.world import (
    ANA,
    BEN,
    NOON,
    join,
    make_business,
    make_queue,
    make_servicer,
    phone,
)


@on_sqlite
def test_the_clock_delivers_by_its_own_threads_what_the_library_verifies(
    queue: Queue, rosa: Servicer
) -> None:
    with receiving(answers=lambda turn: 503 if turn % 2 else 200) as shop:
        hook, shop.secret = listens(rosa, shop.url)
        transaction(lambda s: new_secret(s.get_one(Endpoint, hook), datetime.now(UTC)))
        visit(queue, rosa, ANA, 1)
        transaction(lambda s: add_test(s, s.get_one(Endpoint, hook), NOON))
        job = Webhooks({shop.host}, pause=lambda _: timedelta(0))
        for _ in range(20):
            job.run(datetime.now(UTC))
            assert job.wait_until_idle(10)
    assert sorted(said["type"] for said in shop.taken)[:3] == [
        "ticket.called",
        "ticket.joined",
        "ticket.served",
    ]
    of_ticket = [said["type"] for said in shop.taken if said["type"].startswith("ticket")]
    assert of_ticket == ["ticket.joined", "ticket.called", "ticket.served"]
    assert "webhook.test" in [said["type"] for said in shop.taken]
    assert shop.forged == 0
    assert states(hook) == ["delivered"] * 4


@on_sqlite
def test_one_shop_whose_programs_never_answer_holds_up_no_other(queue: Queue, rosa: Servicer) -> None:
    for _ in range(5):
        listens(rosa)
    zoes = make_business(name="Xylo Inc", number="+15550109999")
    quick, _ = listens(make_servicer(zoes, "Zoe", role=Role.MANAGER))
    for index in range(6):
        join(queue, phone(index))
    join(make_queue(zoes, keyword="OTHER"), BEN)
    others_turn, is_other_served = threading.Event(), []

    def answer(claim: Claim, _now: datetime) -> Outcome:
        if claim.endpoint_id == quick:
            others_turn.set()
            return TAKEN
        is_other_served.append(others_turn.wait(10))
        return TAKEN

    job = Webhooks(send=answer, now=lambda: NOON)
    job.run(NOON)
    assert job.wait_until_idle(20)
    assert is_other_served[:4] == [True] * 4
    assert states(quick) == ["delivered"]


@on_sqlite
def test_endpoints_are_served_in_turn(queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.webhooks.deliver.THREADS", 1)
    hooks = [listens(rosa)[0] for _ in range(3)]
    join(queue, ANA), join(queue, BEN)
    may_go, served = threading.Event(), []

    def answer(claim: Claim, _now: datetime) -> Outcome:
        may_go.wait(10)
        served.append(claim.endpoint_id)
        return BROKEN

    job = Webhooks(send=answer, now=lambda: NOON)
    for _ in hooks:
        may_go.clear()
        job.run(NOON)
        may_go.set()
        assert job.wait_until_idle(10)
    assert list(dict.fromkeys(served)) == hooks


@on_sqlite
def test_a_thread_gives_way_after_a_while(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa)
    join(queue, ANA), join(queue, BEN)
    shop = Shop()
    shop.job.note()
    assert shop.job.send_due(hook, seconds=0) == 1
    assert states(hook) == ["delivered", "waiting"]
