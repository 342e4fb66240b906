"""What can't be undone, said of others or in passing: nothing is done, and they are asked."""

import pytest

from bot.reply_kinds import ReplyKind
from models.people.customers import Customer
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests.bot.stage import count
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, line

OTHERS = (
    *(
        "remove 1",
        "number 1 not coming",
        "cancel number 1",
        "number 1 left the line",
        "take number 1 off the list",
    ),
    *("cancela el número 1", "annulez le numéro 1", "cancela o número 1", "streicht Nummer 1"),
)
OWN = ("remove 2", "number 2 not coming", "cancela el número 2", "annulez le numéro 2", "streicht Nummer 2")
IN_PASSING = (
    *("Karen asks: may I cancel", "Papa fragt: darf ich gehen", "Beto pregunta: puedo irme"),
    *("Boss wrote: remove me please", "Zoé demande: je peux partir", "Zé gritou: vou embora"),
    *("fixed it. nevermind", "Parkplatz gefunden, vergesst es", "résolu. laissez tomber", "mir zu lang"),
    *("j'en ai marre", "leaving now bye", "STOP, let me park", "ich bin nicht die Petra, ich bin Anna"),
    *("nix mehr schicken bis 5", "este no es el número de Juan", "no soy Juan, soy Pedro"),
)


@in_turn
@pytest.mark.parametrize("text", OTHERS)
def test_somebody_elses_number_takes_nobody_out(db: Database, queue: Queue, text: str) -> None:
    text_in("CET236", ANA)
    text_in("CET236", BEN)
    assert text_in(text, BEN).kind in (ReplyKind.LEAVE_OFFERED, ReplyKind.NEAR_MISS)
    assert line(queue) == [1, 2]


@in_turn
@pytest.mark.parametrize("text", OWN)
def test_their_own_number_leaves(db: Database, queue: Queue, text: str) -> None:
    text_in("CET236", ANA)
    text_in("CET236", BEN)
    assert text_in(text, BEN).kind == ReplyKind.LEFT
    assert line(queue) == [1]


def test_somebody_elses_number_has_not_arrived(db: Database, queue: Queue) -> None:
    text_in("CET236", ANA)
    text_in("CET236", BEN)
    assert text_in("number 1 is here", BEN).kind == ReplyKind.NEAR_MISS
    assert text_in("number 2 is here", BEN).kind == ReplyKind.ARRIVED


def test_a_yes_leaves_with_their_own_number(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ...
        Ben> CET236
        < You are number 2 ...
        Ben> remove 1
        < Do you want to leave the line for Haircuts, number 2? Reply YES, or text LEAVE. ...
        Ben> yes
        < You've left the line for Haircuts, number 2. ...
    """)
    assert line(queue) == [1]


@in_turn
@pytest.mark.parametrize("text", IN_PASSING)
def test_what_is_said_in_passing_does_nothing(db: Database, queue: Queue, text: str) -> None:
    text_in("CET236", ANA)
    text_in(text, ANA)
    assert line(queue) == [1]
    assert count(OptOut) == 0


@in_turn
@pytest.mark.parametrize("text", ["hate CET236", "Price CET236", "mierda CET236", "how do I join CET236"])
def test_a_word_before_the_keyword_that_is_no_name_joins_nobody(
    db: Database, queue: Queue, text: str
) -> None:
    assert text_in(text, ANA).kind == ReplyKind.NEAR_MISS
    assert line(queue) == []
    assert count(Customer) <= 1
