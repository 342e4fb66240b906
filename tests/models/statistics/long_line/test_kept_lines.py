"""A long line that is kept in the process counts as one that is read anew, whatever happens meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.servicers import Servicer
from models.queueing import calling, ending, moving, returning, ticket_details
from models.queueing.day_turn import turn_if_due
from models.queueing.line.queries import waiting_tickets
from models.queueing.presses.undo import undo_last_press
from models.queueing.tables.events import EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.queueing.transfer import transfer
from models.statistics import daily, day_events
from models.statistics.daily import DayFigures, figures_of_days
from models.statistics.long_line import only_joined
from models.statistics.long_line.only_joined import OnlyJoined
from models.statistics.long_line.waiting_by_hour import WaitingByHour
from models.statistics.promises import ChangeCount
from models.statistics.timelines import Happened, Visit, visits_from
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.models.statistics.day_rows import A_DAY, TODAY, leave
from tests.one_database import on_both
from tests.world import (
    NOON,
    call_next,
    change,
    join,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    phone,
    press,
    statements,
)

pytestmark = on_both  # what is seen in a snapshot, and what is locked, differs

CROWD = 8
ZONE = "America/St_Johns"  # two and a half hours behind NOON
DAYS = [TODAY, TODAY + A_DAY]


@pytest.fixture(autouse=True)
def a_short_line_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(only_joined, "LEAST_CACHED", 1)
    monkeypatch.setattr(only_joined, "_CACHE", WeakKeyDictionary())


def counted(queue: Queue, now: datetime) -> list[dict[str, Any]]:
    """The figures of the first day, and those of both when they are read together."""
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        asked = [figures_of_days(session, mine, days, now) for days in (DAYS[:1], DAYS)]
    return [figures.as_json() for found in asked for figures in found.values()]


def recounted(queue: Queue, now: datetime, patch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Each visit by itself, from all events of the days."""

    with patch.context() as patched:
        patched.setattr(daily, "who_only_joined", lambda *_: OnlyJoined())
        patched.setattr(daily.day_events, "with_more", lambda *_: None)
        return counted(queue, now)


def crowd(queue: Queue, first: int, since: datetime) -> None:
    for index in range(CROWD):
        source = Source.WEB if index % 3 else Source.TEXT
        join(queue, phone(first + index), since + timedelta(seconds=index * 47.25), source)


def test_a_day_of_all_kinds_counts_alike_after_each_thing_that_happens(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = make_business(timezone=ZONE)
    here, there = make_queue(business), make_queue(business, "LAB200")
    rosa = make_servicer(business)
    for step, act in enumerate(things_that_happen(here, there, rosa)):
        act()
        for queue in (here, there):
            now = NOON + timedelta(days=2, seconds=step)
            monkeypatch.setattr(only_joined, "MOST_IDS", 1 if step % 4 == 3 else 1_000)
            assert counted(queue, now) == recounted(queue, now, monkeypatch), step


def things_that_happen(here: Queue, there: Queue, rosa: Servicer) -> list[Callable[[], object]]:
    by, evening = By.servicer(rosa.id), NOON + timedelta(hours=14, minutes=27)  # midnight comes meanwhile

    def at(number: int, verb: Callable[..., object], when: float, *more: object) -> Callable[[], object]:
        return lambda: change(number, here, lambda s, t: verb(s, t, *more, by=by, now=NOON + minutes(when)))

    return [
        lambda: crowd(here, 0, NOON),
        lambda: crowd(there, 100, NOON),
        lambda: call_next(here, rosa, NOON + minutes(20)),
        at(1, calling.start, 21),
        at(1, ending.finish, 22),
        lambda: call_next(here, rosa, NOON + minutes(23)),
        lambda: press(
            here, rosa, lambda s, q, b: undo_last_press(s, q, by=b, now=NOON + minutes(23.1)), NOON
        ),
        lambda: call_next(here, rosa, NOON + minutes(24)),
        at(2, ending.mark_no_show, 40),
        lambda: leave(here, 5),
        at(6, ending.remove, 41),
        at(7, moving.put_first, 42),
        lambda: change(
            8, here, lambda s, t: transfer(s, t, Queue.lock(s, there.id), by=by, now=NOON + minutes(43))
        ),
        lambda: join(here, phone(50), NOON + minutes(44), Source.DESK),
        at(9, ticket_details.arrive, 45),
        at(2, returning.bring_back, 46),
        lambda: call_next(here, rosa, NOON + minutes(47)),
        at(2, ending.finish, 48),
        at(2, ticket_details.rate, 49, 5),
        at(2, ticket_details.rate, 50, 4),
        lambda: crowd(here, 60, evening),
        lambda: transaction(lambda s: turn_if_due(s, Queue.lock(s, here.id), evening + A_DAY)),
        lambda: crowd(here, 80, evening + A_DAY),
        lambda: call_next(here, rosa, evening + A_DAY + minutes(20)),
    ]


def test_only_what_has_happened_since_is_read(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(queue, 0, NOON)
    put: list[int] = []
    whole = WaitingByHour.add

    def note(self: WaitingByHour, ticket_id: int, joined: only_joined.Joined) -> None:
        put.append(ticket_id)
        whole(self, ticket_id, joined)

    monkeypatch.setattr(WaitingByHour, "add", note)
    looks = []
    for happens in (
        lambda: None,
        lambda: None,
        lambda: join(queue, phone(90), NOON + minutes(30)),
        lambda: call_next(queue, rosa, NOON + minutes(31)),
    ):
        happens()
        put.clear()
        looks.append((len(asked_by_look(db, queue)), len(put)))
    assert [put for _, put in looks] == [CROWD, 0, 1, 0]
    assert [asked for asked, _ in looks[1:]] == [1, 3, 3]
    found = counted(queue, NOON + minutes(32))
    assert found == recounted(queue, NOON + minutes(32), monkeypatch)


def test_a_visit_that_has_ended_is_read_once_more_only_if_something_happens_to_it(
    db: Database, queue: Queue, rosa: Servicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(queue, 0, NOON)
    read: list[int | None] = []

    def note(events: list[Happened]) -> dict[int, Visit]:
        read.append(events[0].ticket_id)
        return visits_from(events)

    def rate() -> None:
        change(1, queue, lambda s, t: ticket_details.rate(s, t, 5, by=By.customer(), now=NOON + minutes(32)))

    for number in (1, 2):
        call_next(queue, rosa, NOON + minutes(20))
        change(number, queue, lambda s, t: ending.finish(s, t, by=By.clock(), now=NOON + minutes(21)))
    call_next(queue, rosa, NOON + minutes(30))
    monkeypatch.setattr(day_events, "visits_from", note)
    looks = []
    for happens in (lambda: None, lambda: None, lambda: leave(queue, 4), lambda: None, rate, lambda: None):
        happens()
        read.clear()
        with reading() as session:
            figures_of_days(session, session.get_one(Queue, queue.id), DAYS[:1], NOON + minutes(33))
        looks.append(read.copy())
    assert looks == [[1, 2, 3], [3], [3, 4], [3], [1, 2, 3, 4], [3]]


def test_of_a_visit_that_has_ended_the_carrier_may_take_the_text_about_its_wait_later(
    db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(queue, 0, NOON)
    facts = {"why": "slow", "change": "later", "ahead": 2, "low": 20, "high": 30}

    def tell(session: Session, ticket: Ticket) -> None:
        told_at = NOON + minutes(5)
        event_id = ticket.change(session, EventKind.PROMISE_CHANGED, By.clock(), told_at, facts, told_again=1)
        ticket.send(session, TextKind.PROMISE_CHANGED, event_id, told_at, sooner=False, **facts)

    def carrier(state: TextState) -> None:
        of_change = update(OutboundMessage).where(OutboundMessage.kind == TextKind.PROMISE_CHANGED)
        transaction(lambda session: session.execute(of_change.values(state=state)))

    def told() -> int:
        found = counted(queue, NOON + minutes(30))
        assert found == recounted(queue, NOON + minutes(30), monkeypatch)
        return DayFigures.from_json(found[0]).whole[ChangeCount.TOLD]

    change(3, queue, tell)
    carrier(TextState.SENDING)
    leave(queue, 3)
    assert told() == 0
    carrier(TextState.ACCEPTED)
    assert told() == 1


def asked_by_look(db: Database, queue: Queue) -> list[str]:
    """What a look at the line asks."""
    with reading() as session:
        mine = session.get_one(Queue, queue.id)
        assert mine.business.zone
        with statements(db) as asked:
            only_joined.who_only_joined(session, mine, [TODAY])
    return asked


def test_what_is_rolled_back_is_not_kept(db: Database, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(queue, 0, NOON)
    before = counted(queue, NOON + minutes(30))

    def give_up(session: Session) -> None:
        locked = Queue.lock(session, queue.id)
        ending.leave(session, waiting_tickets(session, locked)[0], by=By.customer(), now=NOON + minutes(20))
        figures_of_days(session, locked, DAYS, NOON + minutes(30))
        raise LookupError

    with pytest.raises(LookupError):
        transaction(give_up)
    assert counted(queue, NOON + minutes(30)) == before
