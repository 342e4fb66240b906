"""A word that is told first and done when it is said again: a text that comes twice says it once."""

import pytest
from sqlalchemy import select, update

from bot.reply_kinds import ReplyKind
from models.people.customers import Customer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.texts.inbox import InboundMessage
from tests.bot.answers.test_open_questions import SECOND, ana_and_three_more, at, questions
from tests.bot.transcript import text_in
from tests.models.queueing.at_once.test_races import at_once
from tests.one_database import on_both
from tests.world import ANA, NOON, line, ticket


@pytest.mark.parametrize("word", ["LATER", "FORGET", "please forget me"])
def test_a_word_that_comes_twice_at_once_is_told_twice_and_not_done(
    db: Database, queue: Queue, word: str
) -> None:
    ana_and_three_more(queue)
    told = text_in(word, ANA, at(1))
    assert text_in(word, ANA, at(1) + SECOND * 2) == told
    assert (line(queue)[0], ticket(queue, 1).name) == (1, "Ana")
    done = text_in(word, ANA, at(1) + SECOND * 5)
    assert done.kind in (ReplyKind.LATER_DONE, ReplyKind.FORGOTTEN)
    assert text_in(word, ANA, at(1) + SECOND * 6) == done
    assert questions() == []


@on_both
@pytest.mark.parametrize("word", ["LATER", "FORGET"])
def test_a_word_that_two_processes_get_at_the_same_moment_is_not_done(
    db: Database, queue: Queue, word: str
) -> None:
    ana_and_three_more(queue)
    both = at_once(*[lambda: text_in(word, ANA, at(1))] * 4)
    assert {reply.kind for reply in both} <= {ReplyKind.LATER_OFFERED, ReplyKind.FORGET_OFFERED}
    assert (line(queue)[0], ticket(queue, 1).name) == (1, "Ana")


@on_both
@pytest.mark.parametrize("word", ["LATER", "FORGET"])
def test_a_doubled_word_whose_first_copy_has_the_higher_id_is_not_done(
    db: Database, queue: Queue, word: str
) -> None:
    """Postgres gives ids before it commits, so that the other copy may be answered first."""
    ana_and_three_more(queue)
    told = text_in(word, ANA, at(1))
    first = InboundMessage.body == word
    transaction(lambda session: session.execute(update(InboundMessage).where(first).values(id=1000)))
    assert text_in(word, ANA, at(1) + SECOND) == told


def test_a_forget_that_comes_twice_when_it_is_done_leaves_nothing_of_them(db: Database, queue: Queue) -> None:
    for seconds in (0, 5, 6):
        text_in("FORGET", ANA, NOON + SECOND * seconds)
    with reading() as session:
        assert {customer.phone for customer in session.scalars(select(Customer))} == {None}


def test_a_yes_that_comes_twice_is_one(db: Database, queue: Queue) -> None:
    ana_and_three_more(queue)
    text_in("LATR", ANA, at(1))
    told = text_in("yes", ANA, at(2))
    assert text_in("yes", ANA, at(2) + SECOND) == told
    assert line(queue)[0] == 1
