"""A business's own wording of a text: which placeholders it may use, the standard wording in the same form,
and the checks that it passes before it is stored. Pure; the pages word the refusals.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from jinja2 import DictLoader, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from bot.reply_kinds import ReplyKind
from bot.wording.contact_details import has_contact_details
from bot.wording.gsm7 import GSM_EXTENSION, segments
from bot.wording.placeholders import Unreadable, Words, always_said, fill, pieces_in, read
from bot.wording.rendering import PIECES, called_at, in_custom_wording, render
from bot.wording.sms_templates import FALLBACK_LANGUAGE, TEMPLATES, language_choices
from bot.wording.text_forms import MOST_SEGMENTS
from models.texts.text_kinds import TextKind

LONGEST_WORDS = 500

# Never reworded: they carry somebody else's words, list what the product can do, confirm an opt-out,
# or go to managers.
STANDARD_ONLY = frozenset(
    {"announcement", "reply", "late_answer", "daily_summary", "weekly_summary", "menu", "fault"}
    | {"opted_out", "opted_in", "alarm", "alarm_over", "staff_phone", "when", "when_chooser"}
)
# Required in the custom wording where the standard wording has them.
NEEDED = ("number", "link", "welcome", "suggestions", "choices", "languages", "rating")
# Some customers have none, so these are allowed inside brackets only.
MAY_BE_NOTHING = ("name", "desk")
# What a fact that people choose, or a number, may be the rest of.
STANDS_FOR = dict.fromkeys(("name", "queue", "business", "keyword", "desk"), "xx") | {"number": "1"}
UNASKED = frozenset(TextKind)  # also sent to somebody whose phone was typed at the desk
# The first numeral of these is the ticket's number: people, and their phones, look for it.
NUMBER_FIRST = frozenset({"joined", "already_waiting", "status", "status_called"})


class Fault(StrEnum):
    EMPTY = "empty"
    LONG = "long"  # longer than anybody writes
    UNREADABLE = "unreadable"  # a brace or bracket without its partner
    UNKNOWN = "unknown"  # a piece that this text does not know
    MISSING = "missing"  # a piece that it can't do without
    MAY_BE_NOTHING = "may_be_nothing"  # a piece that not everybody has, outside brackets
    NOT_CALLING = "not_calling"  # the turn text must begin with the words that call
    CALLING = "calling"  # another text holds them
    NUMBER_NOT_FIRST = "number_not_first"
    CONTACT_DETAILS = "contact_details"  # some who get it never wrote to us
    SEGMENTS = "segments"
    SEGMENTS_OF_LONG_NAMES = "segments_of_long_names"


class Finding(NamedTuple):
    """Why a wording is refused; `what` is the placeholder, the character or the number of segments."""

    fault: Fault
    what: str = ""


KINDS: dict[str, StrEnum] = {kind.value: kind for kind in (*TextKind, *ReplyKind)}


@cache
def changeable_kinds() -> tuple[str, ...]:
    """The kinds that a business may reword: those that render from the sample facts."""
    return tuple(kind for kind in KINDS if kind not in STANDARD_ONLY and _can_be_tried(kind))


def _can_be_tried(kind: str) -> bool:
    try:
        render(KINDS[kind], SAMPLE, FALLBACK_LANGUAGE)
    except UndefinedError:
        return False
    return True


def why_not(kind: str, language: str, words: str) -> Finding | None:
    """The first reason to refuse this wording; None if it is fine."""
    if not words.strip():
        return Finding(Fault.EMPTY)
    if len(words) > LONGEST_WORDS:
        return Finding(Fault.LONG, str(LONGEST_WORDS))
    try:
        return next(_faults(kind, language, words), None)
    except Unreadable as why:
        return Finding(Fault.UNREADABLE, why.sign)


def _faults(kind: str, language: str, words: str) -> Iterator[Finding]:
    parts = read(words)
    unknown = [piece for piece in pieces_in(parts) if piece not in pieces_of(kind, language)]
    if unknown:
        yield Finding(Fault.UNKNOWN, unknown[0])
    missing = [piece for piece in needed(kind, language) if piece not in always_said(parts)]
    if missing:
        yield Finding(Fault.MISSING, missing[0])
    bare = [piece for piece in MAY_BE_NOTHING if piece in always_said(parts)]
    if bare:
        yield Finding(Fault.MAY_BE_NOTHING, bare[0])
    if kind in UNASKED and any(map(has_contact_details, _readings(parts))):
        yield Finding(Fault.CONTACT_DETAILS)
    said = in_custom_wording(kind, words, SAMPLE, language)
    at = called_at(said, language)
    if kind == TextKind.YOUR_TURN and at != 0:
        yield Finding(Fault.NOT_CALLING, calling_words(language))
    if kind != TextKind.YOUR_TURN and at is not None:
        yield Finding(Fault.CALLING, calling_words(language))
    if kind in NUMBER_FIRST and re.findall(r"\d+", said)[:1] != [str(SAMPLE["number"])]:
        yield Finding(Fault.NUMBER_NOT_FIRST)
    for facts, fault in ((SAMPLE, Fault.SEGMENTS), (LONGEST, Fault.SEGMENTS_OF_LONG_NAMES)):
        count = segments(in_custom_wording(kind, words, facts, language))
        if count > MOST_SEGMENTS:
            yield Finding(fault, str(count))


def _readings(parts: Words) -> Iterator[str]:
    """How the words may read: every piece with something to say, or without, and a stand-in for what it says.

    Else brackets, or a queue's name, would put together an address that nobody sees in the words as typed.
    """
    pieces = sorted({*pieces_in(parts)})
    for choice in product((True, False), repeat=len(pieces)):
        known = dict(zip(pieces, choice, strict=True))
        yield fill(parts, lambda piece, known=known: STANDS_FOR.get(piece, "…") if known[piece] else "")  # type: ignore[misc]


def needed(kind: str, language: str) -> list[str]:
    """The placeholders that this kind's wording must contain."""
    always = always_said(read(standard_words(kind, language)))
    return [piece for piece in NEEDED if piece in always]


@cache
def pieces_of(kind: str, language: str) -> tuple[str, ...]:
    """The placeholders that its wording may contain: those of the standard one, and their companions."""
    found = dict.fromkeys(pieces_in(read(standard_words(kind, language))))
    for piece, companions in COMPANIONS.items():
        if piece in found:
            found |= dict.fromkeys(companions)
    return tuple(found)


# A kind that has the first placeholder has the facts for the others too.
COMPANIONS = {"ahead": ("place",), "low": ("wait",), "nth": ("place",)}


@cache
def standard_words(kind: str, language: str) -> str:
    """The standard wording in the form of a custom one, as it reads in the usual case."""
    text = _forms(language).get_template(f"{kind}.txt").render(STAND_INS)
    return " ".join(text.split())


def calling_words(language: str) -> str:
    return standard_words("_calling", language)


class _StandIn(str):
    """Stands where a fact would, and reads as the piece that gives it."""

    __slots__ = ()


STAND_INS: dict[str, Any] = {
    piece: _StandIn(f"{{{piece}}}") for piece, snippet in PIECES.items() if "include" not in snippet
} | {
    "wait_low": _StandIn("{low}"),
    "wait_high": _StandIn("{high}"),
    "wait_state": "ok",
    "state": "waiting",
    "roomy": True,
    "fewer": False,
    "is_near": False,
    "asked": False,
    "also": "",
    "opens_time": "",
}
INCLUDED = {
    found[1]: piece
    for piece, snippet in PIECES.items()
    if (found := re.search(r'include "(\w+\.txt)"', snippet))
}
INCLUDE = re.compile(r'\{% include "(\w+\.txt)" %\}')
OR_ELSE = re.compile(r'\{\{ (\w+) or "([^"]*)" \}\}')
ALSO = re.compile(r"\{% if also and roomy %\}.*?\{% endif %\}")
ONLY_WITH = re.compile(r"\{% if (?:name|desk|opens_time) %\}([^%]*?)(?:\{% else %\}([^%]*?))?\{% endif %\}")


@cache
def _forms(language: str) -> SandboxedEnvironment:
    """The standard words, where partial texts and facts have given way to pieces."""
    sources: dict[str, str] = {}
    for folder in (TEMPLATES / FALLBACK_LANGUAGE, TEMPLATES / language):
        sources |= {path.name: _form_of(path.read_text()) for path in sorted(folder.iterdir())}
    environment = SandboxedEnvironment(loader=DictLoader(sources))
    environment.globals |= {
        "language": language,
        "plural": lambda fact, **forms: str(fact),  # the piece says it in the same forms
        "either": str,
        "one_of": lambda choices, form: str(choices),
    }
    return environment


def _form_of(source: str) -> str:
    def piece(found: re.Match[str]) -> str:
        return f"{{{INCLUDED[found[1]]}}}" if found[1] in INCLUDED else found[0]

    source = ALSO.sub("{also}", INCLUDE.sub(piece, source)).replace("{{ ahead + 1 }}", "{nth}")
    return ONLY_WITH.sub(_bracket, OR_ELSE.sub(r"[{\1}|\2]", source))


def _bracket(found: re.Match[str]) -> str:
    said = re.sub(r"\{\{ (\w+) \}\}", r"{\1}", found[1])
    return f"[{said}|{found[2]}]" if found[2] else f"[{said}]"


def length(text: str) -> int:
    """In letters as the carrier counts them: a few count twice."""
    return len(text) + sum(letter in GSM_EXTENSION for letter in text)


# Facts to try words with: usual ones, and the longest there can be.
SAMPLE: dict[str, Any] = {
    "number": 27,
    "queue": "Haircuts",
    "keyword": "CET236",
    "business": "Barber Lopes",
    "name": "Ana",
    "desk": "Desk 2",
    "ahead": 3,
    "wait_low": 10,
    "wait_high": 20,
    "wait_state": "ok",
    "link": "https://queue.example.com/t/abcdefghijkmnopq",
    "first": False,
    "keywords": ["CET236"],
    "suggestions": ["CET236"],
    "choices": [{"keyword": "CET236", "queue": "Haircuts"}, {"keyword": "SHAVE", "queue": "Shaves"}],
    "languages": language_choices(),
    "others": 3,
    "lead": 15,
    "rating": 5,
    "minutes": 5,
    "asked": False,
    "is_near": False,
    "fewer": False,
    "state": "waiting",
    "opens_days": 1,
    "opens_weekday": 2,
    "opens_time": "09:00",
}
LONGEST: dict[str, Any] = SAMPLE | {
    "number": 99_999,
    "queue": "Q" * 60,
    "keyword": "X" * 20,
    "business": "B" * 80,
    "name": "N" * 40,
    "desk": "D" * 30,
    "ahead": 12_345,
    "wait_low": 1_000,
    "wait_high": 2_000,
    "wait_state": "unstaffed",
    "link": "https://queue-of-a-long-name.example.com/t/abcdefghijkmnopq",
    "first": True,
    "keywords": ["X" * 20] * 5,
    "suggestions": ["X" * 20] * 3,
    "choices": [{"keyword": "X" * 20, "queue": "Q" * 60}] * 10,
    "others": 1_000,
    "lead": 180,
    "held_by": "H" * 60,
    "also": [{"number": 99_999, "queue": "Q" * 60, "keyword": "X" * 20}],
}
