"""Sending webhooks: each arrives, in order for each ticket, however often the other side or a clock fails."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from jobs.webhooks.deliver import Webhooks, pause_after
from models.people.account_mails import AccountMail
from models.people.actors import By
from models.people.audit_log import AuditAction, AuditEntry
from models.people.customers import Customer
from models.people.servicers import Role, Servicer
from models.privacy.forgetting import forget
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.webhooks.deliveries import DeliveryState, Problem, add_test, clear_old_deliveries, replay
from models.webhooks.endpoints import Endpoint, new_secret
from models.webhooks.sending import (
    LEASE,
    TRIED_FOR,
    Claim,
    Outcome,
    claim_next,
    clocks_sending,
    release_lapsed,
)
from tests.models.storage.test_indexes import listening
from tests.models.webhooks.listening import deliveries, endpoint, listens
from tests.webhook_receiver import receiving
from tests.world import (
    ANA,
    BEN,
    NOON,
    call_next,
    change,
    join,
    make_business,
    make_queue,
    make_servicer,
    phone,
)

on_sqlite = pytest.mark.parametrize("kept_database", ["sqlite"], indirect=True)
TAKEN, BROKEN = Outcome(status=200), Outcome(status=500, answer="oops")


class Shop:
    """The other side, and a clock that goes on by itself."""

    def __init__(self, answer: Callable[[Claim], Outcome] = lambda _: TAKEN) -> None:
        self.answer = answer
        self.now = NOON
        self.got: list[Claim] = []
        self.job = Webhooks(send=self._take, now=lambda: self.now, pause=lambda n: timedelta(minutes=2**n))

    def _take(self, claim: Claim, _now: datetime) -> Outcome:
        self.got.append(claim)
        return self.answer(claim)

    def tell(self, hook: int, after: timedelta = timedelta(0)) -> None:
        self.now += after
        self.job.note()
        self.job.send_due(hook, most=500)

    @property
    def kinds(self) -> list[str]:
        return [claim.kind for claim in self.got]


def visit(queue: Queue, rosa: Servicer, of: str, number: int) -> None:
    join(queue, of)
    call_next(queue, rosa)
    by = By.servicer(rosa.id)
    change(number, queue, lambda s, ticket: ending.finish(s, ticket, by=by, now=NOON))


def states(hook: int) -> list[str]:
    return [each.state.value for each in deliveries(hook)]


def mails() -> list[tuple[str, str]]:
    with reading() as session:
        return [(mail.email, mail.facts["reason"]) for mail in session.scalars(select(AccountMail))]


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


@on_sqlite
def test_names_and_phones_go_only_where_they_may_and_are_not_kept(queue: Queue, rosa: Servicer) -> None:
    blind, _ = listens(rosa)
    seeing, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana")
    shop = Shop(lambda claim: Outcome(status=200, answer=f"hello {claim.name or 'you'}"))
    shop.tell(blind), shop.tell(seeing)
    without, with_people = (claim.body for claim in shop.got)
    assert "Ana" not in without
    assert ANA[1:] not in without
    assert f'"name":"Ana","phone":"{ANA}"' in with_people
    assert [deliveries(hook)[0].answer for hook in (blind, seeing)] == ["hello you", None]


@on_sqlite
@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (f"{ANA} is wrong", "+… is wrong"),
        ("not found: (555) 010-00 01", "not found: (…"),
        ('{"phone":"5.5.5-0-1/0 0 0 0 1"}', '{"phone":"…"}'),
        ("ANA LOPES? no Ana, no Zoé, no banana", "… …? no …, no …, no banana"),
        ('{"name":"Ana Lopes Zo\\u00e9"}', '{"name":"…"}'),
        ("error 500 in line 12", "error 500 in line 12"),
    ],
)
def test_of_an_answer_that_names_somebody_phones_and_the_name_are_not_kept(
    answer: str, kept: str, queue: Queue, rosa: Servicer
) -> None:
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana Lopes Zoé")
    Shop(lambda _: Outcome(status=500, answer=answer)).tell(hook)
    assert deliveries(hook)[0].answer == kept


@on_sqlite
def test_of_somebody_forgotten_nothing_is_sent_and_no_answer_kept(queue: Queue, rosa: Servicer) -> None:
    hook, _ = listens(rosa, sees_people=True)
    join(queue, ANA, name="Ana")
    shop = Shop(lambda _: BROKEN)
    shop.tell(hook)
    assert deliveries(hook)[0].answer == "oops"

    def work(session: Session) -> None:
        ana = Customer.with_phone(session, queue.business_id, ANA, NOON)
        forget(session, ana, by=By.customer(), now=NOON)

    def forgets_meanwhile(claim: Claim) -> Outcome:
        if len(shop.got) == 2:
            assert "Ana" in claim.body
            transaction(work)
        return Outcome(status=200, answer="thanks for Ana")

    shop.answer = forgets_meanwhile
    shop.tell(hook, timedelta(minutes=5))
    shop.tell(hook)
    assert shop.kinds[-1] == "ticket.forgotten"
    assert all("Ana" not in claim.body and ANA[1:] not in claim.body for claim in shop.got[2:])
    assert not any("Ana" in (each.answer or "") for each in deliveries(hook))


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
            job.sweep(datetime.now(UTC))
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
    job.sweep(NOON)
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
        job.sweep(NOON)
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
