"""A text as a row of what its words mean: the cover with the fewest words left over, clause by clause."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.meanings import CARRIERS_WORDS
from bot.understanding.automaton import ANY, KEYWORD, NAME, NUMBER, RATED, SKIP, Signature
from bot.understanding.grammar import Grammar
from bot.understanding.normalizing import WORD, Text, Word, plain, undrawn
from bot.understanding.rules import MARKS, WORD_COST, Rule

LONGEST_SPAN = 24  # words of one pattern
LONGEST_SIGNATURE = 2  # words of a name behind a text
ELIDED, VOWELS = frozenset("CDJLMNST"), frozenset("AEIOUYH")
LEFT_OVER, SKIPPED = 100, 6  # what a word costs that means nothing; that may stand anywhere

_A_NUMBER = frozenset({ANY, NUMBER})
_A_RATING = frozenset({ANY, RATED})
_A_NAME = frozenset({ANY, NAME})
_ANYTHING = frozenset({ANY})
_NO_CLAUSES: frozenset[int] = frozenset()
_THE_KEYWORD = frozenset({KEYWORD})
_TIMES = re.compile(r"X(\d{1,2})")
_GLUED = re.compile(r"(\d{1,4})([A-Z]+)")
_RANGE = re.compile(r"(\d{1,3})-(\d{1,3})")
_OF_FIVE = re.compile(r"[1-5]/5|(?:[6-9]|10)/10")


class Piece(NamedTuple):
    """A word, or the keyword, as the patterns see it."""

    plain: str
    signature: Signature
    start: int
    end: int
    clause: int


class Span(NamedTuple):
    """Pieces that together match a rule."""

    start: int
    end: int
    rule: Rule


@dataclass
class Reading:
    text: Text
    pieces: list[Piece]
    spans: list[Span]  # the cover, in the order of the text
    left_over: list[int]  # the pieces that mean nothing
    all_spans: list[tuple[int, int, Sequence[int]]]
    rules: Sequence[Rule]
    written: list[tuple[int, int, Sequence[int]]]  # the cover, with every rule that fits each of its spans
    grammar: Grammar
    clauses_left_over: frozenset[int]
    marks: list[Span] | None = None  # found where they are asked for; see unmeant.py

    def clause(self, span: Span) -> int:
        return self.pieces[span.start].clause

    def kinds_meant(self) -> frozenset[str]:
        """What the text means in one place or another, without what is rather a reason for it."""
        rules = [span.rule for span in self.spans]
        return frozenset(rule.kind for rule in rules if not (rule.is_beside or rule.backs))

    def words(self, span: Span) -> list[str]:
        return [piece.plain for piece in self.pieces[span.start : span.end]]


def pieces_of(words: Sequence[Word], keyword: tuple[int, int] | None, grammar: Grammar) -> list[Piece]:
    """The words as the patterns see them; those from `keyword[0]` to `keyword[1]` are the keyword."""
    pieces: list[Piece] = []
    for place, word in enumerate(words):
        if keyword and keyword[0] <= place < keyword[1]:
            if place == keyword[0]:
                end = words[keyword[1] - 1].end
                pieces.append(Piece("", _THE_KEYWORD, word.start, end, word.clause))
            continue
        following = words[place + 1].plain if place + 1 < len(words) else ""
        between = _RANGE.fullmatch(word.plain) if following in grammar.units else None
        if between:  # 15-20 min
            pieces += [Piece(number, _A_NUMBER, *word[1:4]) for number in between.groups()]
        else:
            pieces += _pieces(word, grammar)
    return pieces


def _pieces(word: Word, grammar: Grammar) -> list[Piece]:
    compared, start, end, clause, _ = word
    signature = grammar.automaton.signature(compared)
    if signature is not None:
        if compared.isdigit():
            signature |= _A_NUMBER
        elif signature == _ANYTHING and word.is_capitalized:
            signature = _A_NAME  # Ben is French for "well", and a name
        elif word.is_capitalized and compared in grammar.first_names:
            signature |= _A_NAME
        return [Piece(compared, signature, start, end, clause)]
    if compared.isdigit():
        return [Piece(compared, _A_NUMBER, start, end, clause)]
    if compared.isalpha():
        return _elided(word, grammar) or [_unknown(compared, word, grammar)]
    if times := _TIMES.fullmatch(compared):
        cross = grammar.automaton.signature("X") or _ANYTHING
        return [Piece("X", cross, start, end, clause), Piece(times[1], _A_NUMBER, start, end, clause)]
    if (glued := _GLUED.fullmatch(compared)) and glued[2] in grammar.units:
        unit = grammar.automaton.signature(glued[2]) or _ANYTHING
        number = grammar.automaton.signature(glued[1]) or _ANYTHING
        return [Piece(glued[1], number | _A_NUMBER, *word[1:4]), Piece(glued[2], unit, *word[1:4])]
    return [Piece(compared, _A_RATING if _OF_FIVE.fullmatch(compared) else _ANYTHING, start, end, clause)]


def _elided(word: Word, grammar: Grammar) -> list[Piece]:
    """French runs words together (m'envoyez, jpeux), with an apostrophe or without."""
    first, rest = word.plain[0], word.plain[1:]
    if (
        first not in ELIDED
        or (rest[:1] not in VOWELS and first != "J")
        or len(rest) < (2 if first == "J" else 3)
        or "fr" not in grammar.languages_of.get(rest, ())
        or (word.is_capitalized and word.plain in grammar.first_names)
    ):
        return []
    steps = [grammar.automaton.signature(plain) or _ANYTHING for plain in (first, rest)]
    start, end, clause = word[1:4]
    return [Piece(first, steps[0], start, end, clause), Piece(rest, steps[1], start, end, clause)]


def _unknown(compared: str, word: Word, grammar: Grammar) -> Piece:
    for shorter in undrawn(compared) or ():
        if (signature := grammar.automaton.signature(shorter)) is not None:
            return Piece(shorter, signature, word.start, word.end, word.clause)
    return Piece(compared, _A_NAME, word.start, word.end, word.clause)


def read(text: Text, pieces: list[Piece], grammar: Grammar, language: str | None) -> Reading:
    """The best cover of `pieces`; where two languages read the same words, the given one, else the text's."""
    ends = _clause_ends(pieces)
    signatures = [piece.signature for piece in pieces]
    spans = [
        (start, end, rules)
        for start in range(len(pieces))
        for end, rules in grammar.automaton.spans(signatures, start, min(ends[start], start + LONGEST_SPAN))
    ]
    chosen, left_over = _cover(signatures, spans, grammar.costs)
    courteous = {end for _, end, rules in chosen if left_over and _is_courtesy(rules, grammar)}
    left_over = _unsigned(text, pieces, left_over, courteous)
    is_open = any(len(rules) > 1 for _, _, rules in chosen)
    preferred = language or (language_of(pieces, grammar) if is_open else None)
    found = [
        Span(start, end, _preferred(_possible(rules, grammar, len(pieces)), grammar.rules, preferred))
        for start, end, rules in chosen
    ]
    for span in [span for span in found if language and _is_foreign(span, pieces, language, grammar)]:
        found.remove(span)
        left_over += range(span.start, span.end)
    clauses = frozenset(pieces[place].clause for place in left_over) if left_over else _NO_CLAUSES
    return Reading(text, pieces, found, left_over, spans, grammar.rules, chosen, grammar, clauses)


def _unsigned(
    text: Text, pieces: Sequence[Piece], left_over: list[int], courteous: Collection[int]
) -> list[int]:
    """Without a name at the end, in a clause of its own or behind a courtesy: "Sign me up please. Marta"."""
    first = len(pieces)
    while first - 1 in left_over and len(pieces) - first < LONGEST_SIGNATURE + 1:
        first -= 1
    signed = range(first, len(pieces))
    if not 0 < len(signed) <= LONGEST_SIGNATURE:
        return left_over
    is_apart = first > 0 and (first in courteous or pieces[first - 1].clause != pieces[first].clause)
    is_signed = all(
        NAME in pieces[place].signature and text.clean[pieces[place].start].isupper() for place in signed
    )
    return [place for place in left_over if place < first] if is_apart and is_signed else left_over


def _is_courtesy(rules: Sequence[int], grammar: Grammar) -> bool:
    return any(grammar.rules[rule].kind in ("thanks", "please") for rule in rules)


def written_in(reading: Reading, grammar: Grammar, name: str | None) -> str | None:
    """The language that the text is clearly in; its name, numbers and words of ours say nothing of that."""
    of_name = {plain(word) for word in WORD.findall(name)} if name else ()
    telling = {
        place: piece
        for place, piece in enumerate(reading.pieces)
        if piece.plain.isalpha() and piece.plain not in of_name and not _is_silent(piece, grammar)
    }
    if not telling:
        return None
    if (most := language_of(telling.values(), grammar)) is not None:
        return most
    languages = {
        reading.rules[rule].language
        for start, end, rules in reading.written
        if any(place in telling for place in range(start, end))
        for rule in rules
    } - {None}
    return languages.pop() if len(languages) == 1 else None


def _is_silent(piece: Piece, grammar: Grammar) -> bool:
    word = piece.plain
    is_ours = word in grammar.commands or word in CARRIERS_WORDS or word == "WHERE"
    return is_ours or NAME in piece.signature


def _is_foreign(span: Span, pieces: Sequence[Piece], language: str, grammar: Grammar) -> bool:
    """Understood in another language only, of words that are words of the person's own (hier)."""
    words = (piece.plain for piece in pieces[span.start : span.end])
    return span.rule.language not in (None, language) and all(
        language in grammar.languages_of.get(word, ()) for word in words
    )


def _clause_ends(pieces: Sequence[Piece]) -> list[int]:
    ends, end = [len(pieces)] * len(pieces), len(pieces)
    if not pieces or pieces[0].clause == pieces[-1].clause:
        return ends
    for place in range(len(pieces) - 1, -1, -1):
        if place + 1 < len(pieces) and pieces[place + 1].clause != pieces[place].clause:
            end = place + 1
        ends[place] = end
    return ends


def _cover(
    signatures: Sequence[Signature],
    spans: Sequence[tuple[int, int, Sequence[int]]],
    costs_of: Mapping[Sequence[int], tuple[int, int]],
) -> tuple[list[tuple[int, int, Sequence[int]]], list[int]]:
    count = len(signatures)
    costs = [0] + [1_000_000] * count
    came: list[tuple[int, int, Sequence[int]] | None] = [None] * (count + 1)
    at = 0
    for place in range(count):
        alone = costs[place] + (SKIPPED if SKIP in signatures[place] else LEFT_OVER)
        if alone < costs[place + 1]:
            costs[place + 1], came[place + 1] = alone, None
        while at < len(spans) and spans[at][0] == place:
            span = spans[at]
            at += 1
            long, short = costs_of[span[2]]
            short += WORD_COST * (span[1] - place)
            cost = costs[place] + (long if long < short else short)
            if cost < costs[span[1]]:
                costs[span[1]], came[span[1]] = cost, span
    chosen, left_over, place = [], [], count
    while place:
        span_to = came[place]
        if span_to is None:
            place -= 1
            if SKIP not in signatures[place]:
                left_over.append(place)
        else:
            chosen.append(span_to)
            place = span_to[0]
    return chosen[::-1], left_over[::-1]


def _possible(candidates: Sequence[int], grammar: Grammar, count: int) -> Sequence[int]:
    """YES opts in alone; in a longer text it is a yes."""
    if count == 1:
        return candidates
    return [rule for rule in candidates if grammar.rules[rule].kind != "opt_in"] or candidates


def _preferred(candidates: Sequence[int], rules: Sequence[Rule], language: str | None) -> Rule:
    """Of several rules for the same words one that says which words, with a meaning, in that language."""
    if len(candidates) == 1:
        return rules[candidates[0]]

    def order(rule: Rule) -> tuple[int | bool, ...]:
        is_foreign = rule.language not in (None, language)
        is_wide, is_shared = rule.kind in MARKS or "words" in rule.slots, rule.language is None
        is_doubtful = (rule.ask, rule.backed, not rule.backs, not rule.order)
        return is_wide, rule.is_beside, is_foreign, is_shared, rule.rank, *is_doubtful, rule.whole

    return min((rules[rule] for rule in candidates), key=order)


def language_of(pieces: Collection[Piece], grammar: Grammar) -> str | None:
    """The one language to which most of the words belong; None where none does or two do alike."""
    counts: dict[str, int] = {}
    commands, languages_of = grammar.commands, grammar.languages_of
    for piece in pieces:
        word = piece.plain
        if word not in commands and word in languages_of:
            for language in languages_of[word]:
                counts[language] = counts.get(language, 0) + 1
    best = max(counts.values(), default=0)
    leading = [language for language, count in counts.items() if count == best]
    return leading[0] if len(leading) == 1 else None
