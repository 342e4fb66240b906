"""An order that is no order: a question by its word order, somebody else's, taken back, or not for now.

The files of words mark these (see MARKS), whatever else the same words are read as.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bot.meanings import Meaning
from bot.understanding.reading import Reading, Span
from bot.understanding.rules import MARKS

LEAVING = frozenset({Meaning.LEAVE, Meaning.OPT_OUT_AND_LEAVE})
LEADING = frozenset({"please", "link", "filler", "greeting", "thanks"})  # what may stand before a question
AROUND_REFUSALS = LEADING | {"no", "refusing", "waiting"}

# A few words behind an order to leave that is asked about can look like one of these: "and come back".
BESIDE_LEAVING = frozenset(
    {
        *(Meaning.HERE, Meaning.COMING, Meaning.LATER, Meaning.MINUTES, Meaning.WHEN, Meaning.STATUS),
        *(Meaning.NUMBER, Meaning.MENU),
    }
)
BESIDE_GOING = BESIDE_LEAVING - {Meaning.LATER}  # who "will be gone for a moment" may be late


def is_unmeant(reading: Reading, span: Span) -> bool:
    """ "Can I cancel", "my boss says cancel", "cancel my spot just kidding"."""
    return _is_denied(reading, span) or _is_marked(reading, span, _marks(reading))


def is_kept_back(reading: Reading, span: Span) -> bool:
    """An order to leave that a mark makes one to ask about: nothing else is taken from such a text."""
    if span.rule.kind != Meaning.LEAVE:
        return False
    return _is_marked(reading, span, [mark for mark in _marks(reading) if _is_of_leaving(mark)])


def leftover_kinds(reading: Reading, unclear: Iterable[Span]) -> frozenset[Meaning]:
    """What is not taken from a text beside orders to leave that are kept back, if there are any."""
    kept_back = [span for span in unclear if is_kept_back(reading, span)]
    if not kept_back:
        return frozenset()
    return BESIDE_LEAVING if any(span.rule.order for span in kept_back) else BESIDE_GOING


def _is_of_leaving(mark: Span) -> bool:
    return mark.rule.leaving or mark.rule.kind == "put_off"


def _is_marked(reading: Reading, span: Span, marks: Sequence[Span]) -> bool:
    if span.rule.kind != Meaning.LEAVE:  # who wants no texts has none, whatever else is said
        marks = [mark for mark in marks if not _is_of_leaving(mark)]
    return bool(marks) and (
        _is_asked(reading, span, [mark for mark in marks if mark.rule.kind == "asking"])
        or any(mark.rule.kind == "reported" and _is_told(reading, mark, span) for mark in marks)
        or any(mark.rule.kind == "taken_back" and _is_behind(reading, mark, span) for mark in marks)
        or any(mark.rule.kind == "put_off" and _is_for_then(reading, mark, span) for mark in marks)
    )


def _is_denied(reading: Reading, span: Span) -> bool:
    """ "Je peux pas (encore) | partir", "ich kann nicht | gehen": who can't leave does not.

    Each half by itself would leave ("je peux pas": I can't come), so it is seen by its two halves: the first
    ends with a no, and the second is one word.
    """
    leaving = [other for other in reading.spans if other.rule.kind == Meaning.LEAVE and not other.rule.order]
    for first, second in pairwise(leaving):
        is_pair = span in (first, second) and reading.clause(first) == reading.clause(second)
        if (
            is_pair
            and second.end - second.start == 1
            and reading.words(first)[-1] in reading.grammar.negations
        ):
            return True
    return False


def is_mistaken(reading: Reading) -> bool:
    """ "CET236 wrong place": somebody stands where they did not mean to, or not today."""
    mistaken = [mark for mark in _marks(reading) if mark.rule.kind == "mistaken"]
    return any(
        _is_at_end(reading, mark) and (not mark.rule.alone or _begins(reading, mark)) for mark in mistaken
    )


def is_refusal(reading: Reading) -> bool:
    """ "No, never mind": nothing but a refusal and courtesies."""
    refusals = [mark for mark in _marks(reading) if mark.rule.kind == "refusing"]
    reached = {0}
    for start, end, rules in reading.all_spans if refusals else ():
        if start in reached and any(reading.rules[rule].kind in AROUND_REFUSALS for rule in rules):
            reached.add(end)
    return len(reading.pieces) in reached


def _marks(reading: Reading) -> list[Span]:
    if reading.marks is None:
        rules = reading.rules
        reading.marks = [
            Span(start, end, rules[rule])
            for start, end, candidates in reading.all_spans
            for rule in candidates
            if rules[rule].kind in MARKS
        ]
    return reading.marks


def _is_at_end(reading: Reading, mark: Span) -> bool:
    """With `whole`, a mark counts only where its clause ends."""
    pieces = reading.pieces
    is_last = mark.end == len(pieces) or pieces[mark.end].clause != reading.clause(mark)
    return is_last or not mark.rule.whole


def _is_behind(reading: Reading, mark: Span, span: Span) -> bool:
    """With `order`, right behind it; with `alone`, in a clause of its own before it, too."""
    if mark.rule.order:
        return _follows(mark, span) and (_is_at_end(reading, mark) or not mark.rule.leaving)
    is_before = mark.rule.alone and mark.end <= span.start and _begins(reading, mark)
    is_behind = mark.start >= span.end or (span.rule.kind == Meaning.LEAVE and _follows(mark, span))
    return (is_before or is_behind) and _is_at_end(reading, mark)


def _follows(mark: Span, span: Span) -> bool:
    """The order may have taken its first word: "off the list in"."""
    return mark.start in (span.end - 1, span.end) and mark.end > span.end


def _is_for_then(reading: Reading, mark: Span, span: Span) -> bool:
    """ "Cancel my spot next week", "on Monday remove me": but "can't come on Monday" leaves."""
    if not reading.grammar.negations.isdisjoint(reading.words(span)):
        return False
    if mark.end == span.start and reading.clause(mark) == reading.clause(span):
        return _begins(reading, mark)
    is_behind = span.start < mark.start <= span.end <= mark.end  # or at its end: "the list soon"
    return is_behind and _is_at_end(reading, mark)


def _is_told(reading: Reading, mark: Span, span: Span) -> bool:
    """Somebody else is said to say it, right before it; with `alone`, whoever a sentence begins with."""
    if not mark.start < span.start <= mark.end or reading.clause(mark) != reading.clause(span):
        return False
    return not mark.rule.alone or _begins(reading, mark)


def _is_asked(reading: Reading, span: Span, marks: Iterable[Span]) -> bool:
    """ "Do I have to leave"; "can I leave", but not "can I leave please" and "can I be taken off".

    Opting out is asked about only where the mark, with `alone`, is all that is said: "je veux pas".
    """
    own = [mark for mark in marks if mark.rule.alone or span.rule.kind in LEAVING]
    own = [mark for mark in own if _is_beside(reading, mark, span)]
    for mark in own:
        is_first = _begins(reading, mark) if mark.start < span.start else _leads(reading, span, mark)
        is_order = any(o.rule.order and o.start <= mark.start and mark.end <= o.end for o in own)
        if is_first and not is_order and not (mark.rule.question and _is_courteous(reading, mark)):
            return True
    return False


def _is_beside(reading: Reading, mark: Span, span: Span) -> bool:
    """In its clause; with `leaving` no longer than it beside unknown words, with `alone` all that is said."""
    if mark.start >= span.end or reading.clause(mark) != reading.clause(span):
        return False
    if mark.rule.leaving and reading.left_over and mark.start == span.start and mark.end > span.end:
        return False
    is_alone = not reading.left_over and all(o == span or o.rule.is_beside for o in reading.spans)
    return _is_at_end(reading, mark) and (is_alone or not mark.rule.alone)


def _leads(reading: Reading, span: Span, mark: Span) -> bool:
    """The order itself begins with it, or with a "so" or a please before it: "no puedo" does not."""
    reached = {span.start}
    for start, end, rules in reading.all_spans:
        if start in reached and any(reading.rules[rule].kind in LEADING for rule in rules):
            reached.add(end)
    said = (piece.plain for piece in reading.pieces[span.start : mark.start])
    return mark.start in reached and reading.grammar.denying.isdisjoint(said)


def _begins(reading: Reading, mark: Span) -> bool:
    """No more than courtesies and the like stand before it in its clause."""
    begin = {other.start: other.end for other in reading.spans if other.rule.is_beside}
    pieces = reading.pieces
    place = next(p for p in range(mark.start + 1) if pieces[p].clause == reading.clause(mark))
    while place < mark.start:
        if place not in begin:
            return False
        place = begin[place]
    return place == mark.start


def _is_courteous(reading: Reading, mark: Span) -> bool:
    """A please in its clause, that is none of its own words."""
    return any(
        reading.rules[rule].kind == "please"
        and (end <= mark.start or start >= mark.end)
        and reading.pieces[start].clause == reading.clause(mark)
        for start, end, rules in reading.all_spans
        for rule in rules
    )
