"""One open question per phone: what answers it, what voids it, and what ends it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from jobs.upkeep.clearing import Clearing
from models.people.actors import By
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import moving
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.texts.open_questions import OpenQuestion
from tests import world
from tests.bot.stage import send_on
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON, call_next, join, line, minutes, phone, ticket

SECOND = timedelta(seconds=1)


def at(minute: float) -> datetime:
    return NOON + minutes(minute)


def ana_and_three_more(queue: Queue) -> None:
    text_in("CET236 Ana", ANA, NOON)
    for index in range(3):
        join(queue, phone(index))


def questions() -> list[OpenQuestion]:
    with reading() as session:
        return list(session.scalars(select(OpenQuestion)))


# A yes, and a no ----------------------------------------------------------------------------------------


@in_turn
@pytest.mark.parametrize(
    "yes", ["YES", "yes!", "Yes please", "sí", "si", "oui", "sim", "ja", "Ja bitte", "yep"]
)
def test_a_yes_in_any_language_does_what_was_suggested(db: Database, queue: Queue, yes: str) -> None:
    play(f"""
        > CET263
        < Did you mean CET236? Reply YES.
        > {yes}
        < ...1 ...
    """)
    assert line(queue) == [1]
    assert questions() == []


def test_the_yes_that_the_carrier_took_for_its_own_is_the_answer_too(db: Database, queue: Queue) -> None:
    text_in("CET263", ANA, NOON)
    assert text_in("YES", ANA, at(1), opt_out_type="START").kind == ReplyKind.JOINED


def test_an_answer_may_have_a_signature(db: Database, queue: Queue) -> None:
    text_in("CET263", ANA, NOON)
    assert text_in("Oui\nEnvoyé de mon iPhone", ANA, at(1)).kind == ReplyKind.JOINED


@in_turn
@pytest.mark.parametrize("yes", ["YES", "ja", "si", "sim", "oui", "yes please"])
def test_a_yes_to_nothing_is_a_courtesy(db: Database, queue: Queue, yes: str) -> None:
    assert text_in(yes).text is None
    assert line(queue) == []


def test_an_opted_out_phone_opts_in_by_yes_though_a_question_is_open(db: Database, queue: Queue) -> None:
    play("""
        > CET263
        < Did you mean CET236? Reply YES.
        > STOP
        <
        > LATER
        <
        > ja
        <
        > YES
        <
        > STATUS
        < You're not in line right now. ...
    """)
    assert line(queue) == []


def test_a_suggestion_that_nobody_was_told_is_not_open(db: Database, queue: Queue) -> None:
    text_in("STOP", ANA, NOON)
    text_in("CET263", ANA, at(1))
    assert questions() == []


@in_turn
@pytest.mark.parametrize("no", ["no", "No.", "nein", "non", "não"])
def test_a_no_ends_the_question_in_silence(db: Database, queue: Queue, no: str) -> None:
    play(f"""
        > CET263
        < Did you mean CET236? ...
        > {no}
        <
        > YES
        <
    """)
    assert line(queue) == []


def test_of_several_words_none_is_done_by_yes(db: Database, business: Business) -> None:
    queues = [world.make_queue(business, keyword) for keyword in ("CET236", "CET237")]
    play("""
        > LEVE
        < Did you mean LEAVE? Reply YES.
        > CET23
        < Did you mean CET236 or CET237? Text the one you mean.
        > YES
        <
    """)
    assert [line(queue) for queue in queues] == [[], []]
    assert questions() == []


# Leaving ------------------------------------------------------------------------------------------------


def test_whoever_speaks_of_leaving_is_asked_by_their_number(db: Database, queue: Queue) -> None:
    ana_and_three_more(queue)
    play("""
        > can I leave?
        < Do you want to leave the line for Haircuts, number 1? Reply YES, or text LEAVE. Otherwise you keep your place.
        > yes
        < ... left ...
    """)  # noqa: E501
    assert ticket(queue, 1).state == "left"


@in_turn
@pytest.mark.parametrize(
    "words",
    [
        *("yes, leave", "Yes, I'm leaving", "I said cancel", "sí, cancela", "dije que cancelen"),
        *("oui, annulez", "j'ai dit annuler", "eu disse para cancelar", "ich sagte stornieren"),
    ],
)
def test_an_order_to_leave_is_the_answer_and_not_asked_about_twice(
    db: Database, queue: Queue, words: str
) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in("can I leave?", ANA, at(1)).kind == ReplyKind.LEAVE_OFFERED
    assert text_in(words, ANA, at(2)).kind == ReplyKind.LEFT
    assert questions() == []


@in_turn
@pytest.mark.parametrize(
    "words",
    [
        *("yes, but not now", "yes, cancel tomorrow", "yes, leave it", "yes, I might have to leave"),
        *("yes. I have to leave this evening", "no, don't cancel", "sí, pero mañana"),
    ],
)
def test_a_yes_to_something_else_leaves_nobody(db: Database, queue: Queue, words: str) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in("can I leave?", ANA, at(1)).kind == ReplyKind.LEAVE_OFFERED
    assert text_in(words, ANA, at(2)).kind != ReplyKind.LEFT
    assert line(queue) == [1]


@in_turn
@pytest.mark.parametrize("words", ["Yes, cancel SHAVE", "Yes, SHAVE cancel", "Yes, I'm leaving SHAVE"])
def test_a_yes_and_another_queue_leaves_neither(
    db: Database, business: Business, queue: Queue, words: str
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236", ANA, NOON), text_in("SHAVE", ANA, NOON), text_in("can I leave CET236?", ANA, at(1))
    assert text_in(words, ANA, at(2)).kind != ReplyKind.LEFT
    assert (line(queue), line(shaves)) == ([1], [1])


def test_leaving_is_asked_about_the_queue_that_was_named_then(
    db: Database, business: Business, queue: Queue
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236", ANA, at(-2)), text_in("SHAVE", ANA, at(-1))
    text_in("STATUS CET236", ANA, at(-1))
    play("""
        > can I leave?
        < Do you want to leave the line for Haircuts, number 1? ...
        > ja
        < ... left ...
    """)
    assert (line(queue), line(shaves)) == ([], [1])


def test_whoever_was_sent_on_meanwhile_leaves_where_they_are_now(
    db: Database, business: Business, queue: Queue
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236", ANA, at(-1))
    play(
        """
        > can I leave?
        < Do you want to leave the line for Haircuts, number 1? ...
        * sent on
        > YES
        < ... left ...
        """,
        {"sent on": lambda now: send_on(1, queue, shaves, now)},
    )
    assert (line(queue), line(shaves)) == ([], [])


# LATER and FORGET ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["YES", "sí"])
def test_a_yes_to_later_lets_as_many_go_first_as_was_told(db: Database, queue: Queue, yes: str) -> None:
    ana_and_three_more(queue)
    assert text_in("LATER 2", ANA, at(1)).kind == ReplyKind.LATER_OFFERED
    assert text_in("OK", ANA, at(2)).text is None
    assert text_in(yes, ANA, at(3)).kind == ReplyKind.LATER_DONE
    assert line(queue) == [2, 3, 1, 4]
    assert text_in(yes, ANA, at(4)).text is None


def test_later_is_about_the_ticket_it_was_told_of(db: Database, business: Business, queue: Queue) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    ana_and_three_more(queue)
    text_in("SHAVE", ANA, at(1)), join(shaves, phone(1))
    assert text_in("LATER CET236", ANA, at(2)).kind == ReplyKind.LATER_OFFERED
    assert text_in("LATER SHAVE", ANA, at(3)).kind == ReplyKind.LATER_OFFERED
    assert text_in("LATER CET236", ANA, at(4)).kind == ReplyKind.LATER_OFFERED
    assert (line(queue)[0], line(shaves)[0]) == (1, 1)


@in_turn
@pytest.mark.parametrize("again", ["FORGET", "forget me please", "Delete my data"])
@pytest.mark.parametrize("first", ["FORGET", "please delete my data"])
def test_forgetting_is_done_when_it_is_said_again_in_any_words(
    db: Database, queue: Queue, first: str, again: str
) -> None:
    ana_and_three_more(queue)
    assert text_in(first, ANA, at(1)).kind == ReplyKind.FORGET_OFFERED
    assert ticket(queue, 1).name == "Ana"
    assert text_in(again, ANA, at(10)).kind == ReplyKind.FORGOTTEN
    assert (ticket(queue, 1).name, ticket(queue, 1).state) == (None, "left")
    assert questions() == []


@in_turn
@pytest.mark.parametrize("yes", ["YES", "yes please", "oui", "ok", "👍"])
def test_nobody_is_forgotten_by_a_yes(db: Database, queue: Queue, yes: str) -> None:
    ana_and_three_more(queue)
    text_in("FORGET", ANA, at(1))
    for minute in range(2, 6):
        assert text_in(yes, ANA, at(minute)).kind in (ReplyKind.FORGET_OFFERED, None)
    assert ticket(queue, 1).name == "Ana"
    assert text_in("FORGET", ANA, at(6)).kind == ReplyKind.FORGOTTEN


def test_forget_is_never_suggested(db: Database, queue: Queue) -> None:
    for word in ("FORGT", "FORGETT", "sorry I forget", "can you forget me?", "froget"):
        reply = text_in(word)
        assert "Did you mean FORGET" not in (reply.text or ""), word
        assert reply.kind != ReplyKind.FORGOTTEN


# What voids it, and time --------------------------------------------------------------------------------


@in_turn
@pytest.mark.parametrize("text", ["STATUS", "MENU", "15", "HERE", "LANG en", "on my way", "START", "CET236"])
def test_another_word_that_is_understood_voids_the_question(db: Database, queue: Queue, text: str) -> None:
    ana_and_three_more(queue)
    for asked, after in (("FORGET", ReplyKind.FORGET_OFFERED), ("LATER", ReplyKind.LATER_OFFERED)):
        assert text_in(asked, ANA, at(1)).kind == after
        text_in(text, ANA, at(2))
        assert questions() == []
        assert text_in(asked, ANA, at(3)).kind == after
    assert line(queue) == [1, 2, 3, 4]


def test_a_yes_after_status_is_to_no_suggestion_before_it(db: Database, queue: Queue) -> None:
    text_in("CET263", ANA, NOON), text_in("STATUS", ANA, at(1))
    assert text_in("YES", ANA, at(2)).kind is None
    assert line(queue) == []


def test_each_of_our_questions_takes_the_place_of_the_one_before(db: Database, queue: Queue) -> None:
    ana_and_three_more(queue)
    for word in ("LATER", "FORGET", "LATER", "can I leave?", "FORGET"):
        text_in(word, ANA, at(1))
        assert len(questions()) == 1
    assert (line(queue)[0], ticket(queue, 1).name) == (1, "Ana")


@in_turn
@pytest.mark.parametrize("text", ["thanks", "👍", "zzxq", "hmm what", "", "Liked “Did you mean”"])
def test_courtesies_and_what_nobody_understands_leave_it_open(db: Database, queue: Queue, text: str) -> None:
    text_in("CET263", ANA, NOON)
    text_in(text, ANA, at(1))
    assert text_in("YES", ANA, at(2)).kind == ReplyKind.JOINED


@pytest.mark.parametrize(
    ("asked", "answer", "holds", "done"),
    [
        ("LATER", "LATER", 5, ReplyKind.LATER_DONE),
        ("FORGET", "FORGET", 10, ReplyKind.FORGOTTEN),
        ("can I leave?", "YES", 10, ReplyKind.LEFT),
    ],
)
def test_it_ends_by_itself(
    db: Database, queue: Queue, asked: str, answer: str, holds: int, done: ReplyKind
) -> None:
    ana_and_three_more(queue)
    text_in(asked, ANA, NOON)
    assert text_in(answer, ANA, at(holds) + SECOND).kind != done
    text_in("STATUS", ANA, at(30))
    text_in(asked, ANA, at(31))
    assert text_in(answer, ANA, at(31 + holds)).kind == done


def test_what_has_ended_is_cleared_away(db: Database, queue: Queue) -> None:
    text_in("CET263", ANA, NOON)
    Clearing().run(at(9))
    assert len(questions()) == 1
    Clearing().run(at(11))
    assert questions() == []


def test_a_question_to_one_phone_is_none_to_another(db: Database, queue: Queue) -> None:
    play("""
        > CET263
        < Did you mean CET236? ...
        Ben> YES
        <
        Ben> FORGET
        < Text FORGET again ...
        > FORGET
        < Text FORGET again ...
    """)
    assert line(queue) == []


def test_a_servicer_who_puts_somebody_first_ends_what_they_were_told_of_later(
    db: Database, queue: Queue
) -> None:
    ana_and_three_more(queue)
    text_in("LATER", ANA, at(1))
    world.change(1, queue, lambda s, t: moving.put_first(s, t, by=By.command(), now=at(1)))
    assert text_in("LATER", ANA, at(2)).kind == ReplyKind.LATER_OFFERED


# Called meanwhile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["1", "YES", "sí"])
def test_whoever_was_called_since_says_that_they_are_coming(
    db: Database, queue: Queue, rosa: Servicer, words: str
) -> None:
    text_in("CET236", ANA)
    assert text_in("I have to go soon", ANA, at(1)).kind == ReplyKind.LEAVE_OFFERED
    call_next(queue, rosa, at(2))
    assert text_in(words, ANA, at(3)).kind == ReplyKind.COMING
    assert ticket(queue, 1).state == "called", "nobody leaves by an answer to the call"
    assert text_in("YES", ANA, at(4)).kind != ReplyKind.LEFT, "nor later"


def test_who_was_called_since_and_is_leaving_home_does_not_leave_the_line(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236", ANA)
    assert text_in("I have to go soon", ANA, at(1)).kind == ReplyKind.LEAVE_OFFERED
    call_next(queue, rosa, at(2))
    text_in("Yes, I'm leaving", ANA, at(3))
    assert ticket(queue, 1).state == "called"


def test_what_is_asked_after_the_call_is_what_a_yes_answers(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236", ANA)
    call_next(queue, rosa, at(1))
    assert text_in("I have to go soon", ANA, at(2)).kind == ReplyKind.LEAVE_OFFERED
    assert text_in("YES", ANA, at(3)).kind == ReplyKind.LEFT
