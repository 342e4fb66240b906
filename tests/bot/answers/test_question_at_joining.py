"""The question that a queue asks whoever joins by text: what is asked, what is an answer, what voids it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from bot.reply_kinds import ReplyKind
from bot.wording.rendering import render
from bot.wording.sms_templates import languages
from models.people.addresses import Channel
from models.people.business import Business
from models.people.servicers import Servicer
from models.queueing.notes import LONGEST_ANSWER
from models.queueing.tables.events import Event, EventKind
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, reading, transaction
from models.texts.open_questions import OpenQuestion
from models.texts.remarks import Remark
from tests.bot.stage import count, send_on
from tests.bot.transcript import PUBLIC_URL, play, text_in
from tests.one_database import in_turn
from tests.rules.words.test_texts_render import PLAIN
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    SHOP_PHONE,
    call_next,
    join,
    make_number,
    make_queue,
    minutes,
    ticket,
)

QUESTION = "What is it about?"
LONGEST_QUESTION = "Which of our many services would you like, and have you brought your papers? ..."


@pytest.fixture
def asking(db: Database, business: Business) -> Queue:
    return make_queue(business, question=QUESTION)


def at(minute: float) -> datetime:
    return NOON + minutes(minute)


def answered(queue: Queue, number: int = 1) -> str | None:
    return ticket(queue, number).answer


def is_asked() -> bool:
    with reading() as session:
        return session.scalar(select(OpenQuestion.customer_id)) is not None


def test_the_text_after_the_number_is_the_answer(asking: Queue) -> None:
    play("""
        > CET236 Ana
        < You are number 1 for Haircuts, Ana. ... HELP for help. Please reply: What is it about?
        > Beard trim, and my <b>fringe</b>
        < Number 1: we've noted your answer for the counter. Thank you.
        > the short one
        < Number 1: nobody's at the counter ...
    """)
    assert (answered(asking), ticket(asking, 1).name) == ("Beard trim, and my <b>fringe</b>", "Ana")
    assert count(Remark) == 1, "what comes after the answer is said to the counter"


@in_turn
@pytest.mark.parametrize(
    "words", ["passport", "haircut", "I'd like a haircut", "yes", "No", "3", "renew my passport", "new here"]
)
def test_whatever_is_no_word_of_ours_answers(asking: Queue, words: str) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in(words, ANA, at(9)).kind == ReplyKind.ANSWER_KEPT
    assert answered(asking) == words
    assert ticket(asking, 1).lead_minutes is None


def test_after_ten_minutes_it_is_no_answer_any_more(asking: Queue) -> None:
    text_in("CET236", ANA, NOON)
    text_in("Beard trim", ANA, at(10) + timedelta(seconds=1))
    assert (answered(asking), count(Remark)) == (None, 1)


@in_turn
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("LATER", ReplyKind.NOBODY_BEHIND),
        ("HERE", ReplyKind.ARRIVED),
        ("15 min", ReplyKind.LEAD_SET),
        ("LANG es", ReplyKind.LANGUAGE_SET),
        ("FORGET", ReplyKind.FORGET_OFFERED),
        ("LEAVE", ReplyKind.LEFT),
        ("please opt out", ReplyKind.OPTED_OUT),
        ("CET236 Maria", ReplyKind.ALREADY_WAITING),
        ("JOIN", ReplyKind.ALREADY_WAITING),
        ("I have to go soon", ReplyKind.LEAVE_OFFERED),
    ],
)
def test_our_own_words_are_obeyed_and_end_the_question(asking: Queue, words: str, kind: ReplyKind) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in(words, ANA, at(1)).kind == kind
    text_in("Beard trim", ANA, at(2))
    assert answered(asking) is None


@in_turn
@pytest.mark.parametrize(
    ("words", "kind"),
    [("STATUS", ReplyKind.STATUS), ("how long?", ReplyKind.STATUS), ("MENU", ReplyKind.MENU)],
)
def test_whoever_asks_how_long_it_takes_may_still_answer(asking: Queue, words: str, kind: ReplyKind) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in(words, ANA, at(1)).kind == kind
    text_in("Beard trim", ANA, at(2))
    assert answered(asking) == "Beard trim"


def test_stop_ends_it_in_silence(asking: Queue) -> None:
    text_in("CET236", ANA, NOON)
    assert text_in("STOP", ANA, at(1), opt_out_type="STOP").text is None
    assert not is_asked()
    text_in("Beard trim", ANA, at(2))
    assert answered(asking) is None


@pytest.mark.parametrize("words", ["thanks", "OK", ""])
def test_a_courtesy_leaves_it_open(asking: Queue, words: str) -> None:
    text_in("CET236", ANA, NOON), text_in(words, ANA, at(1)), text_in("Beard trim", ANA, at(2))
    assert answered(asking) == "Beard trim"


def test_once_they_are_called_it_is_about_the_call(asking: Queue, rosa: Servicer) -> None:
    text_in("CET236", ANA, NOON)
    call_next(asking, rosa)
    assert text_in("which door?", ANA, at(1)).kind == ReplyKind.PASSED_ON
    assert (answered(asking), is_asked()) == (None, False)


def test_1_from_whoever_is_called_answers_the_call_and_the_question_of_another_queue_stays_open(
    asking: Queue, business: Business, rosa: Servicer
) -> None:
    shaves = make_queue(business, "SHV777", name="Shaves")
    text_in("SHV777", ANA, NOON)
    call_next(shaves, rosa, at(1))
    text_in("CET236", ANA, at(2))
    assert text_in("1", ANA, at(3)).kind == ReplyKind.COMING
    assert ticket(shaves, 1).coming_until is not None
    assert answered(asking) is None
    assert text_in("I'm here", ANA, at(4)).kind == ReplyKind.ARRIVED
    assert text_in("Beard trim", ANA, at(5)).kind == ReplyKind.ANSWER_KEPT
    assert answered(asking) == "Beard trim"


def test_of_a_long_answer_the_beginning_is_shown_and_all_of_it_is_passed_on(asking: Queue) -> None:
    long = "It is about the blue form. " * 12
    text_in("CET236", ANA, NOON)
    assert text_in(long, ANA, at(1)).kind == ReplyKind.ANSWER_KEPT
    shown = answered(asking) or ""
    assert len(shown) <= LONGEST_ANSWER
    assert long.startswith(shown.removesuffix("…"))
    with reading() as session:
        assert session.scalars(select(Remark.words)).one() == long.strip()


def test_a_phone_in_it_is_masked_and_no_event_has_the_words(asking: Queue) -> None:
    text_in("CET236", ANA, NOON), text_in("Zebrawood, call +1 555 010 1234", ANA, at(1))
    assert "Zebrawood" in (answered(asking) or "")
    assert "010 1234" not in (answered(asking) or "")
    with reading() as session:
        events = session.scalars(select(Event)).all()
    assert EventKind.ANSWERED in [event.kind for event in events]
    assert not any("Zebrawood" in repr((event.before, event.facts)) for event in events)


def test_who_has_the_number_already_is_not_asked_again_and_the_next_number_asks(asking: Queue) -> None:
    text_in("CET236", ANA, NOON), text_in("Beard trim", ANA, at(1))
    assert QUESTION not in (text_in("CET236", ANA, at(2)).text or "")
    text_in("LEAVE", ANA, at(3))
    assert (text_in("AGAIN", ANA, at(4)).text or "").endswith(QUESTION)
    assert answered(asking, 2) is None
    text_in("Fringe", ANA, at(5))
    assert (answered(asking, 1), answered(asking, 2)) == ("Beard trim", "Fringe")


def test_a_queue_without_a_question_asks_nothing(queue: Queue) -> None:
    assert (text_in("CET236", ANA, NOON).text or "").endswith("HELP for help.")
    assert not is_asked()


def test_nobody_is_asked_at_the_desk(asking: Queue) -> None:
    join(asking, ANA, source=Source.DESK)
    assert not is_asked()


def test_several_at_one_moment_are_each_asked(asking: Queue) -> None:
    texts = [UnroutedText(f"SMQ{i}", SHOP_PHONE, who, "CET236") for i, who in enumerate((ANA, BEN, CAI))]

    def work(session: Session) -> list[str]:
        taken = handle_texts(
            session, texts, now=NOON, public_url=PUBLIC_URL, settle_after=timedelta(seconds=45)
        )
        return [(one.reply or "") if one else "" for one in taken]

    assert all(reply.endswith(QUESTION) for reply in transaction(work))
    text_in("Beard", BEN, at(1)), text_in("Fringe", ANA, at(1))
    assert [answered(asking, number) for number in (1, 2, 3)] == ["Fringe", "Beard", None]


def test_it_goes_along_with_a_transfer(asking: Queue, business: Business) -> None:
    shaves = make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236", ANA, NOON), text_in("Beard trim", ANA, at(1))
    send_on(1, asking, shaves, at(2))
    assert answered(shaves) == "Beard trim"


def test_forgetting_erases_it(asking: Queue) -> None:
    text_in("CET236", ANA, NOON), text_in("Beard trim", ANA, at(1)), text_in("CET236", BEN, NOON)
    text_in("Ben's", BEN, at(1)), text_in("FORGET", ANA, at(2)), text_in("FORGET", ANA, at(3))
    assert (answered(asking, 1), answered(asking, 2)) == (None, "Ben's")


def test_what_was_not_asked_can_not_be_answered(db: Database, business: Business) -> None:
    """Where names leave no room for it in two segments, it is left out, and nothing waits for an answer."""
    queue = make_queue(business, name="Ünïted Çounters “Región” of [Nº 5] and everything else € too"[:60])
    queue_id = queue.id

    def ask(session: Session) -> None:
        session.get_one(Queue, queue_id).question = "€" * 80  # two letters each

    transaction(ask)
    text_in("STATUS", ANA, NOON)
    reply = text_in("CET236 " + "[~Ana~] " * 5, ANA, at(1))
    assert "€€" not in (reply.text or "")
    assert not is_asked()


@pytest.mark.parametrize("language", languages())
def test_the_longest_question_fits_beside_ordinary_names(language: str) -> None:
    for first in (True, False):
        facts = PLAIN | {"first": first, "question": LONGEST_QUESTION}
        assert render(ReplyKind.JOINED, facts, language).endswith(LONGEST_QUESTION)


def test_a_chat_is_asked_too(asking: Queue, business: Business) -> None:
    ours = make_number(business, Channel.WHATSAPP)
    reply = text_in("CET236", ANA, NOON, to=ours.phone, channel=Channel.WHATSAPP)
    assert (reply.text or "").endswith(QUESTION)
    text_in("Beard trim", ANA, at(1), to=ours.phone, channel=Channel.WHATSAPP)
    assert answered(asking) == "Beard trim"
