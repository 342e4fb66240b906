"""Taking a number by text, as transcripts: what customers text and what they get to read."""

from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import world
from tests.bot.stage import close, finish, pause, start
from tests.bot.transcript import play, text_in
from tests.world import call_next, line, ticket


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
        < Sorry, Haircuts is closed right now. Please try again when we're open.
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
        < Sorry, we didn't get that. Text STATUS, WHEN, LEAVE, ...
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
