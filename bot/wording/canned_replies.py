"""Answers that a servicer gives with one press: the business's own, or those of templates/replies/."""

from collections.abc import Mapping, Sequence
from functools import cache

from bot.wording.sms_templates import FALLBACK_LANGUAGE, WORDS, languages

REPLIES = WORDS / "replies"


@cache
def usual_replies(language: str) -> tuple[str, ...]:
    known = language if language in languages() else FALLBACK_LANGUAGE
    return tuple((REPLIES / f"{known}.txt").read_text(encoding="utf-8").splitlines())


def replies_in(own: Mapping[str, Sequence[str]], language: str) -> tuple[str, ...]:
    """`own`: the lists of the business, by language."""
    return tuple(own[language]) if language in own else usual_replies(language)
