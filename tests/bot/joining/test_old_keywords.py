"""A text with a keyword that the queue used to have."""

import pytest

from models.people.business import Business
from models.queueing.setup.keywords import change_keyword, free_keyword
from models.queueing.tables.queues import Queue
from models.storage.database import transaction
from tests.bot.transcript import play, text_in
from tests.world import NOON, line, make_queue


@pytest.fixture
def renamed(queue: Queue) -> Queue:
    transaction(lambda s: change_keyword(s, Queue.lock(s, queue.id), "CUTS1", now=NOON))
    return queue


def test_the_old_word_takes_a_number_and_is_answered_as_the_present_one(
    renamed: Queue, business: Business
) -> None:
    make_queue(business, "SHAVES", name="Shaves")
    play(
        """
        > CET236 Ana
        < You are number 1 for Haircuts, Ana....
        > leave cet236
        < You've left the line for Haircuts, number 1...CUTS1...
        """
    )


def test_a_slip_of_the_old_word_suggests_the_present_one(renamed: Queue) -> None:
    reply = text_in("CTE236")
    assert reply.text is not None
    assert "CUTS1" in reply.text
    assert "CET236" not in reply.text
    text_in("yes", now=NOON)
    assert line(renamed) == [1]


def test_a_freed_word_means_nothing(renamed: Queue) -> None:
    transaction(lambda s: free_keyword(s, Queue.lock(s, renamed.id), "CET236"))
    text_in("CET236")
    assert line(renamed) == []
