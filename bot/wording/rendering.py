"""From a kind and its facts to the text a customer reads: an SMS within two segments of GSM-7, or a chat's.

The words are in templates/sms/ and templates/chat/, not here. No database, no clock, nothing is sent.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Template, UndefinedError

from bot.reply_kinds import ReplyKind
from bot.wording.gsm7 import in_plain_words, to_gsm
from bot.wording.placeholders import Unreadable, fill, read
from bot.wording.shortening import fitting
from bot.wording.sms_templates import (
    FALLBACK_LANGUAGE,
    TEMPLATES,
    environment_of,
    languages,
    template_of,
)
from bot.wording.text_forms import AS_SMS, TextForm, without_phrase

# Facts a template may ask for and a text may lack. A misspelt one is an error.
OPTIONAL: dict[str, Any] = {
    "name": None,
    "desk": None,
    "ahead": None,
    "wait_low": None,
    "wait_high": None,
    "wait_state": "ok",
    "closes_time": None,
    "link": None,
    "reason": None,
    "pause_reason": None,
    "sooner": False,  # a promise that changed: it goes faster, or moves again, not slower
    "why": None,  # of the latter: break, fewer, ahead, slower; or moves
    "first": False,
    "introduces": False,
    "keywords": (),
    "held_by": None,
    "on_hold": False,
    "told_elsewhere": False,
    "also": (),
    "was_serving": False,
    "was_called": False,
    "for_good": False,
    "was_left": False,
    "is_wrong": False,  # a door code
    "takes_yes": False,
    "question": None,
    "invites": False,  # a turn text: to say whether they come
    "until_time": None,
    "opens_days": None,
    "opens_weekday": None,
    "opens_time": None,
    "quiet_from": None,
    "safe_time": None,
    "safe_now": False,
    "goes_on": False,
    "since_days": 0,
    "since_weekday": 0,
    "since_time": None,
    "twelve_hours": False,  # bot/wording/clock_form.py
}


def render(
    kind: StrEnum,
    facts: Mapping[str, Any],
    language: str = FALLBACK_LANGUAGE,
    *,
    public_url: str | None = None,
    own: str | None = None,
    form: TextForm = AS_SMS,
) -> str:
    """The text of this kind. With `public_url`, a ticket's `token` among the facts becomes its link.

    Names are shortened where the text would be too long for its form. `own` are a business's own words
    (bot/wording/placeholders.py); where they can't be said of these facts, the standard ones are.
    """
    language = language if language in languages() else FALLBACK_LANGUAGE
    known = _prepared(facts, language, public_url, form)
    if own is not None and not is_unusual(kind, known):
        try:
            text = fitting(
                known, lambda attempt: _in_custom_wording(kind, own, attempt, language, form), form
            )
            if text and form.fits(text):
                return text
        except (
            Unreadable,
            KeyError,
            TypeError,
            UndefinedError,
        ):  # these facts are not what they were written for
            pass
    return fitting(known, lambda attempt: _worded(kind, attempt, language, form), form)


def in_a_mail(kind: StrEnum, facts: Mapping[str, Any], language: str) -> str:
    """The words of a text where nothing is counted: in all the letters of the language, however long."""
    text = _in_sentences(
        template_of(language, kind).render(
            OPTIONAL | {fact: _with_own_full_stop(value) for fact, value in facts.items()}
        )
    )
    return " ".join(text.split())


def in_custom_wording(kind: str, own: str, facts: Mapping[str, Any], language: str) -> str:
    """What a business's own words say, however long. Raises Unreadable, KeyError (no such piece),
    UndefinedError (a piece that these facts don't have)."""
    known = _prepared(facts, language, None, AS_SMS)
    return fitting(known, lambda attempt: _in_custom_wording(kind, own, attempt, language, AS_SMS), AS_SMS)


def _prepared(
    facts: Mapping[str, Any], language: str, public_url: str | None, form: TextForm
) -> dict[str, Any]:
    calling = _calling(language)
    known = OPTIONAL | {
        fact: _spelt(value, calling, form) if fact != "link" else value for fact, value in facts.items()
    }
    for fact in ("queue", "business", "desk"):
        if facts.get(fact) and not known[fact].strip():  # signs alone: there must be something to call it
            keyword = known.get("keyword") if fact == "queue" else None
            known[fact] = keyword or in_plain_words(facts[fact])
    if public_url and known.get("token") and not known["link"]:
        known["link"] = f"{public_url.rstrip('/')}/t/{known['token']}"
    if known["wait_low"] is not None:
        known["wait_low"] = max(1, known["wait_low"])
        known["wait_high"] = max(known["wait_low"] + 1, known["wait_high"] or 0)
    return known


def _spelt(value: Any, calling: "Calling", form: TextForm) -> Any:
    """Facts typed by people: in the form's letters, without the phrase that only turn texts may contain."""
    if isinstance(value, str):
        if form.has_segments:
            return _with_own_full_stop(calling.words.sub(calling.instead, to_gsm(value)))
        return _with_own_full_stop(without_phrase(form.spelt(value), calling.words, calling.instead))
    if isinstance(value, dict):
        return {key: _spelt(each, calling, form) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_spelt(each, calling, form) for each in value]
    return value


def called_at(text: str, language: str) -> int | None:
    """The index of "It's your turn" in the text; None if it isn't there."""
    found = _calling(language).words.search(text)
    return found.start() if found else None


class Calling(NamedTuple):
    """A language's turn phrase, and its replacement wherever only a turn text may use it."""

    words: re.Pattern[str]
    instead: str


@cache
def _calling(language: str) -> Calling:
    words = re.findall(r"\w+", to_gsm(template_of(language, "_calling").render()))
    return Calling(re.compile(r"\W*".join(words), re.IGNORECASE), " ".join(words[-2:]))


def _worded(kind: str, facts: Mapping[str, Any], language: str, form: TextForm) -> str:
    rendered = template_of(language, kind, form.folder).render(facts)
    return _introduced(form.laid_out(form.spelt(_in_sentences(rendered))), facts, language, form)


def _introduced(text: str, facts: Mapping[str, Any], language: str, form: TextForm) -> str:
    """With who we are and how to stop behind it, where no other text has said so to this address; and last
    with the queue's question."""
    if facts.get("introduces"):
        told = {**facts, "first": True, "introduces": False, "question": None}
        text = f"{text} {_worded('_first', told, language, form)}"
    if facts.get("question"):
        asked = template_of(language, "_question", form.folder).render(facts)
        text = f"{text} {form.laid_out(form.spelt(_in_sentences(asked)))}"
    return text


def is_said(words: str, text: str, language: str, form: TextForm) -> bool:
    """Whether these words, one of its facts, stand whole in a text."""
    if not words:
        return False
    language = language if language in languages() else FALLBACK_LANGUAGE
    said = _in_sentences(_spelt(words, _calling(language), form)).strip()
    return bool(said) and said in text


# A name's own full stop, until we know whether its sentence ends there too: never "for Smith & Co..".
OWN_FULL_STOP = "\ue000"


def _with_own_full_stop(value: Any) -> Any:
    """A fact, with the full stop that a name ends in marked as its own. Shortened names end in two."""
    if isinstance(value, str) and value.endswith(".") and not value.endswith(".."):
        return value[:-1] + OWN_FULL_STOP
    return value


def _in_sentences(text: str) -> str:
    """The rendered text; a full stop that ends a name ends its sentence as well."""
    return text.replace(f"{OWN_FULL_STOP}.", ".").replace(OWN_FULL_STOP, ".")


# What own words may hold: a fact, or a sentence that the standard words have too.
PIECES = {
    "number": "{{ number }}",
    "name": "{{ name or '' }}",
    "queue": "{{ queue }}",
    "business": "{{ business }}",
    "keyword": "{{ keyword }}",
    "desk": "{{ desk or '' }}",
    "place": '{% include "_place.txt" %}',
    "wait": '{% include "_wait.txt" %}',
    "link": '{% include "_link.txt" %}',
    "welcome": '{% include "_first.txt" %}',
    "kept": '{% include "_held.txt" %}',
    "also": '{% include "_also.txt" %}',
    "nth": '{% include "_nth.txt" %}',
    "opens": '{% if opens_time %}{% include "_opens.txt" %}{% endif %}',
    "words": '{% include "_words.txt" %}',
    "take_one": '{% include "_take_one.txt" %}',
    "ahead": "{{ ahead }}",
    "others": "{{ others }}",
    "lead": "{{ lead }}",
    "low": "{{ wait_low or undefined }}",
    "high": "{{ wait_high or undefined }}",
    "rating": "{{ rating }}",
    "minutes": "{{ minutes }}",
    "suggestions": "{{ either(suggestions) }}",
    "choices": '{{ one_of(choices, "{keyword} ({queue})") }}',
    "languages": '{{ one_of(languages, "LANG {code} ({language})" if roomy else "LANG {code}") }}',
}


COUNTS = ("ahead", "others", "lead", "rating", "minutes")

# Where the standard words tell of something unusual, own words, written for the usual, would be untrue.
UNUSUAL: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    ReplyKind.LEAD_SET: lambda facts: bool(facts.get("is_near")),
    ReplyKind.ARRIVED: lambda facts: facts.get("state", "waiting") != "waiting",
    ReplyKind.COMING: lambda facts: facts.get("state", "waiting") != "waiting",
    "put_back": lambda facts: bool(facts.get("was_serving")),
    "promise_changed": lambda facts: bool(facts.get("sooner")),
    "day_ended": lambda facts: any(facts.get(why) for why in ("was_called", "for_good", "goes_on")),
    ReplyKind.LATER_CAP: lambda facts: not facts.get("others"),
    ReplyKind.LANGUAGES: lambda facts: bool(facts.get("asked")),
    **dict.fromkeys(("your_turn", "reminder", "nearly_up"), lambda facts: bool(facts.get("since_time"))),
}


def is_unusual(kind: str, facts: Mapping[str, Any]) -> bool:
    return kind in UNUSUAL and UNUSUAL[kind](facts)


def _in_custom_wording(kind: str, own: str, facts: Mapping[str, Any], language: str, form: TextForm) -> str:
    def said(piece: str) -> str:
        if piece in COUNTS and facts.get(piece) is None:
            raise KeyError(piece)
        return " ".join(_piece(language, kind, piece, form.folder).render(facts).split())

    text = form.laid_out(form.spelt(_in_sentences(fill(read(own), said))))
    return _introduced(text, facts, language, form)


@cache
def _piece(language: str, kind: str, name: str, folder: str) -> Template:
    """A placeholder's words; counts take the plural that the standard wording has (1 other, 3 others)."""
    snippet = PIECES[name]
    path = TEMPLATES / language / f"{kind}.txt"
    counted = re.findall(rf"\{{\{{ plural\({name}, .*?\) \}}\}}", path.read_text()) if path.exists() else []
    if name == "nth" and path.exists() and "{{ ahead + 1 }}" in path.read_text():
        snippet = "{{ ahead + 1 }}"
    return environment_of(language, folder).from_string(counted[-1] if counted else snippet)
