"""What customers text and what they get to read, as transcripts."""

import re

import pytest
from sqlalchemy import func, select

from bot.conversation import ANSWERS
from bot.gsm7 import segments
from bot.meanings import Meaning
from bot.reply_kinds import ReplyKind
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.queueing.tables.tickets import Ticket
from models.storage.database import Database, reading
from models.texts.inbox import InboundMessage
from models.texts.outbox import OutboundMessage
from tests import world
from tests.bot.stage import close, finish, pause, start
from tests.bot.transcript import play, text_in
from tests.world import ANA, BEN, CAI, call_next, line, ticket


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# Joining -----------------------------------------------------------------------------------------------


def test_a_keyword_takes_a_number_and_the_first_text_says_who_we_are(db: Database, queue: Queue) -> None:
    play("""
        > CET236 Ana
        < You are number 1 for Haircuts, Ana. You're next. The wait is about ...-... min. Follow along: https://queue.example.com/t/... Barber Lopes only texts you about your place in line. Text STATUS, LEAVE or MENU. Reply STOP to stop texts, HELP for help.
        Ben> cet 236
        < You are number 2 for Haircuts. 1 person ahead of you. The wait is about ...-... min. Follow along: ... Reply STOP to stop texts...
        Cai> join cet-236 Cai 4
        < You are number 3 for Haircuts, Cai. 2 people ahead of you. ...
    """)  # noqa: E501
    assert line(queue) == [1, 2, 3]
    kept = ticket(queue, 3)
    assert (kept.name, kept.party, kept.source) == ("Cai", 4, "text")


def test_the_same_again_gives_the_same_number_without_the_introduction(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 for Haircuts. ... Reply STOP ...
        > cet236!
        < You are still number 1 for Haircuts. You're next. The wait is about ...-... min. Follow along: https://queue.example.com/t/...
        > JOIN CET236 Ana 4
        < You are still number 1 ...
    """)
    assert line(queue) == [1]


def test_only_the_first_text_to_a_phone_introduces_us(db: Database, queue: Queue) -> None:
    texts = [text_in(word).text or "" for word in ("CET236", "CET236", "STATUS", "LEAVE", "CET236")]
    assert ["STOP" in text for text in texts] == [True, False, False, False, False]


def test_the_link_is_that_of_the_ticket(db: Database, queue: Queue) -> None:
    reply = text_in("CET236")
    assert reply.text is not None
    assert f"https://queue.example.com/t/{ticket(queue, 1).token}" in reply.text


def test_join_alone_is_enough_when_one_queue_is_open(db: Database, business: Business, queue: Queue) -> None:
    close(world.make_queue(business, "SHAVE", name="Shaves"))
    play("""
        > JOIN
        < You are number 1 for Haircuts. ...
        Ben> join Ben 2
        < You are number 2 for Haircuts, Ben. ...
    """)


def test_join_alone_asks_which_when_several_are_open(db: Database, business: Business, queue: Queue) -> None:
    world.make_queue(business, "SHAVE", name="Shaves")
    play("""
        > JOIN
        < Which line would you like to join? Text CET236 for Haircuts or SHAVE for Shaves.
        > shave
        < You are number 1 for Shaves. ...
    """)


def test_a_closed_queue_says_so(db: Database, queue: Queue) -> None:
    close(queue)
    play("""
        > CET236
        < Sorry, Haircuts is closed right now. Please try again when it's open.
        > JOIN
        < Sorry, Haircuts is closed right now. ...
    """)
    assert line(queue) == []


def test_a_full_queue_says_so(db: Database, business: Business) -> None:
    queue = world.make_queue(business, capacity=1)
    play("""
        > CET236
        < You are number 1 ...
        Ben> CET236
        < Sorry, the line for Haircuts is full right now. ...
        > CET236
        < You are still number 1 ...
    """)
    assert line(queue) == [1]


def test_a_paused_queue_takes_joins_and_says_that_it_is_paused(db: Database, queue: Queue) -> None:
    pause(queue)
    play("""
        > CET236
        < You are number 1 for Haircuts. You're next. The line is paused for now. Once it moves again, expect about ...
    """)  # noqa: E501


def test_a_business_without_queues_still_answers(db: Database, business: Business) -> None:
    play("""
        > JOIN
        < Sorry, Barber Lopes is closed right now. ...
        > CET236
        < Sorry, we didn't get that. Text STATUS, LEAVE, ...
    """)


def test_a_queue_of_another_business_is_not_joined(db: Database, queue: Queue) -> None:
    other = world.make_business(name="Clinic", number="+15550100009")
    clinic = world.make_queue(other, "CLINIC", name="Clinic")
    play("""
        > CLINIC
        < Sorry, we didn't get that. Text CET236 to take a number, ...
    """)
    assert line(clinic) == []


def test_joining_again_while_called_or_served_tells_how_it_is(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        * Rosa calls next
        > CET236
        < You are number 1 for Haircuts, and we've called you. Please come to the counter now.
        * Rosa starts
        > CET236
        < You are number 1 for Haircuts, and you're being served now.
        """,
        {
            "Rosa calls next": lambda now: call_next(queue, rosa, now),
            "Rosa starts": lambda now: start(1, queue, now),
        },
    )


def test_again_takes_a_new_number_under_the_old_name(db: Database, queue: Queue, rosa: Servicer) -> None:
    play(
        """
        > AGAIN
        < We're not sure which line you mean. Text CET236 to take a number.
        > CET236 Ana 2
        < You are number 1 ...
        > again
        < You are still number 1 ...
        * Rosa serves 1
        > AGAIN
        < You are number 2 for Haircuts, Ana. You're next. ...
        Ben> again cet236
        < You are number 3 ...
        """,
        {"Rosa serves 1": lambda now: (call_next(queue, rosa, now), finish(1, queue, now))},
    )
    assert ticket(queue, 2).party == 2


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
        < You are number 2 for Haircuts, and you're being served now.
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


@pytest.mark.parametrize(
    "text",
    ["hello", "where is my car", "10-15", "🍕", "x" * 1600, "15", "5 min", "3", "5 stars", "{{ 7 * 7 }}"],
)
def test_anything_else_is_told_what_can_be_texted(db: Database, queue: Queue, text: str) -> None:
    reply = text_in(text)
    assert reply.text == (
        "Sorry, we didn't get that. Text CET236 to take a number, or STATUS, LEAVE, LATER, "
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


# Stopping -------------------------------------------------------------------------------------------------


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
