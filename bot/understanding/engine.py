"""`understand(text, keywords, language) -> Intent`. Pure: no database, no clock, bounded work.

What to do about a meaning is decided in conversation.py.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bot.meanings import CARRIERS_WORDS, DECISIVE, Meaning
from bot.spelling import distance, nearest
from bot.understanding.correcting import corrected
from bot.understanding.deciding import (
    HARMLESS,
    MOST_SUGGESTIONS,
    SUGGESTED,
    asked,
    decide,
    meanings,
    suggestions,
)
from bot.understanding.grammar import Grammar, grammar
from bot.understanding.half_understood import half_understood
from bot.understanding.intent import Intent
from bot.understanding.keywords import about_keyword, find_keyword
from bot.understanding.lines import is_reaction, lines_of
from bot.understanding.normalizing import in_words
from bot.understanding.reading import Reading, pieces_of, read, written_in
from bot.understanding.signs import of_signs
from bot.understanding.unmeant import is_refusal

# A first line that is one of these is the whole of what is meant.
FIRST_LINE_DECIDES = frozenset(Meaning) - {
    Meaning.JOIN,
    Meaning.THANKS,
    Meaning.CHAT,
    Meaning.NEAR_MISS,
    Meaning.NOTHING,
    Meaning.UNKNOWN,
}
SUGGESTED_ALONE = ("STATUS", "LEAVE", "LATER", "AGAIN")  # a slip away, and never what can't be taken back


def understand(text: str, keywords: Collection[str], language: str | None = None) -> Intent:
    """What `text` means at a number whose queues have these keywords (as `normal_keyword` writes them).

    `language` is the person's, and decides a word that means two things. Always answers; reads no more than
    the first 1,600 characters.
    """
    carriers = CARRIERS_WORDS.get(text.strip().upper()) if len(text) < 100 else None
    if carriers is not None:
        return Intent(carriers, exact=True, answer=True if text.strip().upper() == "YES" else None)
    words = grammar()
    lines = lines_of(text, words)
    if len(lines) <= 1:
        return _one(lines, keywords, language, words)
    first = _one(lines[:1], keywords, language, words)
    if first.meaning in FIRST_LINE_DECIDES:
        return first
    whole = _one(lines, keywords, language, words)
    is_answer = first.answer is not None and whole.meaning in (Meaning.CHAT, Meaning.UNKNOWN)
    return first if is_answer else whole


def first_clause(text: str) -> tuple[str, str]:
    """The first clause of a text, and the rest: "Yes,", "I'm leaving"."""
    clauses = in_words(lines_of(text, grammar()))
    rest = next((word.start for word in clauses.words if word.clause), len(clauses.clean))
    return clauses.clean[:rest], clauses.clean[rest:]


def _one(lines: Sequence[str], keywords: Collection[str], language: str | None, words: Grammar) -> Intent:
    text = in_words(lines)
    if (meaning := of_signs(text)) is not None:
        return Intent(meaning)
    if is_reaction(text, words):
        return Intent(Meaning.THANKS)
    mention = find_keyword(text.words, keywords)
    place = (mention.start, mention.end) if mention else None
    reading = read(text, pieces_of(text.words, place, words), words, language)
    if mention:
        intent = about_keyword(reading, mention, words)
    else:
        intent = _without_keyword(reading, keywords, language, words)
        if intent.answer is None and is_refusal(reading):
            intent = replace(intent, answer=False)
    return intent.in_language(written_in(reading, words, intent.name))


def _without_keyword(
    reading: Reading, keywords: Collection[str], language: str | None, words: Grammar
) -> Intent:
    intent = decide(reading, words)
    if intent is not None and intent.meaning != Meaning.CHAT and not intent.name:
        return _unless_ambiguous(intent, reading, language)
    if missed := _near_keyword(reading, keywords, words):
        return missed
    if intent is not None:
        if intent.meaning != Meaning.CHAT:
            return intent
        return half_understood(reading, words) or intent
    return (
        _corrected(reading, language, words)
        or half_understood(reading, words)
        or asked(reading)
        or _near_command(reading)
        or _rest(reading, words)
    )


def _unless_ambiguous(intent: Intent, reading: Reading, language: str | None) -> Intent:
    """One word that another language understands otherwise is asked about, where it can't be taken back."""
    if intent.meaning not in DECISIVE or language or len(reading.pieces) > 2:
        return intent
    counted, _ = meanings(reading)
    chosen = counted[0].rule
    rivals = {
        reading.rules[rule].kind
        for start, end, candidates in reading.all_spans
        if (start, end) == counted[0][:2]
        for rule in candidates
        if reading.rules[rule].language not in (None, chosen.language)
    }
    if chosen.language is None or rivals <= {chosen.kind}:
        return intent
    return Intent(Meaning.NEAR_MISS, suggestions=suggestions(counted, None))


def _near_keyword(reading: Reading, keywords: Collection[str], words: Grammar) -> Intent | None:
    """A keyword with a slip of the finger in it, behind words that lead to one or a word of ours."""
    begin, command = 0, ""
    for span in reading.spans:
        if span.start != begin or not (span.rule.is_beside or span.rule.kind in SUGGESTED):
            break
        if span.rule.kind in (Meaning.STATUS, Meaning.LEAVE):
            command = SUGGESTED[Meaning(span.rule.kind)] + " "
        begin = span.end
        if "name" in span.rule.slots:
            begin = span.start + 1
            break
    said = [piece.plain for piece in reading.pieces[begin:]]
    while said and said[0] in words.before_keywords:
        said = said[1:]
    return _suggest(command + keyword for keyword in nearest(said, keywords)) if said else None


def _corrected(reading: Reading, language: str | None, words: Grammar) -> Intent | None:
    """The text without its slips: understood for what harms nobody, else asked about."""
    pieces = corrected(reading.pieces, words)
    if pieces is None:
        return None
    again = read(reading.text, pieces, words, language)
    intent = decide(again, words)
    if intent is None or intent.meaning in HARMLESS:
        return intent
    return _suggest([SUGGESTED[intent.meaning]] if intent.meaning in SUGGESTED else [])


def _near_command(reading: Reading) -> Intent | None:
    said = [piece.plain for piece in reading.pieces]
    if len(said) != 1:
        return None
    return _suggest(word for word in SUGGESTED_ALONE if distance(said[0], word, 1) <= 1)


def _suggest(words: Iterable[str]) -> Intent | None:
    found = tuple(words)[:MOST_SUGGESTIONS]
    return Intent(Meaning.NEAR_MISS, suggestions=found) if found else None


def _rest(reading: Reading, words: Grammar) -> Intent:
    """Conversation, where some of it is words; else we don't know."""
    known = [
        piece
        for piece in reading.pieces
        if piece.plain.isalpha() and piece.plain not in words.commands and words.knows(piece.plain)
    ]
    return Intent(Meaning.CHAT if known else Meaning.UNKNOWN)
