"""After being sent on to another queue, and after being served: which queue a word means."""

from bot.reply_kinds import ReplyKind
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import world
from tests.bot.stage import close, send_on, serve
from tests.bot.transcript import play, text_in
from tests.world import ANA, NOON, line, minutes, ticket


def test_words_about_a_ticket_that_was_sent_on_mean_the_new_one(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 for Haircuts. ...
        Ben> SHAVE
        < You are number 1 for Shaves. ...
        * Ana is sent on
        > STATUS
        < You are number 2 for Shaves. You're next. ...
        > STATUS CET236
        < You are number 2 for Shaves. You're next. ...
        > AGAIN
        < You are still number 2 for Shaves. ...
        > LEAVE CET236
        < You've left the line for Shaves, number 2. ...
        > LEAVE CET236
        < You're not in line, or you've already left. ...
        """,
        {"Ana is sent on": lambda now: send_on(1, queue, shaves, now)},
    )
    assert (line(queue), line(shaves)) == ([], [1])


def test_a_ticket_sent_on_twice_is_still_found_by_its_first_keyword(
    db: Database, business: Business, queue: Queue, shaves: Queue
) -> None:
    dyes = world.make_queue(business, "DYE", name="Dyes")
    text_in("CET236", ANA, NOON)
    send_on(1, queue, shaves, NOON + minutes(1))
    send_on(1, shaves, dyes, NOON + minutes(2))
    for words in ("STATUS", "STATUS CET236", "STATUS SHAVE", "STATUS DYE"):
        reply = text_in(words, ANA, NOON + minutes(3))
        assert (reply.text or "").startswith("You are number 1 for Dyes."), words


def test_what_was_last_texted_about_may_have_been_sent_on(
    db: Database, business: Business, queue: Queue, shaves: Queue
) -> None:
    world.make_queue(business, "DYE", name="Dyes")
    play(
        """
        > DYE
        < You are number 1 for Dyes. ...
        > CET236
        < You are number 1 for Haircuts. ...
        * Ana is sent on
        > STATUS
        < You are number 1 for Shaves. ...
        > STATUS DYE
        < You are number 1 for Dyes. ...
        > STATUS
        < You are number 1 for Dyes. ...
        """,
        {"Ana is sent on": lambda now: send_on(1, queue, shaves, now)},
    )


def test_the_old_keyword_takes_a_new_number_there(db: Database, queue: Queue, shaves: Queue) -> None:
    text_in("CET236", ANA, NOON)
    send_on(1, queue, shaves, NOON + minutes(1))
    reply = text_in("CET236", ANA, NOON + minutes(2))
    assert (reply.text or "").startswith("You are number 2 for Haircuts.")
    assert (line(queue), line(shaves)) == ([2], [1])


# Again --------------------------------------------------------------------------------------------------


def test_again_is_for_the_queue_they_were_served_in_last(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236 Ana 2
        < You are number 1 for Haircuts, Ana. ...
        > SHAVE
        < You are number 1 for Shaves. ...
        * Rosa serves Haircuts 1
        > AGAIN
        < You are number 2 for Haircuts, Ana. ...
        > LEAVE
        < You've left the line for Haircuts, ...
        > again shave
        < You are still number 1 for Shaves. ...
        * Rosa serves Shaves 1
        > AGAIN
        < You are number 2 for Shaves. ...
        """,
        {
            "Rosa serves Haircuts 1": lambda now: serve(1, queue, rosa, now),
            "Rosa serves Shaves 1": lambda now: serve(1, shaves, rosa, now),
        },
    )
    assert ticket(queue, 2).party == 2


def test_again_in_a_queue_that_has_closed_says_so(db: Database, queue: Queue, rosa: Servicer) -> None:
    text_in("CET236")
    serve(1, queue, rosa, NOON + minutes(1))
    close(queue)
    reply = text_in("AGAIN", ANA, NOON + minutes(2))
    assert reply.kind == ReplyKind.CLOSED


def test_again_after_being_sent_on_is_for_the_queue_that_served(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    text_in("CET236 Ana")
    send_on(1, queue, shaves, NOON + minutes(1))
    serve(1, shaves, rosa, NOON + minutes(2))
    reply = text_in("AGAIN", ANA, NOON + minutes(3))
    assert (reply.text or "").startswith("You are number 2 for Shaves, Ana.")
