"""Several tickets on one phone: which one a text means, and what is told of the others."""

from bot.reply_kinds import ReplyKind
from jobs.queues.alerts import NearlyUp
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import world
from tests.bot.stage import finish, start, texts_leave
from tests.bot.transcript import play, text_in
from tests.world import ANA, NOON, call_next, line, minutes, outbox


def test_a_keyword_says_which_queue_is_meant(db: Database, queue: Queue, shaves: Queue) -> None:
    play("""
        > CET236
        < You are number 1 for Haircuts. ...
        > SHAVE
        < You are number 1 for Shaves. ...
        > status cet236
        < You are number 1 for Haircuts. ...
        > 15 shave
        < OK, number 1, 15 minutes. But you're nearly up for Shaves already, ...
        > here cet236
        < Thanks, number 1, we know you're here for Haircuts. ...
        > leave shave
        < You've left the line for Shaves, ...
        > leave shave
        < You're not in line, or you've already left. ...
    """)
    assert (line(queue), line(shaves)) == ([1], [])


def test_without_a_keyword_the_queue_last_texted_about_is_meant(
    db: Database, queue: Queue, shaves: Queue
) -> None:
    play("""
        > SHAVE
        < You are number 1 for Shaves. ...
        > CET236
        < You are number 1 for Haircuts. ...
        > STATUS
        < You are number 1 for Haircuts. ...
        > status shave
        < You are number 1 for Shaves. ...
        > thanks
        <
        > STATUS
        < You are number 1 for Shaves. ...
        > leave
        < You've left the line for Shaves, number 1. ... You still have number 1 for Haircuts.
    """)


def test_what_we_texted_about_counts_too_once_it_has_left(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    text_in("SHAVE", ANA, NOON)
    text_in("CET236", ANA, NOON + minutes(1))
    call_next(shaves, rosa, NOON + minutes(2))
    waiting_in_the_outbox = text_in("STATUS", ANA, NOON + minutes(3))
    assert waiting_in_the_outbox.kind == ReplyKind.STATUS
    texts_leave(NOON + minutes(4))
    assert text_in("STATUS", ANA, NOON + minutes(5)).kind == ReplyKind.STATUS_CALLED


def test_status_mentions_the_other_numbers(
    db: Database, business: Business, queue: Queue, shaves: Queue
) -> None:
    world.make_queue(business, "DYE", name="Dyes")
    play("""
        Ben> SHAVE
        < You are number 1 ...
        > SHAVE
        < You are number 2 ...
        > CET236
        < You are number 1 for Haircuts. ...
        > STATUS
        < You are number 1 for Haircuts. You're next. ... Follow along: ... You also have number 2 for Shaves (STATUS SHAVE).
        > STATUS SHAVE
        < You are number 2 for Shaves. ... You also have number 1 for Haircuts (STATUS CET236).
        > DYE
        < You are number 1 for Dyes. ...
        > STATUS
        < You are number 1 for Dyes. ... You also have number 1 for Haircuts (STATUS CET236) and number 2 for Shaves (STATUS SHAVE).
        Ben> STATUS
        < You are number 1 for Shaves. You're next. The wait is about ...-... min. Follow along: https://queue.example.com/t/...
    """)  # noqa: E501
    assert "also" not in (text_in("STATUS", world.BEN).text or "")


def test_a_place_is_kept_while_they_are_called_and_served_elsewhere(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer, luis: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        > SHAVE
        < You are number 1 ...
        Ben> SHAVE
        < You are number 2 for Shaves. 1 person ahead of you. ...
        * Rosa calls for Haircuts
        > STATUS SHAVE
        < You are number 1 for Shaves. You're next. ... We're holding your place while you're at Haircuts. ... You also have number 1 for Haircuts (STATUS CET236).
        * Luis calls Ben for Shaves
        * Rosa starts
        > SHAVE
        < You are still number 1 for Shaves. You're next. ... We're holding your place while you're at Haircuts. Follow along: ...
        > STATUS CET236
        < You are number 1 for Haircuts, and you're being served now. You also have number 1 for Shaves (STATUS SHAVE).
        * Rosa finishes
        > STATUS
        < You are number 1 for Shaves. You're next. The wait is about ...-... min. Follow along: https://queue.example.com/t/...
        """,  # noqa: E501
        {
            "Rosa calls for Haircuts": lambda now: call_next(queue, rosa, now),
            "Luis calls Ben for Shaves": lambda now: _is(call_next(shaves, luis, now), 2),
            "Rosa starts": lambda now: start(1, queue, now),
            "Rosa finishes": lambda now: finish(1, queue, now),
        },
    )
    assert line(shaves) == [1]


def _is(given: object, wanted: object) -> None:
    assert given == wanted


def test_a_lead_set_while_another_queue_has_them_is_told_after(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 for Haircuts. ...
        > SHAVE
        < You are number 1 for Shaves. ...
        * Rosa calls
        > 10
        < OK, number 1: we'll text you about 10 minutes before we call you for Shaves. ... We're holding your place while you're at Haircuts.
        * Rosa is done
        """,  # noqa: E501
        {
            "Rosa calls": lambda now: call_next(queue, rosa, now),
            "Rosa is done": lambda now: finish(1, queue, now),
        },
    )
    alerts = NearlyUp()
    for minute in (9, 10):
        alerts.run(NOON + minutes(minute))
    assert outbox(shaves) == [(1, "nearly_up", "waiting")]


def test_joining_while_being_served_elsewhere_says_that_the_place_is_kept(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        * Rosa calls
        > SHAVE
        < You are number 1 for Shaves. You're next. ... We're holding your place while you're at Haircuts. ...
        """,
        {"Rosa calls": lambda now: call_next(queue, rosa, now)},
    )


def test_a_word_for_who_waits_means_the_ticket_that_waits(
    db: Database, queue: Queue, shaves: Queue, rosa: Servicer
) -> None:
    play(
        """
        > SHAVE
        < You are number 1 for Shaves. ...
        > CET236
        < You are number 1 for Haircuts. ...
        Ben> SHAVE
        < You are number 2 ...
        * Rosa calls for Haircuts
        > HERE
        < Thanks, number 1, we're ready for you. Please come to the counter for Haircuts.
        > 15
        < OK, number 1: we'll text you about 15 minutes before we call you for Shaves. ...
        > LATER
        < Number 1, let 1 other person go first? You'd be 2nd for Shaves, ...
        """,
        {"Rosa calls for Haircuts": lambda now: (call_next(queue, rosa, now), texts_leave(now))},
    )
