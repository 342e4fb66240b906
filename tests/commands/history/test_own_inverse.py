"""What was exported and is imported again changes nothing, whatever happened in between and before."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.queues.day_end import DayEnd
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, TicketState
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import lock_both, transfer
from models.storage.database import Base, reading, transaction
from tests.commands.conftest import Run
from tests.commands.history.importing import HEAD, export_records
from tests.world import ANA, BEN, NOON, call_next, change, join, make_queue, minutes, phone

# Two hosts whose clocks differ write the joining and the call.
ANOTHER_CLOCK = timedelta(seconds=-2)


def everything() -> str:
    with reading() as session:
        return "\n".join(
            f"{table.name} {row}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(table.select().order_by(*table.primary_key))
        )


def comes_back_unchanged(run: Run, file: Path, keyword: str) -> None:
    text = run("history", "export", keyword).stdout
    file.write_text(text)
    before = everything()
    result = run("history", "import", keyword, str(file))
    assert result.exit_code == 0, f"{result.output}\n{text}"
    assert result.stdout.startswith("Nothing to do")
    assert everything() == before


def start_days_at(business: Business, hour: int) -> None:
    transaction(lambda session: setattr(session.get_one(Business, business.id), "day_start_hour", hour))


def hand_over(session: Session, ticket: Ticket, to: Queue, now: datetime) -> None:
    lock_both(session, ticket.queue_id, to.id)
    transfer(session, ticket, session.get_one(Queue, to.id), by=By.command(), now=now)


@pytest.fixture
def kept(business: Business) -> Queue:
    return make_queue(business, "CET236", stays_open_overnight=True)


def test_a_ticket_kept_overnight_and_transferred_is_not_doubled(
    run: Run, kept: Queue, business: Business, rosa: Servicer, file: Path
) -> None:
    other = make_queue(business, "SHAVES", stays_open_overnight=True)
    join(kept, ANA, NOON)
    tomorrow = NOON + timedelta(days=2)
    change(1, kept, lambda s, t: hand_over(s, t, other, tomorrow))
    call_next(other, rosa, tomorrow + minutes(1))
    by = By.servicer(rosa.id)
    change(1, other, lambda s, t: ending.finish(s, t, by=by, now=tomorrow + minutes(5)))
    comes_back_unchanged(run, file, "CET236")
    comes_back_unchanged(run, file, "SHAVES")


@pytest.mark.parametrize("hour", [0, 12, 14, 23])
def test_a_changed_start_of_the_day_doubles_nothing(
    run: Run, queue: Queue, business: Business, file: Path, hour: int
) -> None:
    for index, who in enumerate((ANA, BEN)):
        join(queue, who, NOON + minutes(60 * 12 * index))
        change(index + 1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=t.joined_at))
    start_days_at(business, hour)
    comes_back_unchanged(run, file, "CET236")


def test_a_rounded_moment_is_no_new_ticket(run: Run, queue: Queue, business: Business, file: Path) -> None:
    join(queue, ANA, NOON + timedelta(seconds=31, microseconds=5))
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(9)))
    start_days_at(business, 14)
    file.write_text(HEAD + "1,2026-03-10 12:00,,,2026-03-10 12:09,left,,1\n")
    before = everything()
    result = run("history", "import", "CET236", str(file))
    assert "number 1 of 2026-03-10 is there already, with another joined_at" in result.stderr
    assert everything() == before


# What is drawn is the same on both databases: each draws what the other does not.
@pytest.mark.parametrize(
    ("kept_database", "seed"),
    [(("sqlite", "postgres")[seed % 2], seed) for seed in range(5)],
    indirect=["kept_database"],
)
def test_whatever_happened_before(
    run: Run, kept: Queue, business: Business, rosa: Servicer, luis: Servicer, file: Path, seed: int
) -> None:
    chance = random.Random(seed)
    other = make_queue(business, "SHAVES", stays_open_overnight=chance.random() < 0.5)
    now = NOON
    for step in range(90):
        now += timedelta(seconds=chance.choice([1, 40, 600, 5000]), microseconds=chance.randrange(1000))
        with suppress(NotPossible):
            _something(chance, [kept, other], [rosa, luis], business, step, now)
    assert ended(run, "CET236") + ended(run, "SHAVES") > 0
    for keyword in ("CET236", "SHAVES"):
        comes_back_unchanged(run, file, keyword)


def ended(run: Run, keyword: str) -> int:
    return len(run("history", "export", keyword).stdout.splitlines()) - 1


def _leave(ticket_id: int, now: datetime) -> None:
    def work(session: Session) -> None:
        found = Ticket.lock(session, ticket_id)
        assert found is not None
        ending.leave(session, found, by=By.customer(), now=now)

    transaction(work)


def _something(
    chance: random.Random,
    queues: list[Queue],
    servicers: list[Servicer],
    business: Business,
    step: int,
    now: datetime,
) -> None:
    queue, servicer = chance.choice(queues), chance.choice(servicers)
    by = By.servicer(servicer.id)
    verbs: list[Callable[[Session, Ticket], object]] = [
        lambda s, t: calling.start(s, t, by=by, now=now),
        lambda s, t: ending.finish(s, t, by=by, now=now),
        lambda s, t: ending.finish(s, t, by=By.clock(), now=now, forgotten=True),
        lambda s, t: ending.leave(s, t, by=By.customer(), now=now),
        lambda s, t: ending.mark_no_show(s, t, by=by, now=now),
        lambda s, t: ending.remove(s, t, by=by, now=now),
        lambda s, t: moving.put_back(s, t, by=by, now=now),
        lambda s, t: hand_over(s, t, queues[queues[0].id == t.queue_id], now),
    ]
    match chance.randrange(8):
        case 0 | 1 | 2:
            join(queue, phone(step), now, party=chance.randrange(1, 5))
        case 3:
            call_next(queue, servicer, now + chance.choice([timedelta(0), ANOTHER_CLOCK]))
        case 4:
            start_days_at(business, chance.randrange(24))
        case 5:
            DayEnd().run(now)
        case _:
            _do(chance, queue, chance.choice(verbs))


def _do(chance: random.Random, queue: Queue, verb: Callable[[Session, Ticket], object]) -> None:
    live = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING)
    with reading() as session:
        mine = select(Ticket.id).where(Ticket.queue_id == queue.id, Ticket.state.in_(live))
        ids = session.scalars(mine.order_by(Ticket.id)).all()
    if not ids:
        return
    ticket_id = chance.choice(ids)

    def work(session: Session) -> None:
        found = Ticket.lock(session, ticket_id)
        if found is not None:
            verb(session, found)

    transaction(work)


def test_a_day_with_two_tickets_of_one_number_says_why_it_is_refused_elsewhere(
    run: Run, queue: Queue, business: Business, file: Path
) -> None:
    for who, at in ((ANA, NOON - minutes(60 * 9)), (BEN, NOON)):  # at 3, so of the day before
        _leave(join(queue, who, at).ticket_id, at + minutes(5))
    start_days_at(business, 0)
    comes_back_unchanged(run, file, "CET236")
    make_queue(business, "SHAVES")
    file.write_text(export_records(run))
    assert (
        "number 1 of 2026-03-10 is on line 2 already" in run("history", "import", "SHAVES", str(file)).stderr
    )
