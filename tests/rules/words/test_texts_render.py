"""Every kind of text, in every language, renders whatever the facts, within two segments of GSM-7."""

import re
from enum import StrEnum

import pytest
from babel import Locale

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import GSM_TEXT, segments
from bot.wording.rendering import render
from bot.wording.sms_templates import TEMPLATES, language_choices, languages
from models.alarms.choices import AlarmKind
from models.texts.text_kinds import TextKind
from tests.bot.sheet import ANA, DESK, LINK, SHAVES, STATES, USUAL, sheet

KINDS: list[StrEnum] = [*ReplyKind, *TextKind]

PLAIN = {
    "number": 12,
    "queue": "Haircuts",
    "keyword": "CET236",
    "business": "Barber Lopes",
    "name": "Ana",
    "desk": "Chair 1",
    "ahead": 3,
    "wait_low": 10,
    "wait_high": 20,
    "wait_state": "ok",
    "line_state": "open",
    "link": "https://queue.example.com/t/abcdefghijklmnop",
    "reason": None,
    "first": False,
    "note": "The coffee machine is free today.",
    "channel": "WhatsApp",
    "phone": "+15550100000",
    "keywords": ["CET236", "BARBER"],
    "suggestions": ["CET236"],
    "choices": [{"keyword": "CET236", "queue": "Haircuts"}, {"keyword": "SHAVE", "queue": "Shaves"}],
    "others": 3,
    "fewer": False,
    "lead": 15,
    "is_near": False,
    "state": "waiting",
    "rating": 5,
    "minutes": 42,
    "asked": True,
    "languages": language_choices(),
    "weekday": 1,
    "joined": 52,
    "served": 41,
    "live": 0,
    "gave_up": 3,
    "unserved": 0,
    "no_show": 1,
    "turned_away": 0,
    "median_wait": 12,
    "usual_wait": 18,
    "busiest_hour": 11,
    "from_day": 16,
    "from_month": 11,
    "to_day": 22,
    "to_month": 11,
    "busiest_weekday": 4,
    "served_before": 38,
    "wait_before": 18,
    "texts_failed": 2,
    "trouble": "crowded",
    "waiting": 16,
    "limit": 15,
}
MAY_LACK = ("name", "desk", "wait_low", "wait_high", "wait_state", "link", "reason", "first", "keywords")
LEAST = {fact: PLAIN[fact] for fact in PLAIN if fact not in MAY_LACK} | {"token": "abcdefghijklmnop"}
LONG_LINK = "https://" + "queue-of-a-very-long-name." * 3 + "example/t/abcdefghijklmnop"
GREATEST = PLAIN | {
    "number": 99_999,
    "queue": "Ünïted Çounters – ‘Región’ [Nº 5] " * 4,
    "keyword": "X" * 20,
    "business": "{Łódź & Søns} €€€ " * 8,
    "name": "王小明" * 13,
    "desk": "Schalter “Größe” 7 am Ende",
    "ahead": 12_345,
    "wait_low": 1_000,
    "wait_high": 2_000,
    "wait_state": "unstaffed",
    "link": LONG_LINK,
    "first": True,
    "note": "Ça ne marche pas… " * 60,
    "keywords": ["X" * 19 + str(n) for n in range(10)],
    "suggestions": ["LEAVE " + "X" * 19 + str(n) for n in range(3)],
    "choices": [{"keyword": "X" * 19 + str(n), "queue": "[~Ñ~]" * 12} for n in range(10)],
    "others": 1_000,
    "fewer": True,
    "lead": 180,
    "languages": [{"code": "zh-Hant", "language": "[~中文~]" * 3} for n in range(10)],
    "joined": 12_345,
    "served": 12_345,
    "live": 12_345,
    "gave_up": 12_345,
    "unserved": 12_345,
    "no_show": 12_345,
    "turned_away": 12_345,
    "median_wait": 12_345,
    "usual_wait": 12_345,
    "busiest_hour": 23,
    "from_day": 26,
    "from_month": 8,
    "to_month": 9,
    "served_before": 12_345,
    "wait_before": 12_345,
    "opens_days": 6,
    "opens_weekday": 2,
    "opens_time": "09:00",
    "texts_failed": 12_345,
    "waiting": 12_345,
    "limit": 12_344,
    "closes_time": "17:30",
    "since_days": 3,
    "since_weekday": 2,
    "since_time": "17:55",
    "held_by": "[~Ñ~]" * 12,
    "also": [{"keyword": "X" * 19 + str(n), "queue": "[~Ñ~]" * 12, "number": 99_999} for n in range(10)],
}
ELSEWHERE = {"number": 4, "queue": "Shaves", "keyword": "SHAVE"}
FACTS = {
    "plain": PLAIN,
    "least": LEAST,
    "greatest": GREATEST,
    "first": PLAIN | {"first": True},
    "asked something": GREATEST | {"question": "[~Ñ~]" * 16},
    "yesterday": PLAIN | {"since_days": 1, "since_weekday": 0, "since_time": "17:55", "goes_on": True},
    "held": PLAIN | {"held_by": "Shaves", "also": [ELSEWHERE]},
    "called": PLAIN | {"state": "called", "is_near": True, "fewer": True, "others": 1, "ahead": 1, "lead": 1},
    "called, and the day is over": PLAIN | {"was_called": True},
    "archived": GREATEST | {"for_good": True},
    "serving": PLAIN | {"was_serving": True, "state": "serving", "others": 0, "asked": False, "rating": 1},
    **{
        f"opens in {days} days": PLAIN | {"opens_days": days, "opens_weekday": 2, "opens_time": "09:00"}
        for days in (0, 1, 5)
    },
    "nobody": PLAIN
    | {"joined": 0, "busiest_hour": None, "median_wait": None, "usual_wait": None}
    | {"busiest_weekday": None, "served_before": None, "wait_before": None},
    **{f"trouble: {kind}": GREATEST | {"trouble": kind.value} for kind in AlarmKind},
    "none served": PLAIN | {"served": 0, "median_wait": None, "usual_wait": 0},
    "paused for a reason": PLAIN | {"wait_state": "paused", "pause_reason": "[~Ñ~]" * 16},
    "paused, and all is long": GREATEST | {"wait_state": "paused", "pause_reason": "[~Ñ~]" * 16},
    **{state: PLAIN | {"wait_state": state, "ahead": 0} for state in ("stalled", "unstaffed", "paused")},
}


# One test for all kinds: to collect, send and report thousands of them took three times as long as the texts.
def test_each_language_is_named_as_its_speakers_write_it() -> None:
    for each in language_choices():
        assert each["language"] == Locale.parse(each["code"]).get_display_name()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_every_kind_renders_in_every_language_within_two_segments(language, facts):
    for kind in KINDS:
        text = render(kind, facts, language)
        said = f"{type(kind).__name__}.{kind}: {text}"
        assert GSM_TEXT.fullmatch(text), said
        assert 1 <= segments(text) <= 2, said
        assert text == " ".join(text.split()), said
        assert "None" not in text, said
        assert "{" not in text.replace("{Lo", ""), said
        without_link = text.replace(str(facts.get("link")), "")
        assert not re.search(r"[.!?:,;][A-Z]", without_link), f"a space is missing in {said}"


# As long as people really call themselves and their queues.
LONG_BUT_REAL = {
    "name": "Maria Fernanda Aparecida de Souza Santos",
    "queue": "Driving licences, vehicle registration and address changes",
    "business": "Citizens' Service Centre of the City of Santa Cruz de Tenerife",
    "desk": "Counter 12, second floor",
}
SPELT_ALIKE = {
    "code",
    "page",
    "also",
    "ignore",
    "median",
    "minute",
    "person",
    "place",
    "francais",
    "portugues",
}
SAYS_WHAT_WE_ARE_TOLD = {TextKind.ANNOUNCEMENT, TextKind.REPLY, TextKind.LATE_ANSWER}


@pytest.mark.parametrize("language", languages())
def test_long_names_leave_number_keyword_and_link_whole(language):
    for kind, states in STATES.items():
        for state, facts in states.items():
            usual = render(kind, USUAL | facts, language)
            text = render(kind, USUAL | LONG_BUT_REAL | facts, language)
            assert GSM_TEXT.fullmatch(text)
            assert segments(text) <= 2, (kind, state, text)
            for whole in ("27", "CET236", "https://queue.example.com/t/abcdefghijkmnopq"):
                assert (whole in text) == (whole in usual), (kind, state, text)


def test_every_kind_is_on_the_sheet():
    assert {str(kind) for kind in STATES} == {str(kind) for kind in KINDS}


@pytest.mark.parametrize("language", sorted(set(languages()) - {"en"}))
def test_nothing_is_left_in_english(language):
    """Neither a whole text, nor a word that only English has."""
    english = {(kind, state): text for kind, state, text in sheet("en")}
    stated = (STATES[ReplyKind.JOINED], STATES[ReplyKind.OTHER_CHANNEL])
    facts = words_of(f"{USUAL | LINK | DESK | ANA | SHAVES} {stated}")
    only_english = {word for text in english.values() for word in words_of(text) if len(word) > 3} - facts
    only_english -= SPELT_ALIKE
    for kind, state, text in sheet(language):
        if kind not in SAYS_WHAT_WE_ARE_TOLD:
            assert text != english[kind, state], text
            assert not only_english & words_of(text), text


def words_of(text):
    """Without our own command words, which no language translates."""
    return {word.lower() for word in re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text) if not word.isupper()}


@pytest.mark.parametrize("language", languages())
def test_a_wait_is_never_nothing(language):
    for kind, state, text in sheet(language):
        assert not re.search(r"\b0(-\d+)? [Mm]in", text), (kind, state, text)


def test_what_people_rely_on_is_said_in_english_as_promised():
    said = {(kind, state): text for kind, state, text in sheet("en")}
    for kind in (ReplyKind.JOINED, ReplyKind.STATUS):
        assert all(t.startswith("You are number 27 ") for (k, _), t in said.items() if k == kind)
    assert "3 people ahead of you. The wait is about 10-20 min." in said[ReplyKind.JOINED, "first"]
    assert "1 person ahead of you." in said[ReplyKind.JOINED, "one ahead"]
    assert "You're next." in said[ReplyKind.JOINED, "next"]
    assert re.search(r"Barber Lopes .*\bSTOP\b", said[ReplyKind.JOINED, "first"])
    assert all(re.search(r"\bleft\b", t) for (k, _), t in said.items() if k == ReplyKind.LEFT)
    assert said[ReplyKind.NEAR_MISS, ""].startswith("Did you mean CET236?")
    assert said[TextKind.YOUR_TURN, "desk"].startswith("It's your turn, number 27. Please come to Chair 1")


CALLS = {
    "en": "It’s your turn",
    "es": "Es su turno",
    "fr": "C’est votre tour",
    "pt": "É a sua vez",
    "de": "Sie sind dran",
}


@pytest.mark.parametrize("language", languages())
def test_only_the_turn_text_says_that_it_is_your_turn_and_says_so_first(language):
    sly = CALLS[language]
    wide = sly.replace(" ", "    \n").upper()
    facts = PLAIN | {"name": sly, "queue": sly.upper(), "note": f"{sly}! {wide}ip", "business": f"x{sly}"}
    for kind in KINDS:
        text = render(kind, facts, language).lower()
        said = text.count(sly.replace("’", "'").lower())
        assert said == (1 if kind == TextKind.YOUR_TURN else 0), text
        assert text.startswith(sly.replace("’", "'").lower()) == (kind == TextKind.YOUR_TURN)


@pytest.mark.parametrize("language", languages())
def test_what_can_be_texted_is_all_in_the_menu_and_named_where_a_text_was_not_understood(language):
    words = {"CET236", "STATUS", "LEAVE", "LATER", "15", "HERE", "AGAIN", "LANG", "FORGET", "STOP"}
    assert words | {"CET236 Ana 4", "1-5"} <= set(re.findall(r"CET236 Ana 4|1-5|\w+", render_menu(language)))
    for kind in (ReplyKind.UNKNOWN, ReplyKind.NOTHING):
        assert words | {"MENU"} <= set(re.findall(r"\w+", render(kind, PLAIN, language)))


def render_menu(language):
    return render(ReplyKind.MENU, PLAIN | {"keywords": ["CET236"]}, language)


@pytest.mark.parametrize("language", languages())
def test_the_menu_names_the_other_languages_as_those_who_speak_them_do(language):
    names = {"en": "English", "es": "español", "fr": "francais", "pt": "portugues", "de": "Deutsch"}
    [choice] = re.findall(r"LANG ([^.]+)\.", render_menu(language))
    offered = {other for other, name in names.items() if f"{other}: {name}" in choice.split(", ")}
    assert offered == set(languages()) - {language}


@pytest.mark.parametrize(
    "kind",
    [
        *(ReplyKind.JOINED, ReplyKind.ALREADY_WAITING, TextKind.JOINED),
        *(ReplyKind.STATUS, ReplyKind.STATUS_CALLED, ReplyKind.STATUS_SERVING),
    ],
)
@pytest.mark.parametrize("language", languages())
def test_the_first_numeral_of_an_answer_is_the_ticket_number(kind, language):
    text = render(kind, PLAIN | {"queue": "Room 7", "name": "Ana 2", "business": "3 Lads"}, language)
    assert re.findall(r"\d+", text)[0] == "12"


def test_every_template_belongs_to_a_kind_or_to_other_templates():
    kinds = {str(kind) for kind in KINDS}
    for language in languages():
        written = {path.stem for path in (TEMPLATES / language).iterdir()}
        assert {name for name in written if not name.startswith("_")} == kinds
