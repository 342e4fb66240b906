"""LATER: told first, done when it is said again within five minutes, capped, and fair."""

from datetime import timedelta

import pytest

from bot.reply_kinds import ReplyKind
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from models.texts.open_questions import HOLDS, QuestionKind
from tests import world
from tests.bot.stage import each_takes, finish, pause, start
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON, call_next, change, join, line, minutes, outbox, phone, ticket

SECOND = timedelta(seconds=1)
LATER_HOLDS = HOLDS[QuestionKind.LATER]


def ana_and(others: int, queue: Queue) -> None:
    """Ana is number 1, and so many others wait behind her."""
    text_in("CET236", ANA, NOON)
    for index in range(others):
        join(queue, phone(index))


def test_later_is_told_first_and_done_when_said_again(db: Database, queue: Queue) -> None:
    ana_and(6, queue)
    each_takes(5, queue)
    play("""
        > LATER
        < Number 1, let 3 others go first? You'd be 4th for Haircuts, 3 people ahead of you, about 10-30 min. To do it, text LATER again within 5 minutes.
        > later.
        < Done, number 1: 3 others go first, so you're now 4th for Haircuts. 3 people ahead of you. The wait is about 10-30 min.
        > STATUS
        < You are number 1 for Haircuts. 3 people ahead of you. The wait is about 10-30 min. ...
    """)  # noqa: E501
    assert line(queue) == [2, 3, 4, 1, 5, 6, 7]


def test_what_was_told_and_what_is_then_so_agree(db: Database, queue: Queue) -> None:
    ana_and(9, queue)
    each_takes(7, queue)
    told, done = text_in("LATER 5", ANA, NOON), text_in("LATER 5", ANA, NOON + minutes(1))
    assert told.text is not None
    assert done.text is not None
    for fact in ("6th", "5 people ahead of you", "about 20-70 min"):
        assert fact in told.text
        assert fact in done.text


def test_how_many_may_be_said_once_or_twice(db: Database, queue: Queue) -> None:
    ana_and(9, queue)
    play("""
        > LATER 2
        < Number 1, let 2 others go first? You'd be 3rd for Haircuts, 2 people ahead ...
        > LATER 4
        < Number 1, let 4 others go first? You'd be 5th ...
        > LATER
        < Done, number 1: 4 others go first, so you're now 5th for Haircuts. 4 people ahead of you. ...
        > LATER 1
        < Number 1, let 1 other person go first? You'd be 6th ...
        > LATER 1
        < Done, number 1: 1 other person goes first, so you're now 6th for Haircuts. 5 people ahead ...
    """)
    assert line(queue) == [2, 3, 4, 5, 6, 1, 7, 8, 9, 10]


def test_after_five_minutes_it_is_told_again(db: Database, queue: Queue) -> None:
    ana_and(6, queue)
    assert text_in("LATER", ANA, NOON).kind == ReplyKind.LATER_OFFERED
    assert text_in("LATER", ANA, NOON + LATER_HOLDS + SECOND).kind == ReplyKind.LATER_OFFERED
    assert line(queue)[0] == 1
    assert text_in("LATER", ANA, NOON + LATER_HOLDS * 2 + SECOND).kind == ReplyKind.LATER_DONE
    assert text_in("LATER", ANA, NOON + LATER_HOLDS * 2 + SECOND * 4).kind == ReplyKind.LATER_OFFERED
    assert line(queue)[3] == 1


def test_later_is_capped_over_the_whole_wait(db: Database, business: Business) -> None:
    queue = world.make_queue(business, later_by=3, later_cap=4)
    ana_and(9, queue)
    each_takes(5, queue)
    play("""
        > LATER 30
        < Number 1, only 4 others can go first. You'd be 5th for Haircuts, ...
        > LATER 30
        < Done, number 1: 4 others go first, so you're now 5th for Haircuts. ...
        > LATER
        < You've already let 4 others go first, number 1, and that's as many as we can do for Haircuts. You keep your place. 4 people ahead of you. The wait is about 10-40 min.
    """)  # noqa: E501
    assert line(queue) == [2, 3, 4, 5, 1, 6, 7, 8, 9, 10]


def test_a_queue_may_not_allow_later_at_all(db: Database, business: Business) -> None:
    ana_and(2, world.make_queue(business, later_cap=0))
    play("""
        > LATER
        < Sorry, number 1, letting others go first isn't possible for Haircuts. You keep your place. ...
    """)


def test_the_last_in_line_is_told_that_nobody_is_behind(db: Database, queue: Queue) -> None:
    ana_and(1, queue)
    play("""
        Ben> CET236
        < You are number 3 ...
        Ben> LATER
        < You're last in line for Haircuts, number 3, so there's no one to let go first. You keep your place. 2 people ahead of you. ...
        > LATER
        < Number 1, let 2 others go first? You'd be 3rd ...
    """)  # noqa: E501


def test_fewer_go_first_when_the_line_behind_has_become_shorter(db: Database, queue: Queue) -> None:
    ana_and(3, queue)
    text_in("LATER", ANA, NOON)
    change(4, queue, lambda s, t: ending.leave(s, t, by=world.By.customer(), now=NOON))
    reply = text_in("LATER", ANA, NOON + minutes(1))
    assert (reply.text or "").startswith("Done, number 1: 2 others go first, so you're now 3rd for Haircuts.")


def test_a_line_that_stands_still_says_so_of_the_wait(db: Database, queue: Queue) -> None:
    ana_and(4, queue)
    pause(queue)
    play("""
        > LATER
        < Number 1, let 3 others go first? You'd be 4th for Haircuts, 3 people ahead of you, about ...-... min once the line moves. ...
        > LATER
        < Done, number 1: 3 others go first, so you're now 4th for Haircuts. 3 people ahead of you. The line is paused for now. Once it moves again, expect about ...-... min.
    """)  # noqa: E501


def test_later_comes_too_late_for_somebody_called_or_served(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    ana_and(3, queue)
    desk = world.make_desk(queue, "Chair 1")
    play(
        """
        > LATER
        < Number 1, let 3 others go first? ...
        * Rosa calls next
        > LATER
        < You've already been called, number 1, so it's too late to let others go first. Please come to Chair 1 for Haircuts now, or text LEAVE if you can't make it.
        * Rosa starts
        > LATER
        < You are number 1 for Haircuts, and you're being served now at Chair 1.
        * Rosa finishes
        > LATER
        < You're not in line right now. Text CET236 to take a number.
        """,  # noqa: E501
        {
            "Rosa calls next": lambda now: call_next(queue, rosa, now, desk),
            "Rosa starts": lambda now: start(1, queue, now),
            "Rosa finishes": lambda now: finish(1, queue, now),
        },
    )
    assert line(queue) == [2, 3, 4]


def test_who_let_others_go_first_is_told_anew_when_nearly_up(db: Database, queue: Queue) -> None:
    """The answer to the joining said "You're next", which is so no longer."""
    ana_and(6, queue)
    assert ticket(queue, 1).alerted_at is not None
    text_in("LATER 1", ANA, NOON), text_in("LATER 1", ANA, NOON + minutes(1))
    assert ticket(queue, 1).alerted_at is not None  # second of all: near enough to know
    text_in("LATER 3", ANA, NOON + minutes(2)), text_in("LATER 3", ANA, NOON + minutes(3))
    assert ticket(queue, 1).alerted_at is None


@in_turn
@pytest.mark.parametrize("words", ["I'm running late", "Later please", "let others go first", "not yet"])
def test_later_in_ones_own_words_is_only_told(db: Database, queue: Queue, words: str) -> None:
    ana_and(4, queue)
    assert text_in(words).kind == ReplyKind.LATER_OFFERED
    assert line(queue)[0] == 1
    assert outbox(queue, 1) == []


@in_turn
@pytest.mark.parametrize("text", ["STATUS", "how long?", "MENU", "when is it quiet?"])
@pytest.mark.parametrize("second", ["YES", "LATER"])
def test_nobody_goes_first_by_a_word_after_another_question(
    db: Database, queue: Queue, text: str, second: str
) -> None:
    ana_and(3, queue)
    assert text_in("LATER", ANA, NOON + minutes(1)).kind == ReplyKind.LATER_OFFERED
    text_in(text, ANA, NOON + minutes(2))
    assert text_in(second, ANA, NOON + minutes(3)).kind != ReplyKind.LATER_DONE
    assert line(queue) == [1, 2, 3, 4]
