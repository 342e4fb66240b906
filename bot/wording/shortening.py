"""How a text is made to fit: names and notes are cut ever shorter, and what can be spared is left out."""

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any

from bot.wording.text_forms import TextForm

# What may be shortened so that a text fits; never a number, a keyword or the link.
FREE_TEXT = ("name", "queue", "business", "desk", "reason", "pause_reason", "choices", "held_by", "also")
NAME_LENGTHS = (60, 30, 20, 14, 8)
READABLE_NAME = 20  # before names are cut shorter than this, sentences are


def fitting(known: dict[str, Any], worded: Callable[[Mapping[str, Any]], str], form: TextForm) -> str:
    """The first wording that fits into the form, longest facts first; else the shortest."""
    text = ""
    for attempt in _ever_shorter(known):
        text = worded(attempt)
        if form.fits(text):
            break
    return text


def _ever_shorter(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The facts as they are, then with names and notes cut shorter and shorter.

    The queue's question, and the invitation to say whether they come, are said whole or not at all, and not
    at the cost of a readable name.
    """
    for whole in ("question", "invites"):
        if facts.get(whole):
            yield from takewhile(lambda attempt: not attempt["terse"], _with_names_cut(facts))
            facts = facts | {whole: None}
    yield from _with_names_cut(facts)
    cut = _names_cut(facts, NAME_LENGTHS[-1])
    facts = facts | cut | {"roomy": False, "terse": True, "held_by": None, "pause_reason": None}
    for most in (3, 1):
        facts |= {fact: facts[fact][:most] for fact in ("choices", "keywords") if fact in facts}
        yield facts
    for spared in ("closes_time", "wait_low"):
        facts |= {spared: None}
        yield facts
    for length in range(300, 0, -10) if "note" in facts else ():
        yield facts | {"note": _shortened(facts["note"], length)}


def _with_names_cut(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield facts | {"roomy": True, "terse": False}
    for length in NAME_LENGTHS:
        yield facts | _names_cut(facts, length) | {"roomy": False, "terse": length < READABLE_NAME}


def _names_cut(facts: dict[str, Any], length: int) -> dict[str, Any]:
    return {fact: _shortened(facts[fact], length) for fact in FREE_TEXT if fact in facts}


def _shortened(value: Any, length: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= length else value[: length - 2].rstrip() + ".."
    if isinstance(value, dict):
        return value | {"queue": _shortened(value["queue"], length)}
    if isinstance(value, list | tuple):
        return [_shortened(each, length) for each in value]
    return value
