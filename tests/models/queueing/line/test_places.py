"""Places in the line against a plain model: a list of numbers, where each verb is one list operation.

Drawn at random, so that hands have changed the line in every way before each of them.
"""

import random
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending, moving, numbers
from models.queueing.line import positions
from models.queueing.line.page_changes import line_of
from models.queueing.line.queries import count_ahead, waiting_tickets
from models.queueing.presses.presses import Button
from models.queueing.returning import bring_back
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from tests.models.queueing.undo.presses import press_for_present, send_on, undo
from tests.world import NOON, call_next, change, join, line, make_queue, minutes, phone, press, ticket

STEPS = 70
NO_PRESS_HERE = (
    "join",
    "waits_elsewhere",
    "later",
    "leave",
    "transfer_in",
)  # Undo of this queue is of others


class Pressed(NamedTuple):
    """What Undo takes back, and how it was before."""

    number: int
    step: int
    line: list[int]
    was_by_hand: bool
    present: int | None


class Shop:
    """The queue, the other one from which people are sent on, and the plain model of the queue's line."""

    def __init__(self, business: Business, servicer: Servicer, seed: int) -> None:
        self.queue = make_queue(business, put_back_behind=2, later_cap=99)
        self.other = make_queue(business, "OTHER")
        self.servicer, self.random, self.step = servicer, random.Random(seed), 0
        self.line: list[int] = []
        self.by_hand: set[int] = set()
        self.joined: dict[int, datetime] = {}
        self.placed: dict[int, int] = {}  # at which step each was placed last
        self.present: int | None = None
        self.seen: dict[int, tuple[int, list[int]]] = {}  # when each left the line, and the line then
        self.ended: set[int] = set()
        self.returned: set[int] = set()
        self.last: Pressed | None = None

    @property
    def now(self) -> datetime:
        return NOON + minutes(self.step)

    def do(self) -> str:
        self.step += 1
        verb = self.random.choice([verb for verb, can in self.verbs().items() if can])
        line_before, by_hand, present = list(self.line), set(self.by_hand), self.present
        number = getattr(self, verb)()
        if verb not in NO_PRESS_HERE:
            was = Pressed(number, self.step, line_before, number in by_hand, present)
            self.last = None if verb == "undo" else was
        elif self.last is not None and number == self.last.number:
            self.last = None  # Undo refuses: something has happened to them since
        return f"{verb} {number}"

    def verbs(self) -> dict[str, bool]:
        waits, busy = bool(self.line), self.present is not None
        return {
            "join": len(self.line) < 9,
            "waits_elsewhere": True,
            "transfer_in": bool(line(self.other)),
            "call": waits and not busy,
            "put_back": busy,
            "no_show": busy,
            "first": waits,
            "later": len(self.line) > 1,
            "remove": waits,
            "leave": waits,
            "bring_back": bool(self.ended),
            "undo": self.last is not None,
        }

    # Verbs: what is done, and what the model says of it; each gives the number --------------------------

    def join(self) -> int:
        number = join(self.queue, phone(self.step), self.now).number
        self.joined[number] = self.now
        return self._place(number, len(self.line))

    def waits_elsewhere(self) -> int:
        join(self.other, phone(self.step), self.now)
        return 0

    def transfer_in(self) -> int:
        sent = self.random.choice(line(self.other))
        joined_at = ticket(self.other, sent).joined_at
        send_on(sent, self.other, self.queue, self.servicer, self.now)
        [number] = [n for n in line(self.queue) if n not in self.line]
        self.joined[number] = joined_at
        later = [n for n in self.line if n not in self.by_hand and self.joined[n] > joined_at]
        return self._place(number, self.line.index(later[0]) if later else len(self.line))

    def call(self) -> int:
        number = self.present = self._leaves(self.line[0])
        assert call_next(self.queue, self.servicer, self.now) == number
        return number

    def put_back(self) -> int:
        number, self.present = self._present(), None
        press_for_present(Button.PUT_BACK, self.queue, self.servicer, self.now)
        return self._place(number, 2, by_hand=True)

    def no_show(self) -> int:
        number, self.present = self._present(), None
        press_for_present(Button.NO_SHOW, self.queue, self.servicer, self.now)
        self.ended.add(number)
        return number

    def first(self) -> int:
        number = self.random.choice(self.line)
        self._press(number, lambda s, t, by: moving.put_first(s, t, by=by, now=self.now), Button.PUT_FIRST)
        self.line.remove(number)
        return self._place(number, 0, by_hand=True)

    def later(self) -> int:
        number, others = self.random.choice(self.line[:-1]), self.random.randint(1, 4)
        by = By.customer()
        change(number, self.queue, lambda s, t: moving.let_others_go_first(s, t, others, by=by, now=self.now))
        place = self.line.index(number) + others
        self.line.remove(number)
        return self._place(number, place, by_hand=True)

    def remove(self) -> int:
        number = self._leaves(self.random.choice(self.line))
        self._press(number, lambda s, t, by: ending.remove(s, t, by=by, now=self.now), Button.REMOVE)
        self.ended.add(number)
        return number

    def leave(self) -> int:
        number, by = self._leaves(self.random.choice(self.line)), By.customer()
        change(number, self.queue, lambda s, t: ending.leave(s, t, by=by, now=self.now))
        self.ended.add(number)
        return number

    def bring_back(self) -> int:
        number = self.random.choice(sorted(self.ended))
        self._press(number, lambda s, t, by: bring_back(s, t, by=by, now=self.now), Button.BRING_BACK)
        self.ended.remove(number)
        self.returned.add(number)
        self._is_at_its_place(number, *self.seen[number])
        return number

    def undo(self) -> int:
        assert self.last is not None
        number, step, line_before, was_by_hand, self.present = self.last
        undo(self.queue, self.servicer, self.now)
        self.ended -= {number}
        self.line = [n for n in self.line if n != number]
        if number in line_before:
            self._is_at_its_place(number, step, line_before)
            self.placed[number] = self.step
            self.returned.add(number)
        elif number != self.present:
            self.ended.add(number)
        if self.step == step + 1:
            assert self.line == line_before, "at once, all is as it was"
        by_hand = ticket(self.queue, number).placed_by_hand
        assert by_hand == was_by_hand or number == self.line[0]
        self.by_hand = self.by_hand - {number} | ({number} if by_hand else set())
        return number

    # Helpers -------------------------------------------------------------------------------------------

    def _present(self) -> int:
        assert self.present is not None
        return self.present

    def _leaves(self, number: int) -> int:
        self.seen[number] = self.step, list(self.line)
        self.line.remove(number)
        return number

    def _place(self, number: int, place: int, *, by_hand: bool = False) -> int:
        self.line.insert(place, number)
        self.placed[number] = self.step
        if by_hand:
            self.by_hand.add(number)
        return number

    def _is_at_its_place(self, number: int, step: int, then: list[int]) -> None:
        """Back in line: whoever has not been placed since stands before or behind them as then."""
        found = line(self.queue)
        assert [n for n in found if n != number] == self.line
        for other in self.line:
            if other in then and self.placed[other] < step:
                was_before = then.index(other) < then.index(number)
                assert (found.index(other) < found.index(number)) == was_before, (number, other, then, found)
        self.line = found

    def _press(self, number: int, verb: Callable[..., object], button: Button) -> None:
        def on_ticket(session: Session, queue: Queue, by: By) -> None:
            mine = select(Ticket).where(Ticket.queue_id == queue.id, Ticket.number == number)
            verb(session, session.scalars(mine).one(), by)

        press(self.queue, self.servicer, on_ticket, self.now, button=button)


def check(shop: Shop, did: list[str]) -> None:
    assert line(shop.queue) == shop.line, did
    with reading() as session:
        queue = session.get_one(Queue, shop.queue.id)
        waiting = waiting_tickets(session, queue)
        assert [count_ahead(session, each) for each in waiting] == list(range(len(waiting))), did
        shown = line_of(session, queue.keyword)
        assert shown is not None
        assert list(shown[1].waiting) == shop.line, "the board shows the same line"
    # Who returns stands at the old place, whatever was placed there meanwhile.
    unmoved = [n for n in shop.line if n not in shop.by_hand | shop.returned]
    assert unmoved == sorted(unmoved, key=lambda n: shop.joined[n]), did


# What is drawn is the same on both databases, and so are the statements: each draws what the other does not.
DRAWN = [
    pytest.param(("sqlite", "postgres")[(seed + index) % 2], seed, gap, id=f"{room}-{seed}")
    for index, (room, gap) in enumerate({"usual gaps": 1 << 32, "hardly any room": 4}.items())
    for seed in range(5)
]


@pytest.mark.parametrize(("kept_database", "seed", "gap"), DRAWN, indirect=["kept_database"])
def test_every_verb_places_as_on_a_plain_list(
    db: Database, business: Business, rosa: Servicer, monkeypatch: pytest.MonkeyPatch, seed: int, gap: int
) -> None:
    for module in (positions, numbers):
        monkeypatch.setattr(module, "GAP", gap)
    shop, did = Shop(business, rosa, seed), []
    for _ in range(STEPS):
        did.append(shop.do())
        check(shop, did)
