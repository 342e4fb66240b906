"""Only who is there may join: a text needs the code that is shown where the queue is."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.handle_texts import handle_texts
from bot.incoming import UnroutedText
from bot.joining.door_codes import MOST_IN_TEXT
from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from bot.wording.rendering import render
from bot.wording.sms_templates import languages
from models.people.addresses import Channel
from models.people.business import Business
from models.queueing.door_codes import GUESSES, LETTERS, good_codes, shown_code
from models.queueing.tables.queue_states import QueueState
from models.queueing.tables.queues import Queue
from models.queueing.tables.ticket_states import Source
from models.storage.database import Database, transaction
from tests import world
from tests.bot.transcript import PUBLIC_URL, text_in
from tests.one_database import in_turn
from tests.world import ANA, BEN, NOON, SHOP_PHONE, join, make_number, make_queue, minutes, ticket

WRONG = "BBBB"


@pytest.fixture
def door(db: Database, business: Business) -> Queue:
    return make_queue(business, door_code=True)


def code(queue: Queue, now: datetime = NOON) -> str:
    shown = shown_code(queue, now)
    assert shown is not None
    return shown.code


def test_the_keyword_alone_takes_no_number_and_is_told_where_the_code_is(door: Queue) -> None:
    reply = text_in("CET236 Ana")
    assert reply.kind == ReplyKind.DOOR_CODE
    assert "see the screen" in (reply.text or "")
    assert "CET236 and the code" in (reply.text or "")
    assert text_in(f"CET236 {code(door)} Ana").text.startswith("You are number 1 for Haircuts, Ana.")  # type: ignore[union-attr]


@in_turn
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CET236 {} Ana", "Ana"),
        ("cet 236 {} Ana", "Ana"),
        ("CET236{}", None),
        ("CET236. {}.", None),
        ("Join CET236 {} Ana", "Ana"),
        ("CET236 Ana {}", "Ana"),
        ("{} CET236 Ana", "Ana"),
        ("{} Ana", "Ana"),
        ("{}", None),
        ("join {}", None),
    ],
)
def test_with_the_code_they_join_and_it_is_no_part_of_the_name(
    door: Queue, text: str, name: str | None
) -> None:
    for each, phone in ((code(door), ANA), (code(door).lower(), BEN)):
        assert text_in(text.format(each), phone).kind == ReplyKind.JOINED
    assert [ticket(door, 1).name, ticket(door, 2).name] == [name, name]


@in_turn
@pytest.mark.parametrize("hyphen", ["-", "\u2011", "\u2013"])
def test_a_code_may_have_hyphens(door: Queue, hyphen: str) -> None:
    good = code(door)
    assert text_in(f"CET236 {good[:2]}{hyphen}{good[2:]} Ana").kind == ReplyKind.JOINED
    assert text_in(f"CET236 {hyphen.join(good).lower()}", BEN).kind == ReplyKind.JOINED
    assert [ticket(door, 1).name, ticket(door, 2).name] == ["Ana", None]


@pytest.mark.parametrize(
    "text", ["CET236 {}", "CET236 {} Ana", "CET236 Ana {}", "CET236 BB-BB", "join {}", "join {} Ana"]
)
def test_a_code_that_is_no_good_is_said_to_be_wrong_and_where_the_good_one_stands(
    door: Queue, text: str
) -> None:
    for bad in (WRONG, code(door, NOON - minutes(20))):
        said = text_in(text.format(bad)).text or ""
        assert "wrong or too old" in said
        assert "See the screen" in said
        assert "CET236 and the code" in said
    assert "wrong" not in (text_in("CET236 Ana").text or "")


@in_turn
@pytest.mark.parametrize(
    "text", ["BRGR", "BRGR Ana", "JOIN BRGR", "brgr", "BRGR Ng-Ng", "BRGR Mr J-R-R-T Smith", "DLX BRGR"]
)
def test_neither_a_keyword_nor_a_name_is_called_a_wrong_code(
    db: Database, business: Business, text: str
) -> None:
    for keyword in ("BRGR", "DLX", "DLXBRGR"):
        make_queue(business, keyword, name=f"The queue {keyword}", door_code=True)
    reply = text_in(text)
    keyword = "DLXBRGR" if "DLX" in text else "BRGR"
    assert (reply.text or "").startswith(f"To take a number for The queue {keyword} you need the code")
    assert "wrong or too old" in (text_in(f"{keyword} {WRONG}").text or "")


def test_what_looks_like_no_code_stays_in_the_name(door: Queue) -> None:
    text_in(f"CET236 {code(door)} Ana")
    text_in("CET236 Ng-Ng")
    assert ticket(door, 1).name == "Ng-Ng"
    assert text_in(f"join {WRONG}").kind == ReplyKind.ALREADY_WAITING
    assert ticket(door, 1).name == "Ng-Ng"


def test_a_code_is_good_for_the_five_minutes_it_is_shown_and_five_more(door: Queue) -> None:
    shown = code(door)
    assert code(door, NOON + timedelta(seconds=299)) == shown != code(door, NOON + minutes(5))
    assert text_in(f"CET236 {shown}", ANA, NOON + timedelta(seconds=599)).kind == ReplyKind.JOINED
    assert text_in(f"CET236 {shown}", BEN, NOON + timedelta(seconds=600)).kind == ReplyKind.DOOR_CODE
    assert text_in(f"CET236 {shown}", BEN, NOON - timedelta(seconds=1)).kind == ReplyKind.DOOR_CODE


def test_a_code_of_another_queue_opens_nothing_here(door: Queue, business: Business) -> None:
    other = make_queue(business, keyword="SHAVE", name="Shaves", door_code=True)
    assert text_in(f"CET236 {code(other)}").kind == ReplyKind.DOOR_CODE
    reply = text_in(f"join {code(other)}")
    assert "number 1 for Shaves" in (reply.text or "")


def test_whoever_waits_gets_their_place_without_a_code_and_keeps_their_name(door: Queue) -> None:
    text_in(f"CET236 {code(door)} Ana")
    old = code(door, NOON - minutes(20))
    assert text_in("CET236", now=NOON + minutes(1)).kind == ReplyKind.ALREADY_WAITING
    assert text_in(f"CET236 {old}", now=NOON + minutes(2)).kind == ReplyKind.ALREADY_WAITING
    assert ticket(door, 1).name == "Ana"


def test_again_needs_the_code_too(door: Queue) -> None:
    text_in(f"CET236 {code(door)} Ana")
    text_in("leave", now=NOON + minutes(1))
    assert text_in("again", now=NOON + minutes(20)).kind == ReplyKind.DOOR_CODE
    later = NOON + minutes(21)
    assert text_in(f"again {code(door, later)}", now=later).kind == ReplyKind.JOINED
    assert ticket(door, 2).name == "Ana"


def test_a_walk_in_needs_none(door: Queue) -> None:
    assert join(door, None, source=Source.DESK).number == 1


def test_a_closed_queue_says_that_it_is_closed(door: Queue) -> None:
    transaction(lambda session: setattr(session.get_one(Queue, door.id), "state", QueueState.CLOSED))
    assert text_in("CET236").kind == ReplyKind.CLOSED


def test_a_queue_that_asks_for_none_takes_four_consonants_for_a_name(queue: Queue) -> None:
    assert good_codes(queue, NOON) == ()
    text_in(f"CET236 {WRONG}")
    assert ticket(queue, 1).name == WRONG


def test_a_phone_that_guesses_is_met_with_silence_and_its_good_code_counts_no_longer(door: Queue) -> None:
    kinds = [text_in(f"CET236 {WRONG} {i}").kind for i in range(GUESSES.most + 2)]
    assert kinds == [ReplyKind.DOOR_CODE] * GUESSES.most + [ReplyKind.TOO_MANY, None]
    assert text_in(f"CET236 {code(door)}").text is None
    assert text_in(f"CET236 {code(door)}", BEN).kind == ReplyKind.JOINED
    later = NOON + minutes(61)
    assert text_in(f"CET236 {code(door, later)}", now=later).kind == ReplyKind.JOINED


@pytest.mark.parametrize("before", ["CET236 ", ""])
def test_many_codes_in_one_text_are_no_more_tries_than_one(door: Queue, before: str) -> None:
    many = " ".join([*["BCDF"] * MOST_IN_TEXT, code(door), "GHJK"])
    assert text_in(f"{before}{many}").kind != ReplyKind.JOINED


def test_a_phone_that_guesses_codes_alone_is_found_out_too(door: Queue) -> None:
    for each in range(GUESSES.most):
        text_in(f"BCD{LETTERS[each % len(LETTERS)]} {each}")
    assert text_in(code(door)).kind != ReplyKind.JOINED
    assert text_in(code(door), BEN).kind == ReplyKind.JOINED


def test_a_phone_that_guesses_behind_join_is_found_out_too(door: Queue, business: Business) -> None:
    make_queue(business, keyword="SHAVE", name="Shaves", door_code=True)
    for _ in range(GUESSES.most):
        assert text_in(f"join {WRONG}").kind == ReplyKind.QUEUE_CHOOSER
    assert text_in(f"join {code(door)}").kind != ReplyKind.JOINED
    assert text_in(f"join {code(door)}", BEN).kind == ReplyKind.JOINED


def test_guesses_by_every_channel_count_together(door: Queue, business: Business) -> None:
    make_number(business)
    for _ in range(GUESSES.most):
        text_in(f"CET236 {WRONG}", channel=Channel.WHATSAPP)
    for channel in (Channel.WHATSAPP, Channel.SMS):
        assert text_in(f"CET236 {code(door)}", channel=channel).kind != ReplyKind.JOINED


def test_texts_of_one_moment_are_answered_as_one_after_the_other(door: Queue) -> None:
    for _ in range(GUESSES.most):
        text_in("CET236", world.CAI)
    good = code(door)
    bodies = {ANA: f"CET236 {good} Ana", BEN: "CET236 Ben", world.CAI: f"CET236 {good}"}
    texts = [UnroutedText(phone, SHOP_PHONE, phone, body) for phone, body in bodies.items()]

    def work(session: Session) -> list[str | None]:
        handled = handle_texts(
            session, texts, now=NOON, public_url=PUBLIC_URL, settle_after=timedelta(seconds=45)
        )
        return [each.reply_kind if each else None for each in handled]

    assert transaction(work) == [ReplyKind.JOINED, ReplyKind.DOOR_CODE, ReplyKind.TOO_MANY]
    assert ticket(door, 1).name == "Ana"


def test_in_every_language_the_answer_fits_two_segments() -> None:
    facts = {"queue": "Passports and driving licences", "keyword": "PASSPORTSANDLICENCES"}
    for language in languages():
        for is_wrong in (False, True):
            asked = facts | {"is_wrong": is_wrong}
            text = render(ReplyKind.DOOR_CODE, asked, language, public_url=PUBLIC_URL)
            assert GSM_TEXT.fullmatch(text)
            assert segments(text) <= 2
