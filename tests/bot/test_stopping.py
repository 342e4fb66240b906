"""The carrier's words: no more texts, texts again, and help."""

import pytest

from models.people.business import Business
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import world
from tests.bot.stage import count
from tests.bot.transcript import play, text_in
from tests.world import BEN, line


def test_stop_ends_all_texts_and_keeps_the_place_until_start(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ...
        > STOP
        <
        > STATUS
        <
        Ben> CET236
        < You are number 2 for Haircuts. 1 person ahead of you. ...
        > START
        <
        > STATUS
        < You are number 1 for Haircuts. You're next. ...
    """)
    assert line(queue) == [1, 2]


@pytest.mark.parametrize("word", ["CANCEL", "end", " Quit "])
def test_cancel_end_and_quit_also_leave_every_queue(
    db: Database, business: Business, queue: Queue, word: str
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236"), text_in("SHAVE"), text_in("CET236", BEN)
    assert text_in(word).text is None
    assert (line(queue), line(shaves)) == ([2], [])
    assert count(OptOut) == 1


def test_what_an_opted_out_phone_asks_is_done_in_silence(db: Database, queue: Queue) -> None:
    play("""
        > STOP
        <
        > CET236
        <
        > LEAVE
        <
        > CET236
        <
        > START
        <
        > CET236
        < You are still number 2 for Haircuts. ... Barber Lopes only texts you ... Reply STOP ...
    """)


def test_opting_out_is_for_one_number_of_ours(db: Database, business: Business, queue: Queue) -> None:
    other = world.make_business(name="Clinic", number="+15550100009")
    world.make_queue(other, "CLINIC", name="Clinic")
    text_in("STOP")
    assert text_in("CLINIC", to="+15550100009").text is not None
    assert text_in("CET236").text is None


def test_stopping_twice_and_starting_unasked_are_no_trouble(db: Database, queue: Queue) -> None:
    play("""
        > START
        <
        > STOP
        <
        > STOPALL
        <
        > YES
        <
        > STATUS
        < You're not in line right now. ...
    """)


def test_help_is_left_to_the_carrier_unless_that_is_turned_off(db: Database, queue: Queue) -> None:
    play("""
        > HELP
        <
        > help me please
        < CET236: take a number (CET236 Ana 4: name, how many). STATUS: ...
    """)


def test_our_own_help_answers_where_the_carrier_does_not(db: Database) -> None:
    world.make_queue(world.make_business(carrier_answers_help=False))
    play("""
        > HELP
        < CET236: take a number (CET236 Ana 4: name, how many). STATUS: ...
    """)


def test_words_that_the_carrier_took_for_its_own_count_as_such(db: Database, queue: Queue) -> None:
    text_in("CET236")
    assert text_in("ARRET", opt_out_type="STOP").text is None
    assert count(OptOut) == 1
    assert text_in("AIDE", opt_out_type="HELP").text is None
    assert text_in("OUI", opt_out_type="START").text is None
    assert count(OptOut) == 0
    assert text_in("CANCEL", opt_out_type="STOP").text is None
    assert line(queue) == []
