"""More joins in a minute than any crowd: refused in words, and no harm to the minute after."""

from datetime import timedelta

import pytest

from models import queue_numbers
from models.business import Business
from models.queue_numbers import MOST_JOINS_A_MINUTE
from models.queues import Queue
from models.ticket_states import NotPossible, Source
from tests.bot.transcript import text_in
from tests.world import NOON, join, line, make_queue, phone


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_numbers, "MOST_JOINS_A_MINUTE", 10)
    monkeypatch.setattr(queue_numbers, "MOST_JOINS_A_MINUTE_IN_ALL", 12)


def test_out_of_the_box_a_queue_takes_five_hundred_a_minute_and_many_more() -> None:
    assert MOST_JOINS_A_MINUTE >= 500


def test_a_queue_takes_only_so_many_in_a_minute(few: None, queue: Queue) -> None:
    for index in range(10):
        join(queue, phone(index))
    assert text_in("CET236", phone(10)).text == (
        "Very many are taking a number for Haircuts just now. Please text again in a minute."
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
