"""What stands around that which was understood: does it turn it around, or may it stay unknown?"""

import re
from collections.abc import Collection

from bot.meanings import Meaning
from bot.understanding.automaton import NAME
from bot.understanding.reading import Reading, Span

LEAST_WORDS = 3  # of what is taken from a text of which something stays unknown
MOST_BEFORE = 3  # words that nobody foresaw, in the clauses before an order
# These go together: "no longer interested, don't text me again".
GOING = frozenset({Meaning.LEAVE, Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE})
MOST_WORDS = 30  # of a text in which something may stay unknown
COURTESY = frozenset({"please", "thanks"})
QUOTES = frozenset('"“”„«»‘‹')
ENDS_A_SENTENCE = re.compile(r"[\s.!…]*[.!][\s.!]*")
# What may stand around an idiom that is only sometimes an order: "never mind, thanks".
BEFORE_IDIOMS = frozenset({"please", "link", "thanks", "greeting", "no", "about", *GOING})
BESIDE_AN_OBJECT = frozenset({"about", "filler", "named"})  # "cancel for my wife"
BESIDE_IDIOMS = BEFORE_IDIOMS | {"reason"}


def is_behind(reading: Reading, start: int, words: Collection[str]) -> bool:
    """Behind one of these among words that are not understood: "not", "if", "she wants to"."""
    if not start or reading.pieces[start - 1].plain not in words:
        return False
    before = next((span for span in reading.spans if span.end == start), None)
    return before is None or "words" in before.rule.slots


def stands_free(reading: Reading, span: Span) -> bool:
    """It names the place in the line, begins a sentence, and no word beside it turns it around."""
    grammar, clause = reading.grammar, reading.clause(span)
    if len(reading.pieces) > MOST_WORDS or clause in reading.text.questions:
        return False
    if span.end - span.start < LEAST_WORDS or grammar.counter.isdisjoint(reading.words(span)):
        return False
    for place in reading.left_over:
        turning = grammar.turning if place < span.start else grammar.denying
        if reading.pieces[place].clause == clause and reading.pieces[place].plain in turning:
            return False
    return span.start - 1 not in reading.left_over or reading.pieces[span.start].plain in grammar.opening


def is_last_clause(reading: Reading, span: Span) -> bool:
    """A last clause, all understood, behind few words that neither ask nor deny."""
    clauses, denying = reading.clauses_left_over, reading.grammar.denying
    is_last = reading.clause(span) == reading.pieces[-1].clause
    is_whole = span.start > 0 and reading.pieces[span.start - 1].clause != reading.clause(span)
    if not (is_last and is_whole) or reading.clause(span) in clauses or len(reading.left_over) > MOST_BEFORE:
        return False
    if not clauses.isdisjoint(reading.text.questions):
        return False
    return not any(piece.clause in clauses and piece.plain in denying for piece in reading.pieces)


def stands_last(reading: Reading, span: Span) -> bool:
    """A last clause that is a sentence of its own, said by nobody else, and asks for no permission."""
    grammar = reading.grammar
    if not is_last_clause(reading, span) or not grammar.permission.isdisjoint(reading.words(span)):
        return False
    return ENDS_A_SENTENCE.fullmatch(_gap(reading, span)) is not None


def is_about_another(reading: Reading, span: Span) -> bool:
    """Said by somebody else ("Bob wrote: remove me"), not for ever ("until 5"), or of a thing ("of rain")."""
    grammar, clause = reading.grammar, reading.clause(span)
    if span.start > 0 and any(sign == ":" or sign in QUOTES for sign in _gap(reading, span)):
        return True
    if any(piece.plain in grammar.reporting for piece in reading.pieces[: span.start]):
        return True
    if any(piece.clause == clause and piece.plain in grammar.limits for piece in reading.pieces[span.end :]):
        return span.rule.kind != Meaning.LEAVE
    return any(named.rule.kind == "named" and named.start == span.end for named in reading.spans)


def is_another_place(reading: Reading, span: Span) -> bool:
    """ "Cancel my wife's place", "take Bob off the list": but "me and my wife" are the sender's own."""
    grammar, clause = reading.grammar, reading.clause(span)
    if span.rule.kind != Meaning.LEAVE or not grammar.oneself.isdisjoint(reading.words(span)):
        return False
    beside = {other.start: other.end for other in reading.spans if other.rule.kind in BESIDE_AN_OBJECT}
    end = span.end
    while end < len(reading.pieces) and (end in reading.left_over or end in beside):
        end = beside.get(end, end + 1)
    said = [piece for piece in reading.pieces[span.start : end] if piece.clause == clause]
    if not grammar.relatives.isdisjoint(piece.plain for piece in said):
        return True
    named = reading.pieces[span.start : span.end] if "name" in span.rule.slots else []
    if span.start - 1 in reading.left_over:
        named = [*named, reading.pieces[span.start - 1]]
    return any(
        NAME in piece.signature
        and piece.clause == clause
        and reading.text.clean[piece.start].isupper()
        and not grammar.knows(piece.plain)
        for piece in named
    )


def _gap(reading: Reading, span: Span) -> str:
    before = reading.pieces[span.start - 1].end if span.start else 0
    return reading.text.clean[before : reading.pieces[span.start].start]


def is_only_an_idiom(reading: Reading, span: Span) -> bool:
    """ "Fixed it. Nevermind": said of whatever stands beside it, so it counts only where nothing does."""
    before = [other for other in reading.spans if other.start < span.start]
    if reading.left_over or any(other.rule.kind not in BEFORE_IDIOMS for other in before):
        return True
    return not all(other.rule.backs or other.rule.kind in BESIDE_IDIOMS for other in reading.spans)


def is_called_out(reading: Reading, span: Span) -> bool:
    """ "STOP!! I am at a funeral": one word in capitals, and something in a clause of its own."""
    first, is_one = reading.pieces[span.start], span.start == 0 and span.end == 1 < len(reading.pieces)
    if not is_one or reading.pieces[1].clause == first.clause or reading.text.questions:
        return False
    return reading.text.clean[first.start : first.end].isupper()


def is_why(reading: Reading, span: Span) -> bool:
    """Whatever stands beside it is understood, and is a reason or a courtesy."""
    others = [other for other in reading.spans if other != span]
    return not reading.left_over and all(other.rule.backs or other.rule.kind in COURTESY for other in others)
