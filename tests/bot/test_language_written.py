"""The language of answers: the one asked for with LANG, else the last in which the phone wrote clearly."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.texts.outbox import OutboundMessage
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next


def written() -> list[tuple[str | None, str | None]]:
    with reading() as session:
        found = session.execute(select(Customer.language, Customer.wrote_language).order_by(Customer.id))
        return [(asked, wrote) for asked, wrote in found]


@in_turn
@pytest.mark.parametrize(
    ("joins", "begins"),
    [
        ("Hola CET236", "Tiene el numero 1 "),
        ("hola, me llamo Ana, CET236", "Tiene el numero 1 "),
        ("Bonjour CET236", "Vous avez le numéro 1 "),
        ("Bom dia, CET236", "Tem o numero 1 "),
        ("Olá CET236", "Tem o numero 1 "),
        ("Guten Tag CET236", "Sie haben Nummer 1 "),
        ("Hi it's Ana, CET236", "You are number 1 "),
    ],
)
def test_a_join_is_answered_in_its_language_at_once(
    db: Database, queue: Queue, joins: str, begins: str
) -> None:
    assert (text_in(joins).text or "").startswith(begins)


def test_what_follows_is_in_that_language_too(db: Database, queue: Queue, rosa: Servicer) -> None:
    play("""
        > Hola CET236
        < Tiene el numero 1 para Haircuts. ...
        > STATUS
        < Tiene el numero 1 para Haircuts. ...
        > CET236 Ana 2
        < Sigue teniendo el numero 1 para Haircuts. ...
    """)
    call_next(queue, rosa)
    with reading() as session:
        assert session.scalars(select(OutboundMessage.language)).all() == ["es"]


def test_the_last_language_counts(db: Database, queue: Queue) -> None:
    play("""
        > Hola CET236
        < Tiene el numero 1 ...
        > wie lange noch?
        < Sie haben Nummer 1 ...
        > 15
        < ...Nummer 1...
        > where am I in line
        < You are number 1 ...
    """)


def test_lang_wins_until_it_is_changed(db: Database, queue: Queue) -> None:
    play("""
        > Hola CET236
        < Tiene el numero 1 ...
        > LANG fr
        < D'accord, ...
        > dónde estoy en la fila
        < Vous avez le numéro 1 ...
        > LANG de
        < ...
        > how long is the wait
        < Sie haben Nummer 1 ...
    """)


@in_turn
@pytest.mark.parametrize(
    "body",
    [
        *("CET236", "CET236 Ben", "CET236 Ben 4", "cet236 ana 4", "CET236 Maria de la Cruz", "JOIN CET236"),
        *("STATUS CET236", "MENU", "15", "ok", "no", "thanks", "Quit.", "👍", "STOP"),
    ],
)
def test_words_of_ours_names_and_numbers_say_nothing_of_language(
    db: Database, queue: Queue, body: str
) -> None:
    text_in(body)
    assert written() == [(None, None)]


def test_their_language_decides_a_word_that_means_two_things(db: Database, queue: Queue) -> None:
    text_in("Guten Tag CET236")
    assert text_in("hier").kind == ReplyKind.ARRIVED


def test_it_is_forgotten_with_the_phone(db: Database, queue: Queue) -> None:
    text_in("Hola CET236")
    assert written() == [(None, "es")]
    text_in("FORGET")
    text_in("FORGET", now=NOON + timedelta(minutes=1))
    assert written() == [(None, None)]
    assert (text_in("CET236").text or "").startswith("You are number 2 ")


def test_phones_of_one_business_have_each_their_own(db: Database, queue: Queue) -> None:
    text_in("Hola CET236", ANA), text_in("CET236", BEN)
    assert (text_in("STATUS", BEN).text or "").startswith("You are number 2 ")
    assert (text_in("STATUS", ANA).text or "").startswith("Tiene el numero 1 ")
