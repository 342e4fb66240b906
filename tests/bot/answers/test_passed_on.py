"""What somebody in line says in their own words is passed on to the counter, and answered once."""

import pytest
from sqlalchemy import select

from bot.reply_kinds import ReplyKind
from models.people.addresses import Channel
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading
from models.texts.inbox import InboundMessage
from models.texts.remarks import Remark
from tests.bot.stage import count
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, join, make_number, make_queue, minutes, ticket


@pytest.fixture(autouse=True)
def at_work(db: Database, queue: Queue, rosa: Servicer) -> None:
    """Rosa is on duty: she has called Ben."""
    join(queue, BEN)
    call_next(queue, rosa)


def test_the_first_is_answered_once_and_then_there_is_silence() -> None:
    play("""
        > CET236
        < You are number 2 ...
        > which door do I take?
        < Number 2: we've passed that on to the counter for Haircuts. Text MENU to see what else you can text.
        > the green one?
        <
        > STATUS
        < You are number 2 ...
        > hmm
        <
    """)
    assert count(Remark) == 3


@in_turn
@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("¿por qué puerta entro?", "Numero 2: se lo hemos pasado ..."),
        ("c'est quelle porte ?", "Numéro 2 : transmis ..."),
        ("qual é a porta de entrada?", "Numero 2: passamos ..."),
        ("durch welche Tür muss ich denn?", "Nummer 2: an den Schalter ..."),
    ],
)
def test_in_the_language_they_write(words: str, answer: str) -> None:
    play(f"""
        > CET236
        < You are number 2 ...
        > {words}
        < {answer}
    """)


def test_somebody_without_a_number_is_told_what_can_be_texted() -> None:
    play("""
        > which door do I take?
        < Sorry, we didn't get that. ...
    """)
    assert count(Remark) == 0


@pytest.mark.parametrize(("answer", "passed_on"), [("on my way", 1), ("1", 0)])
def test_a_1_to_the_call_shows_that_they_are_coming_and_puts_no_words_beside_it(
    queue: Queue, luis: Servicer, answer: str, passed_on: int
) -> None:
    text_in("CET236")
    call_next(queue, luis)
    text_in(answer)
    assert ticket(queue, 2).coming_until is not None
    assert count(Remark) == passed_on


def test_a_flood_is_neither_answered_nor_kept() -> None:
    text_in("CET236")
    for index in range(22):
        text_in(f"which door, the {index}?", ANA, NOON + minutes(index / 10))
    assert count(Remark) == 20
    with reading() as session:
        kept = session.scalars(select(InboundMessage.body).order_by(InboundMessage.id)).all()
    assert kept[-3:] == ["which door, the 19?", "", ""]


def test_with_nobody_on_duty_it_says_that_nobody_reads_just_now(business: Business, rosa: Servicer) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    play(
        """
        > SHAVE
        < You are number 1 ...
        > which door do I take?
        < Number 1: nobody's at the counter for Shaves to read this right now. ...
        > hello??
        <
        * Rosa calls
        > the green door?
        < Number 1: we've passed that on to the counter for Shaves. ...
    """,
        {"Rosa calls": lambda now: call_next(shaves, rosa, now)},
    )


def test_by_whatsapp_as_well(business: Business) -> None:
    make_number(business)
    text_in("CET236", ANA, NOON, channel=Channel.WHATSAPP)
    first = text_in("which door do I take?", ANA, NOON + minutes(1), channel=Channel.WHATSAPP)
    assert first.kind == ReplyKind.PASSED_ON
    assert text_in("the green one?", ANA, NOON + minutes(2), channel=Channel.WHATSAPP).text is None
    assert count(Remark) == 2
