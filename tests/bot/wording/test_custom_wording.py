"""A business's own words: how they are written, what they may hold; where they can't be said, ours are."""

from datetime import timedelta

import pytest

from bot.reply_kinds import ReplyKind
from bot.wording.contact_details import has_contact_details
from bot.wording.custom_wording import (
    KINDS,
    SAMPLE,
    Fault,
    changeable_kinds,
    pieces_of,
    standard_words,
    why_not,
)
from bot.wording.gsm7 import segments
from bot.wording.placeholders import Unreadable, fill, read
from bot.wording.rendering import in_custom_wording, render
from bot.wording.sms_templates import languages
from models.people.business import Business
from models.people.custom_wording import all_custom_wording, custom_wording, save_custom_wording
from models.queueing.tables.queues import Queue
from models.storage.database import reading, transaction
from models.texts.text_kinds import TextKind
from tests.bot.transcript import text_in
from tests.rows import faults
from tests.world import BEN, NOON

LIST_IN_SENTENCES_OF_THEIR_OWN = ("left", "queue_chooser", "near_miss")


def say(words: str, **said: str) -> str:
    return fill(read(words), lambda piece: said.get(piece, ""))


def test_pieces_are_filled_in_and_brackets_left_out_where_they_have_nothing_to_say() -> None:
    words = "Number {number}[, {name}]: come to [{desk}|the counter]."
    assert say(words, number="7", name="Ana", desk="Desk 2") == "Number 7, Ana: come to Desk 2."
    assert say(words, number="7") == "Number 7: come to the counter."


@pytest.mark.parametrize(
    "words", ["{number", "number}", "[a", "a]", "[a[b]]", "{a b}", "{}", "[a|b|c]", "{{x}}"]
)
def test_what_has_no_partner_is_unreadable(words: str) -> None:
    with pytest.raises(Unreadable):
        read(words)


@pytest.mark.parametrize("language", languages())
def test_the_standard_words_can_be_said_as_own_words(language: str) -> None:
    def fault(kind: str) -> str | None:
        why = why_not(kind, language, standard_words(kind, language))
        return None if why is None else f"{kind}: {why}"

    wrong = faults(changeable_kinds(), fault)
    assert not wrong, wrong


@pytest.mark.parametrize("language", languages())
def test_the_standard_words_as_own_words_say_the_same(language: str) -> None:
    def fault(kind: str) -> str | None:
        own = in_custom_wording(kind, standard_words(kind, language), SAMPLE, language)
        ours = render(KINDS[kind], SAMPLE, language)
        return None if own == ours else f"{kind}: {own!r}, not {ours!r}"

    wrong = faults((k for k in changeable_kinds() if k not in LIST_IN_SENTENCES_OF_THEIR_OWN), fault)
    assert not wrong, wrong


@pytest.mark.parametrize("language", languages())
def test_no_standard_words_make_an_address_of_two_names(language: str) -> None:
    ends = {"queue": "shop.", "business": "shop", "name": "shop.", "desk": "shop."}
    begins = {"queue": "example", "business": "example", "name": "example", "desk": "example"}

    def fault(row: tuple[str, dict[str, str]]) -> str | None:
        kind, facts = row
        said = render(KINDS[kind], SAMPLE | facts | {"link": "(link)"}, language)
        return f"{kind}: {said!r}" if has_contact_details(said) else None

    names = (ends | {"business": "example"}, begins | {"queue": "shop."})
    wrong = faults(((kind, facts) for kind in changeable_kinds() for facts in names), fault)
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("kind", "words", "fault", "what"),
    [
        ("put_back", "  ", Fault.EMPTY, ""),
        ("put_back", "x" * 501, Fault.LONG, "500"),
        ("put_back", "Number {number", Fault.UNREADABLE, "{"),
        ("put_back", "Number {number}, {nmae}.", Fault.UNKNOWN, "nmae"),
        ("put_back", "Number {number}, {link}.", Fault.UNKNOWN, "link"),
        ("put_back", "We kept your place. {place}", Fault.MISSING, "number"),
        ("put_back", "We kept your place[, {number}].", Fault.MISSING, "number"),
        ("joined", "You are number {number}. {welcome}", Fault.MISSING, "link"),
        ("joined", "You are number {number}. {link}", Fault.MISSING, "welcome"),
        ("joined", "4 you: number {number}. {link} {welcome}", Fault.NUMBER_NOT_FIRST, ""),
        ("your_turn", "Number {number}, please come.", Fault.NOT_CALLING, "It's your turn"),
        ("reminder", "Number {number}: see shop.example.", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "It's your turn, {number}. Call 555 010 0999.", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "It's your turn, {number}. See shop[.]example.", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "It's your turn, {number}. See shop[{name}|.]example.", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "It's your turn, {number}. See shop.{queue}", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "It's your turn, {number}. Call 555[ 010 ]0999.", Fault.CONTACT_DETAILS, ""),
        ("your_turn", "Now it's your turn, {number}.", Fault.NOT_CALLING, "It's your turn"),
        ("your_turn", "It's your turn, {number}, at {desk}.", Fault.MAY_BE_NOTHING, "desk"),
        ("reminder", "Number {number}, it’s  your TURN!", Fault.CALLING, "It's your turn"),
        ("put_back", "Number {number}. " + "Please stay near. " * 18, Fault.SEGMENTS, "3"),
    ],
)
def test_words_that_can_not_be_said_are_found_out(kind: str, words: str, fault: Fault, what: str) -> None:
    finding = why_not(kind, "en", words)
    assert finding is not None
    assert (finding.fault, finding.what) == (fault, what)


def test_own_words_are_said_instead_of_ours_and_in_plain_letters() -> None:
    own = "Olá! Number {number}: {others} first."
    text = render(ReplyKind.LATER_DONE, SAMPLE | {"others": 1}, own=own)
    assert text == "Ola! Number 27: 1 other person goes first."


def test_where_own_words_can_not_be_said_ours_are() -> None:
    facts = {"number": 27, "queue": "Haircuts"}
    for own in ("{", "{nonsense}", "{others} first", "x" * 400):
        assert render(TextKind.TAKEN_BACK, facts, own=own) == render(TextKind.TAKEN_BACK, facts)


def test_own_words_do_not_tell_of_what_is_unusual() -> None:
    own = "Thanks {number}, sit down."
    assert render(ReplyKind.ARRIVED, SAMPLE | {"state": "waiting"}, own=own) == "Thanks 27, sit down."
    assert "Please come to Desk 2" in render(ReplyKind.ARRIVED, SAMPLE | {"state": "called"}, own=own)


def test_long_names_are_shortened_in_own_words_too() -> None:
    own = "Number {number} for {queue} at {business}: " + "please stay near. " * 8
    facts = SAMPLE | {"queue": "Q" * 60, "business": "B" * 80}
    assert segments(render(TextKind.STILL_WAITING, facts, own=own)) == 2


def test_a_customers_name_never_calls_anybody_in_own_words() -> None:
    text = render(
        TextKind.NEARLY_UP, SAMPLE | {"name": "It's your turn"}, own="Soon, number {number}[, {name}]."
    )
    assert "it's your turn" not in text.lower()


def test_pieces_are_those_of_the_standard_words() -> None:
    assert set(pieces_of("your_turn", "en")) == {"number", "name", "desk", "queue"}
    assert "link" in pieces_of("joined", "fr")


def test_a_business_without_own_words_is_never_asked_for_them(business: Business) -> None:
    assert custom_wording(business, "joined", "en") is None  # detached: a question would fail


def test_where_own_words_are_missing_in_a_language_ours_are_said_in_it(queue: Queue) -> None:
    own = "Bonjour {number}, {place} {wait} {link} {welcome}"
    transaction(
        lambda s: save_custom_wording(
            s, queue.business_id, "joined", "fr", own, now=NOON - timedelta(minutes=1)
        )
    )
    text_in("LANG fr"), text_in("LANG de", BEN)
    assert (text_in("CET236").text or "").startswith("Bonjour 1, ")
    assert (text_in("CET236", BEN).text or "").startswith("Sie haben Nummer 2 für Haircuts.")


def test_own_words_are_kept_by_kind_and_language_and_given_back(business: Business) -> None:
    def keep(kind: str, language: str, words: str | None) -> None:
        later = NOON + timedelta(minutes=1)
        transaction(lambda s: save_custom_wording(s, business.id, kind, language, words, now=later))

    keep("joined", "en", "One {number}")
    keep("joined", "es", "Uno {number}")
    keep("joined", "en", "Two {number}")
    with reading() as session:
        there = session.get_one(Business, business.id)
        assert there.own_words_count == 2
        assert custom_wording(there, "joined", "en") == "Two {number}"
        assert custom_wording(there, "status", "en") is None
        assert all_custom_wording(session, business.id, "es") == {"joined": "Uno {number}"}
    keep("joined", "en", None)
    keep("joined", "es", None)
    keep("joined", "es", None)
    with reading() as session:
        assert session.get_one(Business, business.id).own_words_count == 0
