"""More joins in a minute than any crowd: refused with a message, and no harm to the next minute."""

from datetime import timedelta

import pytest

from models.people.business import Business
from models.queueing import refusals
from models.queueing.refusals import MOST_JOINS_A_MINUTE
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import NotPossible, Source
from tests.bot.transcript import text_in
from tests.world import NOON, join, line, make_queue, phone


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_JOINS_A_MINUTE", 10)
    monkeypatch.setattr(refusals, "MOST_JOINS_A_MINUTE_IN_ALL", 12)


def test_out_of_the_box_a_queue_takes_five_hundred_a_minute_and_many_more() -> None:
    assert MOST_JOINS_A_MINUTE >= 500


def test_a_queue_takes_only_so_many_in_a_minute(few: None, queue: Queue) -> None:
    for index in range(10):
        join(queue, phone(index))
    assert text_in("CET236", phone(10)).text == (
        "A lot of people are taking a number for Haircuts right now. Please try again in a minute."
    )
    with pytest.raises(NotPossible, match="busy"):
        join(queue, None, source=Source.WEB)
    join(queue, None, source=Source.DESK)
    join(queue, phone(11), NOON + timedelta(minutes=1))
    assert len(line(queue)) == 12


def test_so_does_the_whole_business(few: None, business: Business, queue: Queue) -> None:
    other = make_queue(business, "SHAVE")
    for index in range(6):
        join(queue, phone(index)), join(other, phone(index))
    with pytest.raises(NotPossible, match="busy"):
        join(queue, phone(20))
