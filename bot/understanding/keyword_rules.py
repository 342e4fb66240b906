"""What can be a keyword: nothing that we, the phone companies or people in passing mean otherwise."""

import re
import unicodedata
from collections.abc import Collection

from bot.meanings import CARRIERS_WORDS, Meaning
from bot.spelling import distance
from bot.understanding.deciding import SUGGESTED
from bot.understanding.engine import understand
from bot.understanding.grammar import grammar
from bot.understanding.normalizing import readable
from bot.understanding.signs import FACES

SHORTEST_KEYWORD, LONGEST_KEYWORD = 2, 20
MINUTES = re.compile(r"[0-9]{1,4}(?:M|MIN|MINS|MINUTE|MINUTES)?")


def is_reserved(word: str) -> bool:
    """Whether it means something by itself, in any language."""
    words = grammar()
    signature = words.automaton.signature(word)
    return word in CARRIERS_WORDS or bool(signature and words.automaton.spans([signature], 0, 1))


def _means_something(word: str) -> bool:
    return understand(word, ()).meaning not in (Meaning.UNKNOWN, Meaning.CHAT, Meaning.NEAR_MISS)


def keyword_problem(keyword: str) -> str | None:
    """Why this can't be a keyword, in a sentence for the manager; None if it can."""
    asked = readable(keyword)
    letters = "".join(c for c in unicodedata.normalize("NFKD", asked) if not unicodedata.combining(c))
    if not letters:
        return "A keyword is what customers text to take a number, such as CET236. It can't be empty."
    if not (letters.isascii() and letters.isalnum()):
        return "A keyword has only letters from A to Z and digits, without spaces or signs, such as CET236."
    word = letters.upper()
    if not SHORTEST_KEYWORD <= len(word) <= LONGEST_KEYWORD:
        return f"A keyword has {SHORTEST_KEYWORD} to {LONGEST_KEYWORD} characters; {word} has {len(word)}."
    if MINUTES.fullmatch(word) or word.isdigit():
        return f"{word} can't be a keyword: a customer who texts a number means minutes. Add letters to it."
    if word in CARRIERS_WORDS:
        return (
            f"{word} can't be a keyword: phone companies keep that word for themselves, to stop, start "
            "or explain texts, so it would never take a number. Please choose another."
        )
    if word in grammar().commands:
        return f"{word} can't be a keyword: it already does something else when a customer texts it."
    if word in grammar().everyday or word in FACES or _means_something(word):
        return f"{word} can't be a keyword: people write it in passing, and would take a number by accident."
    return None


def keyword_warning(keyword: str, others: Collection[str] = ()) -> str | None:
    """What may go wrong with a keyword that is allowed: one slip, and it is another's or a word of ours."""
    for other in sorted(others):
        if 0 < distance(keyword, other, 1) <= 1:
            return f"{keyword} is one typo away from {other}, so people may end up in the other line."
    if word := word_alike(keyword):
        return f"{keyword} is one typo away from {word}, which does something else when people text it."
    return None


def word_alike(keyword: str) -> str | None:
    """A word of ours that is one slip away from this keyword."""
    ours = (*CARRIERS_WORDS, *SUGGESTED.values(), "MENU", "FORGET", "WHERE", "LANG")
    return next((word for word in ours if distance(keyword, word, 1) == 1), None)
