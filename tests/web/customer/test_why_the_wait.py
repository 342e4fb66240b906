"""What a ticket's page says of a wait: that it has changed, and after the end what it was spent on."""

import re
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from sqlalchemy.orm import Session

from models.history.receipt_events import read_receipt
from models.people.actors import By
from models.people.servicers import Servicer
from models.privacy.forgetting import forget
from models.queueing import ending, moving, returning
from models.queueing.messages.changed_promises import tell_changed_promise
from models.queueing.opening import open_queue, pause_queue
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.queueing.tables.tickets import Ticket
from models.waiting.estimator import WaitState
from tests.one_database import on_sqlite
from tests.web.customer.test_queue_page import set_waits
from tests.web.visitor import Visitor
from tests.world import ANA, BEN, NOON, call_next, change, join, minutes, press, ticket

pytestmark = on_sqlite
LENGTH = re.compile(r"(?:(\d+) h )?(?:(\d+) min )?(\d+) s")


def seconds(words: str) -> int:
    found = LENGTH.search(words)
    assert found is not None, words
    hours, minute, second = (int(part or 0) for part in found.groups())
    return hours * 3600 + minute * 60 + second


@pytest.fixture
def served(queue: Queue, rosa: Servicer) -> str:
    """Ben waited while Ana was served, in a pause, and while she was served again. The token of his page."""
    join(queue, ANA)
    token = join(queue, BEN).token
    for minute, verb in ((2, pause_queue), (5, open_queue)):
        now = NOON + minutes(minute)
        press(queue, rosa, lambda s, q, by, verb=verb, now=now: verb(s, q, by=by, now=now), now)
    call_next(queue, rosa, NOON + minutes(6))
    by = By.servicer(rosa.id)
    change(1, queue, lambda s, t: moving.put_back(s, t, by=by, now=NOON + minutes(7)))
    change(1, queue, lambda s, t: moving.put_first(s, t, by=by, now=NOON + minutes(7)))
    call_next(queue, rosa, NOON + minutes(7))
    change(1, queue, lambda s, t: ending.finish(s, t, by=by, now=NOON + minutes(9.5)))
    call_next(queue, rosa, NOON + minutes(10))
    change(2, queue, lambda s, t: ending.finish(s, t, by=by, now=NOON + minutes(12)))
    return token


def test_after_the_end_the_parts_of_the_wait_sum_to_it(served: str, visitor: Visitor) -> None:
    page = visitor.open(f"/t/{served}")
    assert page.headings[1] == "Why did I wait?"
    *parts, whole = [row.text for row in page.root.all("tr")]
    assert [part for part in parts if part.startswith("The line was paused")] != []
    assert whole.startswith("The whole wait, until the call")
    assert sum(map(seconds, parts)) == seconds(whole) == 600
    assert re.search(r"told \d+ to \d+ min", page.text)


def test_the_servicer_sees_the_same(served: str, queue: Queue, rosas: Visitor) -> None:
    page = rosas.open(f"/control/CET236/ticket/{ticket(queue, 2).id}")
    assert "Why they waited" in page.headings
    assert "10 min 0 s" in page.text


def test_whoever_still_waits_and_whoever_was_forgotten_sees_none(
    served: str, queue: Queue, visitor: Visitor
) -> None:
    waits = join(queue, "+15550101009").token
    assert "Why did I wait?" not in visitor.open(f"/t/{waits}").text
    change(2, queue, lambda s, t: forget(s, t.customer, by=By.customer(), now=NOON + minutes(13)))
    assert "Why did I wait?" not in visitor.open(f"/t/{served}").text


def test_it_is_worked_out_once_until_something_happens_to_the_ticket(
    queue: Queue, rosa: Servicer, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Mock(side_effect=read_receipt)
    monkeypatch.setattr("web.customer.receipt.read_receipt", read)
    token = join(queue, ANA).token
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(5)))
    for _ in range(3):
        assert "5 min 0 s" in visitor.open(f"/t/{token}").text
    assert read.call_count == 1
    change(1, queue, lambda s, t: returning.bring_back(s, t, by=By.servicer(rosa.id), now=NOON + minutes(6)))
    assert "Why did I wait?" not in visitor.open(f"/t/{token}").text
    change(1, queue, lambda s, t: ending.leave(s, t, by=By.customer(), now=NOON + minutes(15)))
    assert "15 min 0 s" in visitor.open(f"/t/{token}").text


def test_a_wait_with_too_many_events_has_none(
    served: str, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.history.receipt_events.MOST_EVENTS", 3)
    assert "Why did I wait?" not in visitor.open(f"/t/{served}").text


def test_without_a_phone_the_page_says_that_the_wait_has_changed(queue: Queue, visitor: Visitor) -> None:
    set_waits(queue, WaitState.OK, [[20, 15, 25]])
    token = join(queue, None, source=Source.WEB).token
    assert "longer than we told you" not in visitor.open(f"/t/{token}").text
    set_waits(queue, WaitState.OK, [[60, 50, 70]])

    def tell(session: Session, waiting: Ticket) -> None:
        tell_changed_promise(session, waiting, by=By.clock(), now=NOON + minutes(1))

    change(1, queue, tell)
    page = visitor.open(f"/t/{token}")
    assert "Sorry, it's taking longer than we told you. You keep your place." in page.text
    assert "It's slower than usual today." in page.text
    assert "50 to 70 min" in page.text.replace("–", " to ")


def test_the_page_says_so_no_longer_once_the_promise_holds_again(queue: Queue, visitor: Visitor) -> None:
    now = datetime.now(UTC)
    set_waits(queue, WaitState.OK, [[20, 15, 25]])
    token = join(queue, None, now, source=Source.WEB).token
    set_waits(queue, WaitState.OK, [[60, 50, 70]])
    change(1, queue, lambda s, t: tell_changed_promise(s, t, by=By.clock(), now=now))
    assert "longer than we told you" in visitor.open(f"/t/{token}").text
    set_waits(queue, WaitState.OK, [[20, 15, 25]])
    assert "longer than we told you" not in visitor.open(f"/t/{token}").text
