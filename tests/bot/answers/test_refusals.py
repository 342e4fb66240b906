"""A refusal of what was asked: "never mind", "no, cancel that", and a no before an order."""

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from tests.bot.answers.test_open_questions import ana_and_three_more, at, questions
from tests.bot.transcript import text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON, line


@in_turn
@pytest.mark.parametrize(
    "refusal",
    [
        *(
            "never mind",
            "no, forget it",
            "FORGET it",
            "no, cancel that",
            "no cancel that",
            "nvm im good",
        ),
        *("no, olvídalo", "cancela eso", "non, laissez tomber", "annulez ça", "nein, vergiss es"),
        *("storniere das", "não, esquece", "não, cancela isso", "no gracias", "nein danke"),
    ],
)
def test_a_refusal_changes_nothing_and_closes_the_question(db: Database, queue: Queue, refusal: str) -> None:
    ana_and_three_more(queue)
    for asked in ("can I leave?", "LATER", "FORGET", "how do I unsubscribe", "CET263"):
        text_in(asked, ANA, at(1))
        assert len(questions()) == 1, asked
        assert text_in(refusal, ANA, at(2)).text is None
        assert (questions(), line(queue)) == ([], [1, 2, 3, 4])


def test_nothing_to_refuse_makes_a_never_mind_an_order_to_leave(db: Database, queue: Queue) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in("never mind", ANA, at(1)).kind == ReplyKind.LEFT


@in_turn
@pytest.mark.parametrize(
    "words", ["no, I'm leaving", "no thanks, cancel", "no, quiero irme", "Nein, ich gehe"]
)
@pytest.mark.parametrize("asked", ["can I leave?", "LATER"])
def test_an_order_to_leave_behind_a_no_is_asked_about(
    db: Database, queue: Queue, asked: str, words: str
) -> None:
    ana_and_three_more(queue)
    text_in(asked, ANA, at(1))
    assert text_in(words, ANA, at(2)).kind == ReplyKind.LEAVE_OFFERED
    assert line(queue) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("asked", "kind"), [("FORGET", ReplyKind.FORGET_OFFERED), ("LATER", ReplyKind.LATER_OFFERED)]
)
def test_a_no_and_the_word_once_more_is_no_second_time(
    db: Database, queue: Queue, asked: str, kind: ReplyKind
) -> None:
    ana_and_three_more(queue)
    text_in(asked, ANA, at(1))
    assert text_in(f"no, {asked}", ANA, at(2)).kind == kind
    assert line(queue) == [1, 2, 3, 4]


@in_turn
@pytest.mark.parametrize("words", ["no cancel", "no I'm staying", "non je reste"])
def test_a_no_in_other_words_closes_the_question(db: Database, queue: Queue, words: str) -> None:
    text_in("CET236", ANA, NOON), text_in("can I leave?", ANA, at(1)), text_in(words, ANA, at(2))
    assert questions() == []
    text_in("yes", ANA, at(3))
    assert line(queue) == [1]


def test_texts_are_stopped_behind_a_no_as_well(db: Database, queue: Queue) -> None:
    text_in("CET236", ANA, NOON), text_in("can I leave?", ANA, at(1))
    assert text_in("No. Stop texting me", ANA, at(2)).kind == ReplyKind.OPTED_OUT


@pytest.mark.parametrize("words", ["never mind", "no, cancel"])
def test_what_the_carrier_took_for_an_opt_out_is_one_though_it_reads_as_a_refusal(
    db: Database, queue: Queue, words: str
) -> None:
    text_in("CET236", ANA, NOON), text_in("can I leave?", ANA, at(1))
    assert text_in(words, ANA, at(2), opt_out_type="STOP").text is None
    with reading() as session:
        assert session.scalars(select(OptOut)).one().at_carrier
