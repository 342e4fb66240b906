"""The code on a web ticket's page binds the phone that texts it; no other text of that shape does."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.answers.text_me import WRONG_CODES
from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from bot.reply_kinds import ReplyKind
from models.people.actors import By
from models.people.business import Business
from models.people.customers import Customer
from models.people.servicers import Servicer
from models.people.texted import OptOut
from models.privacy.forgetting import forget
from models.queueing import numbers
from models.queueing.messages.text_me import DIGITS, code_in, code_of
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source, TicketState
from models.storage.database import Database, reading, transaction
from models.texts.remarks import Remark
from tests.bot.stage import count
from tests.bot.transcript import PUBLIC_URL, text_in
from tests.one_database import in_turn, on_both
from tests.world import (
    ANA,
    BEN,
    CAI,
    NOON,
    SHOP_PHONE,
    call_next,
    join,
    line,
    make_business,
    make_queue,
    make_servicer,
    minutes,
    outbox,
    ticket,
)


@pytest.fixture
def web(db: Database, queue: Queue) -> Queue:
    """Number 1 was taken on the web."""
    join(queue, None)
    return queue


def code(queue: Queue, number: int = 1, later: float = 0) -> str:
    return f"{queue.keyword} {code_of(ticket(queue, number), NOON + minutes(later))}"


def phone_of(queue: Queue, number: int = 1) -> str | None:
    with reading() as session:
        return session.merge(ticket(queue, number)).customer.phone


def test_the_code_binds_the_phone_and_is_answered_like_status(web: Queue) -> None:
    reply = text_in(code(web).lower(), ANA)
    assert reply.kind == ReplyKind.STATUS
    assert "You are number 1 for Haircuts." in (reply.text or "")
    assert "STOP" in (reply.text or "")
    assert phone_of(web) == ANA
    assert line(web) == [1]


def test_digits_of_another_script_are_the_same_code(web: Queue) -> None:
    arabic = {ord("0") + value: 0x660 + value for value in range(10)}
    assert text_in(code(web).translate(arabic), ANA).kind == ReplyKind.STATUS
    assert phone_of(web) == ANA


@pytest.mark.parametrize("hyphen", ["-", "\u2011", "\u2013"])
def test_a_hyphen_in_its_middle_is_left_out(web: Queue, hyphen: str) -> None:
    text = code(web)
    assert text_in(f"{text[:-3]}{hyphen}{text[-3:]}", ANA).kind == ReplyKind.STATUS
    assert phone_of(web) == ANA


@in_turn
@pytest.mark.parametrize("words", ["2pm-3pm", "4pm-6pm please", "MP3-MP4", "K7Q-F4M", "Ana CF3-88m"])
def test_what_only_looks_like_a_code_with_a_hyphen_takes_a_number(
    db: Database, queue: Queue, words: str
) -> None:
    assert text_in(f"CET236 {words}", ANA).kind == ReplyKind.JOINED
    at_once = [UnroutedText(f"SM{who}", SHOP_PHONE, who, f"CET236 {words}") for who in (BEN, CAI)]

    def work(session: Session) -> list[str | None]:
        kept = timedelta(seconds=45)
        handled = handle_texts(session, at_once, now=NOON, public_url=PUBLIC_URL, settle_after=kept)
        return [each.reply_kind if each else None for each in handled]

    assert transaction(work) == [ReplyKind.JOINED] * 2
    assert line(queue) == [1, 2, 3]
    assert len({ticket(queue, number).name for number in (1, 2, 3)}) == 1


def test_codes_with_a_hyphen_are_guessed_no_more_often_than_others(web: Queue) -> None:
    text = code(web)
    for _ in range(WRONG_CODES.most):
        text_in("CET236 K7Q-F4M", BEN)
    text_in(f"{text[:-3]}-{text[-3:]}", BEN)
    assert phone_of(web) is None
    assert text_in(text, BEN).text is None
    assert text_in(f"{text[:-3]}-{text[-3:]}", ANA).kind == ReplyKind.STATUS


def test_the_texts_that_follow_go_to_that_phone(web: Queue, rosa: Servicer) -> None:
    text_in(code(web), ANA)
    call_next(web, rosa, NOON + minutes(1))
    assert [kind for _, kind, _ in outbox(web, 1)][-1:] == ["your_turn"]
    assert text_in("LEAVE", ANA, NOON + minutes(2)).kind == ReplyKind.LEFT


def test_somebody_who_is_called_already_is_told_so(web: Queue, rosa: Servicer) -> None:
    call_next(web, rosa)
    assert text_in(code(web), ANA).kind == ReplyKind.STATUS_CALLED


def test_the_same_code_from_another_phone_is_refused_and_from_the_same_is_answered(web: Queue) -> None:
    same = code(web)
    text_in(same, ANA)
    assert text_in(same, BEN).kind == ReplyKind.CODE_WRONG
    assert text_in(same, ANA, NOON + minutes(1)).kind == ReplyKind.STATUS
    assert phone_of(web) == ANA
    assert line(web) == [1]


def test_an_earlier_code_is_good_until_an_hour_has_passed(web: Queue) -> None:
    assert text_in(code(web), ANA, NOON + minutes(60)).kind == ReplyKind.CODE_WRONG
    assert text_in(code(web), ANA, NOON + minutes(49)).kind == ReplyKind.STATUS


def test_thirty_guesses_bind_nothing_and_only_codes_are_met_with_silence(web: Queue) -> None:
    guesses = [f"CET236 C{first}D{second}FG" for first in "234567" for second in "23456"]
    kinds = [text_in(guess, ANA).kind for guess in guesses]
    assert kinds == [ReplyKind.CODE_WRONG] * 10 + [None] * 20
    assert text_in(code(web), ANA).text is None
    assert phone_of(web) is None
    assert text_in("CET236", ANA).kind == ReplyKind.JOINED


@in_turn
@pytest.mark.parametrize(
    "text", ["CET236 K7QF4M", "cet236 k7qf4m", "CET236 Ana K7QF4M", "join CET236 K7QF4M"]
)
def test_what_looks_like_a_code_is_no_name(web: Queue, text: str) -> None:
    assert text_in(text, ANA).kind == ReplyKind.CODE_WRONG
    assert line(web) == [1]


@in_turn
@pytest.mark.parametrize("name", ["Ana", "Robert", "Ana 2", "Kevin4", "CET236"])
def test_a_name_is_no_code(web: Queue, name: str) -> None:
    assert code_in(name) is None or name == "CET236"


def test_a_phone_that_waits_already_keeps_its_own_number(web: Queue) -> None:
    join(web, ANA)
    reply = text_in(code(web), ANA)
    assert reply.kind == ReplyKind.CODE_NOT_NEEDED
    assert "number 2 for Haircuts" in (reply.text or "")
    assert phone_of(web) is None
    assert phone_of(web, 2) == ANA


def test_all_that_was_taken_in_that_browser_gets_the_phone(web: Queue, business: Business) -> None:
    other = make_queue(business, "OTHER")
    taken_by = ticket(web, 1).customer_id

    def take(session: Session) -> None:
        customer = session.get_one(Customer, taken_by)
        locked = Queue.lock(session, other.id)
        numbers.take_number(session, locked, customer, source=Source.WEB, by=By.customer(), now=NOON)

    transaction(take)
    text_in(code(web), ANA)
    assert (phone_of(web), phone_of(other)) == (ANA, ANA)


def test_a_phone_that_is_called_elsewhere_is_not_called_here_too(
    web: Queue, business: Business, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER")
    join(other, ANA)
    call_next(other, rosa)
    ben = make_servicer(business, "Ben")
    call_next(web, ben)
    assert text_in(code(web), ANA).kind == ReplyKind.CODE_NOT_NEEDED
    assert phone_of(web) is None


def test_a_phone_that_is_called_elsewhere_gets_the_number_that_waits(
    web: Queue, business: Business, rosa: Servicer
) -> None:
    other = make_queue(business, "OTHER")
    join(other, ANA)
    call_next(other, rosa)
    assert text_in(code(web), ANA).kind == ReplyKind.STATUS
    assert phone_of(web) == ANA


def test_a_phone_that_opted_out_is_told_start_and_not_bound(web: Queue) -> None:
    text_in("STOP", ANA)
    reply = text_in(code(web), ANA)
    assert reply.kind == ReplyKind.CODE_OPTED_OUT
    assert "START" in (reply.text or "")
    assert phone_of(web) is None
    assert count(OptOut) == 1
    text_in("START", ANA)
    assert text_in(code(web), ANA).kind == ReplyKind.STATUS


def test_a_code_of_another_queue_or_business_is_wrong(web: Queue, business: Business) -> None:
    make_queue(business, "SHAVE", name="Shaves")
    other = make_queue(make_business(name="Bakery", number="+15550100009"), "BREAD")
    join(other, None)
    theirs = code(other).split()[1]
    assert text_in(f"CET236 {theirs}", ANA).kind == ReplyKind.CODE_WRONG
    assert text_in(f"SHAVE {code(web).split()[1]}", ANA).kind == ReplyKind.CODE_WRONG


def test_a_ticket_with_a_phone_is_never_moved(web: Queue) -> None:
    join(web, CAI)
    assert text_in(code(web, 2), ANA).kind == ReplyKind.CODE_WRONG
    assert phone_of(web, 2) == CAI


def test_a_ticket_that_is_over_has_no_code(web: Queue, rosa: Servicer) -> None:
    text = code(web)
    text_in(text, ANA)
    text_in("LEAVE", ANA)
    assert text_in(text, ANA).kind == ReplyKind.CODE_WRONG
    assert ticket(web, 1).state == TicketState.LEFT


def test_forget_erases_what_was_said_on_the_web_too(web: Queue) -> None:
    def say(session):  # type: ignore[no-untyped-def]
        mine = session.merge(ticket(web, 1))
        session.add(Remark(key="k", ticket_id=mine.id, customer_id=mine.customer_id, words="hello", at=NOON))

    transaction(say)
    text_in(code(web), ANA)

    def erase(session):  # type: ignore[no-untyped-def]
        ana = Customer.of_phone(session, web.business_id, ANA)
        forget(session, ana, by=By.customer(), now=NOON + minutes(2))

    transaction(erase)
    with reading() as session:
        assert session.scalars(select(Remark.words)).all() == [""]
    assert ticket(web, 1).state == TicketState.LEFT


def test_a_code_has_six_signs_and_two_digits_and_changes_slowly(web: Queue) -> None:
    mine = ticket(web, 1)
    codes = [code_of(mine, NOON + minutes(10 * slot)) for slot in range(3000)]
    assert len(set(codes)) > 2990
    assert code_of(mine, NOON + minutes(9)) == codes[0]
    for each in codes:
        assert re.fullmatch("[A-HJ-NP-Z2-9]{6}", each)
        assert code_in(each) == each
        assert 2 <= sum(sign in DIGITS for sign in each) < 6


@on_both
def test_of_two_phones_that_send_the_same_code_at_once_one_gets_the_number(web: Queue) -> None:
    text = code(web)
    with ThreadPoolExecutor(2) as both:
        kinds = sorted(str(reply.kind) for reply in both.map(lambda phone: text_in(text, phone), (ANA, BEN)))
    assert kinds == [ReplyKind.CODE_WRONG, ReplyKind.STATUS]
    assert phone_of(web) in (ANA, BEN)
