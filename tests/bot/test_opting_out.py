"""Opting out in one's own words: one last text says so, and how to undo it; the carrier answers its own."""

import pytest
from sqlalchemy import select, update

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.queueing.tables.queues import Queue
from models.storage.database import Database, reading, transaction
from models.texts.daily_allowance import Allowance, allowance
from tests import world
from tests.bot.stage import start
from tests.bot.transcript import play, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, call_next, line, minutes, outbox, ticket


def out_at_carrier() -> list[bool]:
    with reading() as session:
        return list(session.scalars(select(OptOut.at_carrier)))


def sent_today(business: Business) -> int:
    return transaction(lambda s: allowance(s, s.get_one(Business, business.id), NOON)).sent


def allow(business: Business, texts: int) -> None:
    set_most = update(Business).where(Business.id == business.id).values(texts_per_day=texts)
    transaction(lambda s: s.execute(set_most))


@in_turn
@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("please stop texting me", "Barber Lopes: OK, you won't get any more texts from us. ..."),
        ("STOP! wrong number", "Barber Lopes: OK, you won't get any more texts from us. ..."),
        ("opt out", "Barber Lopes: OK, you won't get any more texts from us. ..."),
        ("STOP CET236", "Barber Lopes: OK, you won't get any more texts from us. ..."),
        ("no más mensajes", "Barber Lopes: de acuerdo, no le enviaremos mas mensajes. ..."),
        ("ARRET", "Barber Lopes : d'accord, vous ne recevrez plus de messages de notre part. ..."),
        ("não me mandem mais mensagens", "Barber Lopes: certo, ...o enviaremos mais mensagens. ..."),
        ("keine SMS mehr", "Barber Lopes: Gut, Sie bekommen keine Nachrichten mehr von uns. ..."),
    ],
)
def test_own_words_in_five_languages_get_one_last_text_in_that_language(
    db: Database, queue: Queue, words: str, last: str
) -> None:
    text_in("CET236")
    play(f"> {words}\n< {last}")
    assert line(queue) == [1]
    assert text_in("STATUS").text is None
    assert out_at_carrier() == [False]


def test_the_last_text_says_what_becomes_of_the_place_and_how_to_undo_it(db: Database, queue: Queue) -> None:
    play("""
        > CET236
        < You are number 1 ...
        > stop texting me
        < Barber Lopes: OK, you won't get any more texts from us. You're still in line, so listen for your number: 1 for Haircuts. Changed your mind? Text START.
        > START
        < Barber Lopes: you'll get our texts again. Text STOP to stop them. You have number 1 for Haircuts.
        > STATUS
        < You are number 1 for Haircuts. You're next. ...
    """)  # noqa: E501
    assert out_at_carrier() == []


def test_it_is_said_once(db: Database, queue: Queue) -> None:
    play("""
        > please stop texting me
        < Barber Lopes: OK, you won't get any more texts from us. Changed your mind? Text START.
        > please stop texting me
        <
        > STOP!!
        <
        > CANCEL!
        <
    """)


@in_turn
@pytest.mark.parametrize("words", ["STOP", " stop ", "UNSUBSCRIBE", "cancel"])
def test_the_bare_word_is_answered_by_the_carrier_and_start_after_it_too(
    db: Database, queue: Queue, words: str
) -> None:
    assert text_in(words).text is None
    assert out_at_carrier() == [True]
    assert text_in("please stop texting me").text is None
    assert text_in("START").text is None
    assert out_at_carrier() == []


def test_the_carriers_word_after_own_words_leaves_start_to_the_carrier(db: Database, queue: Queue) -> None:
    text_in("please stop texting me")
    assert text_in("STOP").text is None
    assert out_at_carrier() == [True]
    assert text_in("START").text is None


def test_what_the_carrier_took_for_its_own_word_gets_no_text_of_ours(db: Database, queue: Queue) -> None:
    assert text_in("ARRET", opt_out_type="STOP").text is None
    assert out_at_carrier() == [True]
    assert text_in("UNSTOP", opt_out_type="START").text is None
    text_in("please stop texting me")
    assert text_in("START", opt_out_type="START").text is None
    assert out_at_carrier() == []
    assert text_in("CANCEL!", opt_out_type="STOP").text is None


@pytest.mark.parametrize("words", ["CANCEL!", "Quit."])
def test_own_words_for_cancel_leave_every_queue_as_well_and_say_so(
    db: Database, business: Business, queue: Queue, words: str
) -> None:
    shaves = world.make_queue(business, "SHAVE", name="Shaves")
    text_in("CET236"), text_in("SHAVE"), text_in("CET236", BEN)
    play(f"""
        > {words}
        < Barber Lopes: OK, you won't get any more texts from us. You've left the line, too. Changed your mind? Text START.
    """)  # noqa: E501
    assert (line(queue), line(shaves)) == ([2], [])


def test_who_is_being_served_is_not_told_to_listen_for_a_number(
    db: Database, queue: Queue, rosa: Servicer
) -> None:
    text_in("CET236")
    call_next(queue, rosa)
    start(1, queue, NOON + minutes(1))
    last = text_in("please stop texting me", ANA, NOON + minutes(2)).text
    assert last == "Barber Lopes: OK, you won't get any more texts from us. Changed your mind? Text START."


@pytest.mark.parametrize(
    ("words", "is_here"),
    [("I'm here and stop texting me", True), ("10 minutes late, stop texting me", False)],
)
def test_who_is_called_is_here_or_waited_for_though_the_same_text_opts_out(
    db: Database, queue: Queue, rosa: Servicer, words: str, is_here: bool
) -> None:
    text_in("CET236")
    call_next(queue, rosa, NOON)
    assert text_in(words, ANA, NOON + minutes(1)).kind == ReplyKind.OPTED_OUT
    called = ticket(queue, 1)
    assert (called.arrived_at is not None, called.coming_until is not None) == (is_here, not is_here)


def test_the_clock_sends_nothing_after_it(db: Database, queue: Queue, rosa: Servicer) -> None:
    text_in("CET236"), text_in("please stop texting me")
    call_next(queue, rosa)
    assert outbox(queue, 1) == []


def test_after_forgetting_the_phone_stays_opted_out_in_its_own_words(db: Database, queue: Queue) -> None:
    text_in("CET236"), text_in("please stop texting me")
    transaction(lambda s: s.execute(update(Customer).values(phone_hash=None, phone_ciphertext=None)))
    assert text_in("CET236").text is None
    assert text_in("START").kind == ReplyKind.OPTED_IN


@in_turn
@pytest.mark.parametrize("word", ["FORGET", "forget", " Forget! "])
@pytest.mark.parametrize("out", ["STOP", "please stop texting me"])
def test_who_opted_out_is_forgotten_by_the_bare_word_since_nothing_can_be_told(
    db: Database, queue: Queue, out: str, word: str
) -> None:
    text_in("CET236"), text_in(out)
    assert text_in(word).kind == ReplyKind.FORGOTTEN
    assert line(queue) == []
    assert text_in("CET236").text is None


def test_who_opted_out_is_not_forgotten_by_other_words_at_once(db: Database, queue: Queue) -> None:
    text_in("CET236"), text_in("STOP")
    assert text_in("please forget me").kind == ReplyKind.FORGET_OFFERED
    assert line(queue) == [1]


def test_these_texts_count_in_the_daily_limit(db: Database, business: Business, queue: Queue) -> None:
    text_in("CET236"), text_in("STOP"), text_in("START")
    assert sent_today(business) == 0
    text_in("please stop texting me"), text_in("please stop texting me")
    assert sent_today(business) == 1
    text_in("START")
    assert sent_today(business) == 2


def test_the_daily_limit_never_holds_them_back(db: Database, business: Business, queue: Queue) -> None:
    allow(business, 0)
    assert text_in("please stop texting me").text is not None
    assert text_in("START").text is not None
    left = transaction(lambda s: allowance(s, s.get_one(Business, business.id), NOON))
    assert left == Allowance(sent=2, most=0)


def test_with_many_numbers_the_last_text_still_fits(db: Database, business: Business) -> None:
    for number in range(6):
        world.make_queue(business, f"LONGKEYWORD{number}", name=f"A queue with a long name {number}")
        text_in(f"LONGKEYWORD{number}")
    last = text_in("no más mensajes").text or ""
    assert segments(last) <= 2
    assert GSM_TEXT.fullmatch(last)
    assert last.endswith("START.")
