"""A text as it is compared: words in capitals without accents, cut at its punctuation. Knows no words."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from anyascii import anyascii

from bot.sanitizing import FIRST_MARK, JOINERS, sanitized

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

    @property
    def trails_off(self) -> bool:
        return ".." in self.clean or "…" in self.clean


def readable(text: str) -> str:
    """The text on one line, without what nobody typed: controls, marks of direction, half characters."""
    text = text[:LONGEST_TEXT]
    if "`" in text or not text.isascii():
        text = text.translate(_ACCENTS_AS_APOSTROPHES)
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
    text = text[:LONGEST_TEXT]
    found = WORD.search(_marks_as_letters(text))
    return plain(text[found.start() : found.end()]) if found else ""


def normal_keyword(text: str) -> str:
    """How keywords are stored and compared: capitals and digits only, whatever the case, accents or signs."""
    text = readable(text)
    words = WORD.finditer(_marks_as_letters(text))
    return "".join(plain(text[found.start() : found.end()]) for found in words)


def in_words(lines: Sequence[str]) -> Text:
    """The words of readable lines with the clauses they stand in; no more than the first eighty."""
    clean = " ".join(lines)
    words: list[Word] = []
    questions: set[int] = set()
    clause, is_open, line_end, rest = 0, False, len(lines[0]), iter(lines[1:])
    for found in _PIECE.finditer(_marks_as_letters(clean)):
        start, end = found.span()
        piece = clean[start:end]
        while start > line_end:
            line_end += 1 + len(next(rest))
            clause, is_open = clause + is_open, False
        if not piece[0].isalnum():
            if is_open and ("?" in piece or "؟" in piece):
                questions.add(clause)
            clause, is_open = clause + is_open, False
            continue
        compared = piece.upper() if piece.isascii() and piece.isalnum() else _compared(piece)
        if compared:
            words.append(Word(compared, start, end, clause, piece.istitle()))
            is_open = True
            if len(words) == MOST_WORDS:
                break
    return Text(clean, words, frozenset(questions))


def _marks_as_letters(text: str) -> str:
    """The text with a letter for each mark that stands on one: in many alphabets marks are the vowels.

    Of the same length, and only for finding where words end.
    """
    if text.isascii() or max(text) < FIRST_MARK:
        return text
    found, is_letter = [], False
    for letter in text:
        is_mark = is_letter and (letter in JOINERS or unicodedata.category(letter)[0] == "M")
        found.append("a" if is_mark else letter)
        is_letter = is_mark or letter.isalpha()
    return "".join(found)


def _compared(piece: str) -> str:
    return anyascii(piece).replace(" ", "") if piece[0].isdigit() and not piece.isalnum() else plain(piece)


def undrawn(word: str) -> tuple[str, str] | None:
    """A word that was drawn out (heeere, thaaanks) with the letter once and twice; None for another."""
    if not _DRAWN_OUT.search(word):
        return None
    return _DRAWN_OUT.sub(r"\1", word), _DRAWN_OUT.sub(r"\1\1", word)
