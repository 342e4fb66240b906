"""FORGET, LANG and MENU: what is about the customer and the words, not about a place."""

import re

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from tests import world
from tests.bot.stage import start
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, NOON, call_next, line, minutes, outbox, ticket

# FORGET -------------------------------------------------------------------------------------------------


def test_forget_said_again_leaves_and_erases_and_that_is_the_last_text(
    db: Database, business: Business, queue: Queue
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    play("""
        > CET236 Ana
        < You are number 1 for Haircuts, Ana. ... Reply STOP ...
        > SHAVE Ana
        < You are number 1 for Shaves, Ana. ...
        Ben> CET236
        < You are number 2 ...
        > FORGET
        < Text FORGET again within 10 minutes and we'll erase your phone number, name and texts, and take you out of any line. This can't be undone.
        > Forget.
        < Done. We've erased your phone number, name and texts, and you're no longer in any line. This is our last text to you.
        > STATUS
        < You're not in line right now. ...
    """)  # noqa: E501
    assert (line(queue), line(shaves)) == ([2], [])
    assert ticket(queue, 1).name is None
    with reading() as session:
        gone = session.get_one(Customer, ticket(queue, 1).customer_id)
        assert (gone.phone_ciphertext, gone.phone_hash, gone.language) == (None, None, None)
        theirs = select(InboundMessage.body, InboundMessage.reply)
        theirs = theirs.where(InboundMessage.customer_id == gone.id).order_by(InboundMessage.id)
        kept = session.execute(theirs).all()
        assert [body for body, _ in kept] == ["(erased)"] * 4
        assert [reply for _, reply in kept[:3]] == [None, None, None]
        assert (kept[3].reply or "").startswith("Done. ")
        assert not session.scalars(select(OutboundMessage)).all()


def test_somebody_forgotten_who_comes_again_is_new(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ... Reply STOP ...
        > LANG es
        < De acuerdo, ...
        > FORGET
        < Si envia FORGET otra vez en menos de 10 minutos, ...
        > FORGET
        < Hecho. Hemos borrado su numero de teléfono, ... Este es nuestro ultimo mensaje.
        > AGAIN
        < We're not sure which line you mean. ...
        > 5
        < Sorry, we didn't get that. ...
        > CET236
        < You are number 2 ... Reply STOP ...
    """)


def test_nothing_more_is_sent_to_somebody_forgotten(db: Database, queue: Queue, rosa: Servicer) -> None:
    text_in("CET236")
    call_next(queue, rosa)
    assert outbox(queue, 1) == [(1, "your_turn", "waiting")]
    assert text_in("forget me please").kind == ReplyKind.FORGET_OFFERED
    assert outbox(queue, 1) == [(1, "your_turn", "waiting")]
    assert text_in("forget me please", ANA, NOON + minutes(1)).kind == ReplyKind.FORGOTTEN
    assert outbox(queue, 1) == [(1, "your_turn", "expired")]
    assert ticket(queue, 1).state == "left"


def test_who_is_being_served_is_served_to_the_end_without_a_name(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236 Ana")
    call_next(queue, rosa, NOON)
    start(1, queue, NOON + minutes(1))
    text_in("FORGET", ANA, NOON + minutes(2))
    assert text_in("FORGET", ANA, NOON + minutes(3)).kind == ReplyKind.FORGOTTEN
    assert (ticket(queue, 1).state, ticket(queue, 1).name) == ("serving", None)


def test_an_opted_out_phone_is_forgotten_in_silence_and_stays_opted_out(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ...
        > STOP
        <
        > FORGET
        <
        > FORGET
        <
        > CET236
        <
    """)
    with reading() as session:
        assert len(session.scalars(select(OptOut)).all()) == 1
        assert session.get_one(Customer, ticket(queue, 1).customer_id).phone_hash is None


def test_a_stranger_can_be_forgotten_too(db: Database, queue: Queue) -> None:
    for minute in (0, 2):
        assert text_in("FORGET", ANA, NOON + minutes(minute)).kind == ReplyKind.FORGET_OFFERED
        assert text_in("FORGET", ANA, NOON + minutes(minute + 1)).kind == ReplyKind.FORGOTTEN


# LANG ---------------------------------------------------------------------------------------------------


def test_lang_changes_the_language_of_every_text(db: Database, queue: Queue, rosa: Servicer) -> None:
    play("""
        Ben> CET236
        < You are number 1 ...
        > CET236 Ana
        < You are number 2 ...
        > LANG es
        < De acuerdo, a partir de ahora le escribiremos en español. Envie MENU para ver qué puede enviarnos.
        > STATUS
        < Tiene el numero 2 para Haircuts. Hay 1 persona delante. Espera de unos ...-... min. Su lugar: https://queue.example.com/t/...
        > lang FR
        < D'accord, nous vous écrirons désormais en francais. Envoyez MENU pour voir ce que vous pouvez nous envoyer.
        > STATUS
        < Vous avez le numéro 2 pour Haircuts. 1 personne avant vous. Attente : environ ...-... min. Suivi : https://queue.example.com/t/...
        Ben> STATUS
        < You are number 1 for Haircuts. ...
        > english please
        < OK, we'll text you in English from now on. Text MENU to see what you can text us.
        > STATUS
        < You are number 2 ...
    """)  # noqa: E501


def test_texts_we_send_unasked_are_in_the_language_asked_for(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236"), text_in("LANG fr")
    call_next(queue, rosa)
    with reading() as session:
        assert session.scalars(select(OutboundMessage.language)).all() == ["fr"]


def test_a_language_that_we_lack_is_answered_with_those_we_have(db: Database, queue: Queue) -> None:
    play(
        """
        > LANG tlh
        < Sorry, we don't have that language. For texts in another language, text LANG de (Deutsch), LANG en (English), LANG es (español), LANG fr (francais), or LANG pt (portugues).
        > LANG
        < For texts in another language, text LANG de (Deutsch), ...
        > LANG ../en
        < OK, we'll text you in English from now on. ...
        """  # noqa: E501
    )
    with reading() as session:
        assert session.scalars(select(Customer.language)).one() == "en"


@in_turn
@pytest.mark.parametrize(
    ("language", "begins"),
    [
        *(("es", "Tiene el numero 1 "), ("fr", "Vous avez le numéro 1 ")),
        *(("pt", "Tem o numero 1 "), ("de", "Sie haben Nummer 1 ")),
    ],
)
def test_a_business_has_a_language_of_its_own(db: Database, language: str, begins: str) -> None:
    world.make_queue(world.make_business(language=language))
    assert (text_in("CET236").text or "").startswith(begins)


# MENU ---------------------------------------------------------------------------------------------------


@in_turn
@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "de"])
def test_with_nothing_but_the_menu_every_word_is_found_and_works(
    db: Database, queue: Queue, language: str
) -> None:
    text_in(f"LANG {language}")
    menu = text_in("MENU").text
    assert menu is not None
    assert GSM_TEXT.fullmatch(menu)
    assert segments(menu) <= 2
    [choice] = re.findall(r"LANG ([^.]+)\.", menu)
    words = re.findall(r"CET236 Ana 4|\b[A-Z]{4,}\b|\b15\b", menu)
    words.remove("LANG")
    words += [f"LANG {code}" for code in re.findall(r"\b([a-z]{2}):", choice)]
    assert {"CET236 Ana 4", "STATUS", "LEAVE", "LATER", "15", "HERE", "AGAIN", "FORGET", "STOP"} <= set(words)
    assert sum(word.startswith("LANG ") for word in words) == 4
    text_in("CET236")
    for word in words:
        kind = text_in(word).kind
        assert kind not in (ReplyKind.UNKNOWN, ReplyKind.NEAR_MISS, ReplyKind.LANGUAGES), word
        if word in ("LEAVE", "FORGET"):
            text_in("CET236")


def test_the_menu_of_a_business_with_many_long_keywords_still_fits(db: Database, business: Business) -> None:
    for number in range(8):
        world.make_queue(business, f"VERYLONGKEYWORD{number}", name=f"Queue {number}")
    menu = text_in("MENU").text or ""
    assert segments(menu) <= 2
    assert menu.startswith("VERYLONGKEYWORD0")
