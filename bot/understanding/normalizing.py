"""A text as it is compared: words in capitals without accents, cut at its punctuation. Knows no words."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from anyascii import anyascii

from bot.sanitizing import sanitized

LONGEST_TEXT = 1600  # the carrier's own limit
MOST_WORDS = 80

WORD = re.compile(r"[^\W_]+(?:['’ʼ‘][^\W_]+)*")
# A number with a sign inside (5/5, 12:30, 1.5) is one piece; a sign between words ends a clause.
_PIECE = re.compile(
    r"\d+(?:[.,:/-]\d+)+|\d+ ?/ ?\d+|[^\W_]+(?:['’ʼ‘][^\W_]+)*|[.,!?;:…()؟]+(?!\S)|[,!?;…()؟]+|\s[-–—]+\s"
)
_ACCENTS_AS_APOSTROPHES = str.maketrans("´`", "''")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


class Word(NamedTuple):
    plain: str  # capitals and digits only; a number with a sign inside keeps it
    start: int  # where it stands in the text
    end: int
    clause: int
    is_capitalized: bool


class Text(NamedTuple):
    clean: str
    words: list[Word]
    questions: frozenset[int]  # the clauses that end in a question mark


def readable(text: str) -> str:
    """The text on one line, without what nobody typed: controls, marks of direction, half characters."""
    text = text[:LONGEST_TEXT].translate(_ACCENTS_AS_APOSTROPHES)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    return sanitized(text)


def plain(word: str) -> str:
    """Capitals and digits of a word, other alphabets and accents as A to Z."""
    if not word.isascii():
        word = anyascii(word)
    word = word.upper()
    return word if word.isalnum() else "".join(filter(str.isalnum, word))


def first_word(text: str) -> str:
    """The word a text begins with, as keywords are written; "" if there is none."""
    found = WORD.search(text[:LONGEST_TEXT])
    return plain(found.group()) if found else ""


def normal_keyword(text: str) -> str:
    """How keywords are stored and compared: capitals and digits only, whatever the case, accents or signs."""
    return "".join(plain(found) for found in WORD.findall(readable(text)))


def in_words(lines: Sequence[str]) -> Text:
    """The words of readable lines with the clauses they stand in; no more than the first eighty."""
    clean = " ".join(lines)
    words: list[Word] = []
    questions: set[int] = set()
    clause, is_open, line_end, rest = 0, False, len(lines[0]), iter(lines[1:])
    for found in _PIECE.finditer(clean):
        piece = found.group()
        while found.start() > line_end:
            line_end += 1 + len(next(rest))
            clause, is_open = clause + is_open, False
        if not piece[0].isalnum():
            if is_open and ("?" in piece or "؟" in piece):
                questions.add(clause)
            clause, is_open = clause + is_open, False
            continue
        is_compound = piece[0].isdigit() and not piece.isalnum()
        if compared := anyascii(piece).replace(" ", "") if is_compound else plain(piece):
            words.append(Word(compared, found.start(), found.end(), clause, piece.istitle()))
            is_open = True
            if len(words) == MOST_WORDS:
                break
    return Text(clean, words, frozenset(questions))


def undrawn(word: str) -> tuple[str, str] | None:
    """A word that was drawn out (heeere, thaaanks) with the letter once and twice; None for another."""
    if not _DRAWN_OUT.search(word):
        return None
    return _DRAWN_OUT.sub(r"\1", word), _DRAWN_OUT.sub(r"\1\1", word)
