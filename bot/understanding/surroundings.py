"""What stands around that which was understood: does it turn it around, or may it stay unknown?"""

from collections.abc import Collection

from bot.understanding.reading import Reading, Span

LEAST_WORDS = 3  # of what is taken from a text of which something stays unknown
MOST_BEFORE = 3  # words that nobody foresaw, in the clauses before an order
MOST_WORDS = 30  # of a text in which something may stay unknown


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


def stands_last(reading: Reading, span: Span) -> bool:
    """A last clause that is all understood; what was said before it neither asks nor turns it around."""
    clauses, denying = reading.clauses_left_over, reading.grammar.denying
    is_last = reading.clause(span) == reading.pieces[-1].clause
    is_whole = span.start > 0 and reading.pieces[span.start - 1].clause != reading.clause(span)
    if not (is_last and is_whole) or reading.clause(span) in clauses or len(reading.left_over) > MOST_BEFORE:
        return False
    if not clauses.isdisjoint(reading.text.questions):
        return False
    return not any(piece.clause in clauses and piece.plain in denying for piece in reading.pieces)


def is_called_out(reading: Reading, span: Span) -> bool:
    """ "STOP!! I am at a funeral": one word in capitals, and why."""
    first, is_one = reading.pieces[span.start], span.start == 0 and span.end == 1 < len(reading.pieces)
    if not is_one or reading.pieces[1].clause == first.clause or reading.text.questions:
        return False
    return reading.text.clean[first.start : first.end].isupper()
