"""9 from somebody who was called gives their place up where they were asked; 1 brings them back to it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.handle_texts import handle_missed_text, handle_text
from bot.incoming import IncomingText
from bot.reply_kinds import ReplyKind
from bot.wording.rendering import render
from models.people.actors import By
from models.people.business import Business, OurNumber
from models.people.servicers import Servicer
from models.queueing import moving
from models.queueing.duties import duty_of, go_off_duty
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.texts.outbox import OutboundMessage
from models.texts.text_kinds import TextKind
from models.texts.text_states import TextState
from tests.bot.stage import close, finish, pause, turn_text_leaves
from tests.bot.transcript import PUBLIC_URL, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, change, line, make_queue, minutes, ticket

INVITATION = "Reply 1 if you're coming, 9 if you're not."
ASKED = NOON + timedelta(seconds=25)  # long enough after the text was accepted


@pytest.fixture
def two(db: Database, queue: Queue, rosa: Servicer) -> Queue:
    """Ana and Ben take numbers, and Rosa, who calls everybody by a press, calls Ana."""
    calls_next_when_done(rosa, False)
    text_in("CET236 Ana", ANA)
    text_in("CET236 Ben", BEN)
    call_next(queue, rosa)
    return queue


def calls_next_when_done(servicer: Servicer, wanted: bool) -> None:
    transaction(lambda s: setattr(s.get_one(Servicer, servicer.id), "calls_next_when_done", wanted))


def states(queue: Queue) -> list[str]:
    return [str(ticket(queue, number).state) for number in (1, 2)]


def test_the_turn_text_asks_whether_they_come(two: Queue) -> None:
    assert turn_text_leaves().endswith(f"for Haircuts. {INVITATION}")


def test_nine_gives_the_place_up_and_the_answer_says_how_to_get_it_back(two: Queue) -> None:
    turn_text_leaves()
    reply = text_in("9", ANA, ASKED)
    assert reply.kind == ReplyKind.GAVE_UP
    assert reply.text == (
        "Thanks for telling us, number 1. You've given up your place for Haircuts. "
        "Changed your mind? Reply 1 within 5 minutes and it's yours again."
    )
    assert states(two) == ["left", "waiting"]


@pytest.mark.parametrize(
    ("accepted", "said"),
    [(NOON, NOON + timedelta(seconds=19)), (NOON + minutes(2), NOON + minutes(2.3))],
)
def test_nine_before_they_can_have_read_it_is_nine_minutes(
    two: Queue, accepted: datetime, said: datetime
) -> None:
    turn_text_leaves(accepted)
    assert text_in("9", ANA, said).kind == ReplyKind.COMING
    assert states(two)[0] == "called"


@pytest.mark.parametrize("asked", ["STATUS", "MENU"])
@pytest.mark.parametrize("words", ["1", "YES"])
def test_after_another_question_the_place_stays_given_up(two: Queue, asked: str, words: str) -> None:
    turn_text_leaves()
    assert text_in("9", ANA, ASKED).kind == ReplyKind.GAVE_UP
    text_in(asked, ANA, ASKED + minutes(1))
    assert text_in(words, ANA, ASKED + minutes(2)).kind != ReplyKind.BROUGHT_BACK
    assert states(two) == ["left", "waiting"]


def test_nine_to_a_text_that_was_never_accepted_is_nine_minutes(two: Queue) -> None:
    assert text_in("9", ANA, NOON + minutes(1)).kind == ReplyKind.COMING


@pytest.mark.parametrize("state", [TextState.FAILED, TextState.UNKNOWN])
def test_nine_to_a_text_that_did_not_arrive_is_nine_minutes(two: Queue, state: TextState) -> None:
    turn_text_leaves()
    transaction(
        lambda s: [
            setattr(text, "state", state)
            for text in s.scalars(select(OutboundMessage).filter_by(kind=TextKind.YOUR_TURN))
        ]
    )
    assert text_in("9", ANA, ASKED).kind == ReplyKind.COMING


def test_nine_to_an_approved_template_which_has_other_words_is_nine_minutes(two: Queue) -> None:
    turn_text_leaves()
    sent_by_template = update(OutboundMessage).values(template_sid="HX" + "a" * 32)
    transaction(lambda s: s.execute(sent_by_template.where(OutboundMessage.kind == TextKind.YOUR_TURN)))
    assert text_in("9", ANA, ASKED).kind == ReplyKind.COMING


def test_nine_to_the_text_of_an_earlier_call_is_nine_minutes(two: Queue, rosa: Servicer) -> None:
    turn_text_leaves()
    change(1, two, lambda s, t: moving.put_back(s, t, by=By.command(), now=NOON + minutes(1)))
    assert call_next(two, rosa, NOON + minutes(2)) == 2
    finish(2, two, NOON + minutes(3))
    assert call_next(two, rosa, NOON + minutes(4)) == 1
    assert text_in("9", ANA, NOON + minutes(5)).kind == ReplyKind.COMING


def test_a_manager_s_own_words_do_not_offer_it_unless_they_say_so(two: Queue) -> None:
    turn_text_leaves(body="It's your turn, number 1!")
    assert text_in("9", ANA, ASKED).kind == ReplyKind.COMING


def test_own_words_with_the_same_sentence_offer_it(two: Queue) -> None:
    turn_text_leaves(body=f"It's your turn, number 1! {INVITATION}")
    assert text_in("9", ANA, ASKED).kind == ReplyKind.GAVE_UP


def test_a_business_s_own_turn_text_stays_as_it_is(two: Queue, business: Business) -> None:
    facts = {"number": 1, "queue": "Haircuts", "invites": True}
    assert render(TextKind.YOUR_TURN, facts, own="It's your turn, {number}!") == "It's your turn, 1!"


def test_where_nobody_is_waited_for_it_is_not_offered(
    db: Database, business: Business, rosa: Servicer
) -> None:
    queue = make_queue(business, "CET236", coming_minutes=0)
    text_in("CET236")
    call_next(queue, rosa)
    assert INVITATION not in turn_text_leaves()
    assert text_in("9", ANA, ASKED).kind == ReplyKind.COMING
    assert ticket(queue, 1).state == "called"


def test_a_nine_that_is_found_late_is_nine_minutes(two: Queue) -> None:
    """Nobody knows whether they wrote it before they were called."""
    turn_text_leaves()
    assert taken_in("SM-late", ASKED, late=True) == ReplyKind.COMING
    assert states(two)[0] == "called"


def test_a_copy_of_the_same_text_gets_the_same_answer_and_ends_nothing_else(
    two: Queue, rosa: Servicer
) -> None:
    calls_next_when_done(rosa, True)
    turn_text_leaves()
    assert [taken_in("SM-once", ASKED + minutes(m)) for m in (0, 1)] == [ReplyKind.GAVE_UP] * 2
    assert states(two) == ["left", "called"]


def taken_in(sid: str, now: datetime, *, late: bool = False) -> str | None:
    """Ana's 9 with this MessageSid."""

    def work(session) -> str | None:
        number = session.scalars(select(OurNumber)).one()
        text = IncomingText(sid, number.id, ANA, "9")
        if late:
            return handle_missed_text(session, text, now=now, public_url=PUBLIC_URL).reply_kind
        settle = timedelta(seconds=45)
        return handle_text(session, text, now=now, public_url=PUBLIC_URL, settle_after=settle).reply_kind

    return transaction(work)


@in_turn
@pytest.mark.parametrize("words", ["9 min", "9 minutes late", "8", "10"])
def test_other_minutes_are_minutes(two: Queue, words: str) -> None:
    turn_text_leaves()
    assert text_in(words, ANA, ASKED).kind == ReplyKind.COMING


def test_nine_of_somebody_who_waits_is_still_when_to_tell_them(two: Queue) -> None:
    turn_text_leaves()
    assert text_in("9", BEN, ASKED).kind == ReplyKind.LEAD_SET
    assert ticket(two, 2).lead_minutes == 9


# And back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["1", "yes"])
def test_one_within_five_minutes_brings_them_back_to_the_old_place(two: Queue, words: str) -> None:
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    assert line(two) == [2]
    reply = text_in(words, ANA, ASKED + minutes(4.9))
    assert reply.kind == ReplyKind.BROUGHT_BACK
    assert (reply.text or "").startswith("We've brought you back: you're in line for Haircuts again")
    assert line(two) == [1, 2]


def test_after_five_minutes_the_place_is_gone(two: Queue) -> None:
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    assert text_in("1", ANA, ASKED + minutes(5.1)).kind == ReplyKind.UNKNOWN
    assert line(two) == [2]


def test_a_second_nine_changes_nothing_and_one_still_counts(two: Queue) -> None:
    turn_text_leaves()
    first = text_in("9", ANA, ASKED)
    assert text_in("9", ANA, ASKED + timedelta(seconds=1)) == first
    assert text_in("9", ANA, ASKED + timedelta(seconds=30)) == first
    assert text_in("1", ANA, ASKED + minutes(1)).kind == ReplyKind.BROUGHT_BACK


def test_a_one_that_comes_twice_at_once_is_no_wish_for_one_minute(two: Queue) -> None:
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    back = text_in("1", ANA, ASKED + minutes(1))
    assert text_in("1", ANA, ASKED + minutes(1) + timedelta(seconds=1)) == back
    assert ticket(two, 1).lead_minutes is None


def test_nobody_comes_back_to_a_queue_that_has_closed(two: Queue) -> None:
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    close(two)
    assert text_in("1", ANA, ASKED + minutes(1)).kind == ReplyKind.NOT_WAITING


def test_a_new_number_ends_the_offer(two: Queue) -> None:
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    assert text_in("CET236", ANA, ASKED + minutes(1)).kind == ReplyKind.JOINED
    assert text_in("1", ANA, ASKED + minutes(2)).kind == ReplyKind.LEAD_SET
    assert line(two) == [2, 3]


# Two queues ---------------------------------------------------------------------------------------------


def test_one_and_nine_go_to_the_called_number_whichever_queue_was_texted_last(
    two: Queue, business: Business
) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    turn_text_leaves()
    text_in("SHAVE", ANA, NOON + timedelta(seconds=10))
    assert text_in("1", ANA, ASKED).kind == ReplyKind.COMING
    text_in("STATUS SHAVE", ANA, ASKED + timedelta(seconds=10))
    reply = text_in("9", ANA, ASKED + timedelta(seconds=20))
    assert (reply.text or "").endswith("You still have number 1 for Shaves.")
    assert (ticket(two, 1).state, line(shaves)) == ("left", [1])
    assert text_in("1", ANA, ASKED + minutes(1)).kind == ReplyKind.BROUGHT_BACK
    assert line(two) == [1, 2]


@pytest.mark.parametrize(("words", "kind"), [("HERE", "arrived"), ("on my way", "coming")])
def test_so_do_here_and_on_my_way(two: Queue, business: Business, words: str, kind: str) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    turn_text_leaves()
    text_in("SHAVE", ANA, NOON + timedelta(seconds=10))
    reply = text_in(words, ANA, ASKED)
    assert (reply.kind, "Haircuts" in (reply.text or "")) == (kind, True)
    assert ticket(shaves, 1).arrived_at is None


def test_called_elsewhere_meanwhile_one_is_about_that_call(
    two: Queue, business: Business, luis: Servicer
) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    text_in("SHAVE", ANA, NOON)
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    call_next(shaves, luis, ASKED + minutes(1))
    assert text_in("1", ANA, ASKED + minutes(2)).kind == ReplyKind.COMING
    assert (ticket(two, 1).state, ticket(shaves, 1).state) == ("left", "called")


def test_a_rating_asked_for_since_is_a_rating(two: Queue, business: Business, luis: Servicer) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves", asks_for_rating=True)
    text_in("SHAVE", BEN, NOON)
    call_next(shaves, luis, NOON)
    finish(1, shaves, NOON)
    finish(1, two, NOON)

    def rating_leaves(session) -> None:
        for text in session.scalars(select(OutboundMessage).filter_by(kind=TextKind.RATING)):
            text.state, text.claimed_at = TextState.SENT, NOON + minutes(4)

    call_next(two, luis, NOON + minutes(1))
    turn_text_leaves(NOON + minutes(1))
    assert text_in("9", BEN, NOON + minutes(2)).kind == ReplyKind.GAVE_UP
    transaction(rating_leaves)
    assert text_in("1", BEN, NOON + minutes(5)).kind == ReplyKind.RATED
    assert (ticket(two, 2).state, ticket(shaves, 1).rating) == ("left", 1)


# The next -----------------------------------------------------------------------------------------------


def test_the_next_is_called_where_done_would_call_them(two: Queue, rosa: Servicer) -> None:
    calls_next_when_done(rosa, True)
    turn_text_leaves()
    text_in("9", ANA, ASKED)
    assert states(two) == ["left", "called"]
    with reading() as session:
        call = session.scalars(
            select(Event).filter_by(kind=EventKind.CALLED).order_by(Event.id.desc())
        ).first()
        assert call is not None
        assert (call.actor, call.servicer_id, call.press_id) == ("customer", rosa.id, None)
    text_in("1", ANA, ASKED + minutes(1))
    assert states(two) == ["waiting", "called"]


@in_turn
@pytest.mark.parametrize("why", ["wants to press", "off duty", "paused", "closed"])
def test_otherwise_nobody_is_called(two: Queue, rosa: Servicer, why: str) -> None:
    calls_next_when_done(rosa, why != "wants to press")
    if why == "off duty":

        def leaves(session) -> None:
            duty = duty_of(session, two.id, rosa.id)
            assert duty is not None
            go_off_duty(session, duty, by=By.clock(), now=NOON)

        transaction(leaves)
    if why == "paused":
        pause(two)
    turn_text_leaves()
    if why == "closed":
        close(two)
    assert text_in("9", ANA, ASKED).kind == ReplyKind.GAVE_UP
    assert states(two) == ["left", "left" if why == "closed" else "waiting"]
