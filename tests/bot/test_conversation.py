"""What customers text and what they get to read: their place, leaving, and what we don't understand."""

import re

import pytest
from sqlalchemy import select

from bot.conversation import ANSWERS
from bot.meanings import Meaning
from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import segments
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from tests import world
from tests.bot.stage import count, start
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, CAI, call_next, line, ticket

# Where am I, and leaving ---------------------------------------------------------------------------------


def test_status_tells_number_place_and_wait(db: Database, queue: Queue, rosa: Servicer) -> None:
    desk = world.make_desk(queue, "Chair 1")
    play(
        """
        > STATUS
        < You're not in line right now. Text CET236 to take a number.
        Ben> CET236
        < You are number 1 ...
        > CET236
        < You are number 2 ...
        > ?
        < You are number 2 for Haircuts. 1 person ahead of you. The wait is about ...-... min. ...
        > where am I?
        < You are number 2 ...
        * Rosa calls Ben
        Ben> STATUS
        < You are number 1 for Haircuts, and we've called you. Please come to Chair 1 now.
        > status cet236
        < You are number 2 for Haircuts. You're next. ...
        * Rosa starts
        Ben> STATUS
        < You are number 1 for Haircuts, and you're being served now at Chair 1.
        """,
        {
            "Rosa calls Ben": lambda now: call_next(queue, rosa, now, desk),
            "Rosa starts": lambda now: start(1, queue, now),
        },
    )


def test_leave_gives_up_the_place(db: Database, queue: Queue) -> None:
    play("""
        > LEAVE
        < You're not in line, or you've already left. Text CET236 to take a number.
        > CET236
        < You are number 1 ...
        Ben> CET236
        < You are number 2 ...
        > out
        < You've left the line for Haircuts, number 1. ... Text CET236 for a new number.
        > leave
        < You're not in line, or you've already left. ...
        Ben> status
        < You are number 2 for Haircuts. You're next. ...
        > CET236
        < You are number 3 for Haircuts. 1 person ahead of you. ...
    """)
    assert line(queue) == [2, 3]


def test_who_is_called_can_leave_but_not_who_is_being_served(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        Ben> CET236
        < You are number 2 ...
        * Rosa calls next
        > LEAVE
        < You've left the line for Haircuts, number 1. ...
        * Rosa calls next
        * Rosa starts 2
        Ben> LEAVE
        < Thanks, number 2. We've told the counter for Haircuts that you've left.
        """,
        {
            "Rosa calls next": lambda now: call_next(queue, rosa, now),
            "Rosa starts 2": lambda now: start(2, queue, now),
        },
    )
    assert ticket(queue, 1).state == "left"
    assert ticket(queue, 2).state == "serving"


# Not understood -----------------------------------------------------------------------------------------


def test_near_misses_are_asked_about_and_do_nothing(db: Database, queue: Queue) -> None:
    play("""
        > CET263
        < Did you mean CET236? Reply YES.
        > cte236 Ana
        < Did you mean CET236? Reply YES.
        > is CET236 still open today?
        < Did you mean CET236? Reply YES.
        > leave cet263
        < Did you mean LEAVE CET236? Reply YES.
    """)
    assert line(queue) == []


@in_turn
@pytest.mark.parametrize(
    "text",
    ["hello", "where is my car", "10-15", "🍕", "x" * 1600, "15", "5 min", "3", "5 stars", "{{ 7 * 7 }}"],
)
def test_anything_else_is_told_what_can_be_texted(db: Database, queue: Queue, text: str) -> None:
    reply = text_in(text)
    assert reply.text == (
        "Sorry, we didn't get that. Text CET236 to take a number, or STATUS, WHEN, LEAVE, LATER, "
        "HERE, AGAIN, 15 (minutes), LANG, FORGET, STOP. MENU explains them."
    )


def test_an_empty_text_or_a_picture_alone_is_told_what_can_be_texted(db: Database, queue: Queue) -> None:
    play("""
        >
        < Sorry, we can only read words, and your text had none. Text CET236 to take a number, or STATUS ...
    """)


def test_the_menu_names_only_words_that_work(db: Database, queue: Queue) -> None:
    reply = text_in("MENU")
    assert reply.text is not None
    for word in re.findall(r"\b[A-Z]{4,}\b", reply.text):
        meaning = text_in(word).kind
        assert meaning not in (ReplyKind.UNKNOWN, ReplyKind.NEAR_MISS), word


def test_courtesies_get_no_answer(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ...
        > thanks!
        <
        > OK 👍
        <
        > Liked “You are number 1 for Haircuts.”
        <
    """)


def test_every_meaning_has_an_answer() -> None:
    assert set(ANSWERS) == set(Meaning)


# What is kept ---------------------------------------------------------------------------------------------


def test_a_text_is_kept_with_who_sent_it_what_it_was_about_and_the_answer(db: Database, queue: Queue) -> None:
    text_in("CET236"), text_in("thanks")
    with reading() as session:
        joined, thanks = session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        assert joined.customer is not None
        assert joined.customer.phone == ANA
        assert (joined.queue_id, joined.reply_kind) == (queue.id, "joined")
        assert (joined.reply_segments, thanks.reply_segments) == (segments(joined.reply or ""), None)
        assert (joined.reply or "").startswith("You are number 1")
        assert (thanks.customer_id, thanks.reply_kind, thanks.reply) == (joined.customer_id, None, None)


def test_one_phone_is_one_customer_and_answers_are_not_in_the_outbox(db: Database, queue: Queue) -> None:
    for text in ("hello", "CET236", "STATUS", "LEAVE", "CET236"):
        text_in(text)
    text_in("CET236", CAI)
    assert count(Customer) == 2
    assert count(Ticket) == 3
    assert count(OutboundMessage) == 0


def test_a_customer_is_answered_in_a_language_we_have(db: Database) -> None:
    world.make_queue(world.make_business(language="tlh"))
    play("""
        > CET236
        < You are number 1 ...
    """)
