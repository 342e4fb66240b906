"""Minutes, HERE and ratings: what somebody with a number can say beside where am I and I leave."""

from datetime import timedelta

import pytest

from bot.answers.ticket_answers import RATED_WITHIN
from bot.reply_kinds import ReplyKind
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing import ending
from models.queueing.tables.queues import Queue
from models.storage.database import Database
from tests import world
from tests.bot.stage import each_takes, finish, pause, serve, start
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, join, line, minutes, outbox, phone, ticket

SECOND = timedelta(seconds=1)


def ana_behind(others: int, queue: Queue) -> None:
    for index in range(others):
        join(queue, phone(index))
    text_in("CET236 Ana", ANA, NOON)


# Minutes ------------------------------------------------------------------------------------------------


def test_a_number_of_minutes_is_how_long_before_they_want_to_be_told(db: Database, queue: Queue) -> None:
    ana_behind(5, queue)
    each_takes(10, queue)
    play("""
        > 15
        < OK, number 6: we'll text you about 15 minutes before we call you for Haircuts. 5 people ahead of you. The wait is about 30-90 min.
        > 20 MIN
        < OK, number 6: we'll text you about 20 minutes before we call you for Haircuts. ...
        > in 1 minute
        < OK, number 6: we'll text you about 1 minute before we call you for Haircuts. ...
        > 5
        < OK, number 6: we'll text you about 5 minutes before ...
    """)  # noqa: E501
    told = ticket(queue, 6)
    assert (told.lead_minutes, told.alerted_at) == (5, None)


def test_whose_minutes_have_come_already_is_told_at_once_and_not_again(db: Database, queue: Queue) -> None:
    ana_behind(3, queue)
    each_takes(5, queue)
    play("""
        > 60
        < OK, number 4, 60 minutes. But you're nearly up for Haircuts already, so please stay close. 3 people ahead of you. The wait is about 10-30 min.
    """)  # noqa: E501
    assert ticket(queue, 4).alerted_at is not None
    assert outbox(queue, 4) == []


def test_nobody_is_nearly_up_while_the_line_is_paused(db: Database, queue: Queue) -> None:
    ana_behind(0, queue)
    pause(queue)
    play("""
        > 30 min
        < OK, number 1: we'll text you about 30 minutes before we call you for Haircuts. You're next. The line is paused for now. Once it moves again, expect about ...
    """)  # noqa: E501


def test_minutes_from_somebody_called_are_waited_for_and_once_served_answered_with_how_it_is(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        * Rosa calls next
        > 5 min
        < Thanks, number 1. We'll wait for you until 12:08. Please come to the counter for Haircuts.
        > 5
        < Thanks, number 1. We'll wait for you until 12:10. ...
        * Rosa starts
        > 5
        < You are number 1 for Haircuts, and you're being served now.
        """,
        {
            "Rosa calls next": lambda now: call_next(queue, rosa, now),
            "Rosa starts": lambda now: start(1, queue, now),
        },
    )
    assert (ticket(queue, 1).rating, ticket(queue, 1).lead_minutes) == (None, None)


@in_turn
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0", ReplyKind.UNKNOWN),
        ("0 min", ReplyKind.UNKNOWN),
        # Whoever is at the counter may make sense of these.
        ("181", ReplyKind.NOBODY_READS),
        ("10-15", ReplyKind.NOBODY_READS),
        ("1.5", ReplyKind.NOBODY_READS),
    ],
)
def test_a_number_that_is_no_lead_sets_none(db: Database, queue: Queue, text: str, answer: ReplyKind) -> None:
    text_in("CET236")
    assert text_in(text).kind == answer
    assert ticket(queue, 1).lead_minutes is None


# HERE ---------------------------------------------------------------------------------------------------


def test_here_tells_the_servicer_and_thanks(db: Database, queue: Queue, rosa: Servicer) -> None:
    desk = world.make_desk(queue, "Chair 1")
    play(
        """
        > HERE
        < You're not in line right now. Text CET236 to take a number.
        Ben> CET236
        < You are number 1 ...
        > CET236
        < You are number 2 ...
        > I'm here!
        < Thanks, number 2, we know you're here for Haircuts. 1 person ahead of you. The wait is about ...-... min.
        * Rosa calls Ben
        Ben> HERE
        < Thanks, number 1, we're ready for you. Please come to Chair 1 for Haircuts.
        * Rosa starts
        Ben> here
        < Thanks, number 1. You're already being served for Haircuts.
        """,  # noqa: E501
        {
            "Rosa calls Ben": lambda now: call_next(queue, rosa, now, desk),
            "Rosa starts": lambda now: start(1, queue, now),
        },
    )
    assert ticket(queue, 2).arrived_at == NOON + minutes(6)
    assert ticket(queue, 1).arrived_at == NOON + minutes(9)  # when they said it first
    assert line(queue) == [2]


# Ratings ------------------------------------------------------------------------------------------------


def test_one_to_five_after_being_served_is_a_rating(db: Database, queue: Queue, rosa: Servicer) -> None:
    play(
        """
        > CET236
        < You are number 1 ...
        * Rosa serves Ana
        > 4
        < Thanks! We've noted your 4 out of 5 for Haircuts.
        > 5 stars!
        < Thanks! We've noted your 5 out of 5 for Haircuts.
        > 6
        < Sorry, we didn't get that. ...
        > 5 min
        < Sorry, we didn't get that. ...
        Ben> 5
        < Sorry, we didn't get that. ...
        """,
        {"Rosa serves Ana": lambda now: serve(1, queue, rosa, now)},
    )
    assert ticket(queue, 1).rating == 5  # the last word counts


def test_a_rating_is_taken_for_an_hour(db: Database, queue: Queue, rosa: Servicer) -> None:
    text_in("CET236", ANA, NOON)
    serve(1, queue, rosa, NOON + minutes(1))
    late = NOON + minutes(1) + RATED_WITHIN + SECOND
    assert text_in("3", ANA, late).kind == ReplyKind.UNKNOWN
    assert text_in("3", ANA, late - SECOND).kind == ReplyKind.RATED


def test_with_a_live_ticket_a_number_is_minutes_even_right_after_being_served(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236", ANA, NOON)
    serve(1, queue, rosa, NOON + minutes(1))
    ana_behind(3, queue)
    assert text_in("5", ANA, NOON + minutes(2)).kind == ReplyKind.LEAD_SET
    assert (ticket(queue, 1).rating, ticket(queue, 5).lead_minutes) == (None, 5)


@pytest.mark.parametrize("ended", ["left", "no_show", "removed"])
def test_only_somebody_who_was_served_can_rate(
    db: Database, queue: Queue, rosa: Servicer, ended: str
) -> None:
    text_in("CET236")
    by = world.By.command()
    if ended == "no_show":
        call_next(queue, rosa)
    verbs = {
        "left": lambda s, t: ending.leave(s, t, by=by, now=NOON),
        "no_show": lambda s, t: ending.mark_no_show(s, t, by=by, now=NOON),
        "removed": lambda s, t: ending.remove(s, t, by=by, now=NOON),
    }
    world.change(1, queue, verbs[ended])
    assert text_in("5").kind == ReplyKind.UNKNOWN


def test_a_rating_is_for_whoever_served_last_or_the_queue_named(
    db: Database, business: Business, queue: Queue, rosa: Servicer
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236", ANA, NOON), text_in("SHAVE", ANA, NOON)
    serve(1, shaves, rosa, NOON + minutes(1))
    serve(1, queue, rosa, NOON + minutes(2))
    assert text_in("2", ANA, NOON + minutes(3)).text == "Thanks! We've noted your 2 out of 5 for Haircuts."
    assert (
        text_in("5 shave", ANA, NOON + minutes(4)).text == "Thanks! We've noted your 5 out of 5 for Shaves."
    )
    assert (ticket(queue, 1).rating, ticket(shaves, 1).rating) == (2, 5)


def test_a_question_how_it_was_is_answered_by_a_number(db: Database, queue: Queue, rosa: Servicer) -> None:
    """A second customer's number is no rating of the first one's visit."""
    text_in("CET236", ANA), text_in("CET236", BEN)
    call_next(queue, rosa)
    finish(1, queue, NOON + minutes(1))
    assert text_in("1", BEN, NOON + minutes(2)).kind == ReplyKind.LEAD_SET
    assert text_in("1", ANA, NOON + minutes(2)).kind == ReplyKind.RATED
    assert (ticket(queue, 1).rating, ticket(queue, 2).rating) == (1, None)
