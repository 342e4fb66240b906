"""What stands around that which was understood: does it turn it around, or may it stay unknown?"""

import re
from collections.abc import Collection, Sequence

from bot.meanings import Meaning
from bot.understanding.automaton import NAME, NUMBER
from bot.understanding.grammar import Grammar
from bot.understanding.reading import Piece, Reading, Span
from bot.understanding.rules import Reasons

LEAST_WORDS = 3  # of what is taken from a text of which something stays unknown
MOST_BEFORE = 3  # words that nobody foresaw, in the clauses before an order
# These go together: "no longer interested, don't text me again".
OPTING_OUT = frozenset({Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE})
GOING = OPTING_OUT | {Meaning.LEAVE}
MOST_WORDS = 30  # of a text in which something may stay unknown
COURTESY = frozenset({"please", "thanks"})
NO_CONDITION = COURTESY | GOING | {"link"}  # "..., when you get a chance", "..., tant pis"
SPEAKERS = frozenset({"I", "WE"})
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


def is_explained(reading: Reading, span: Span) -> bool:
    """An order beside what nobody foresaw, if that reads as a reason: without question, condition or report.

    In one clause with the order, it ends where a sentence begins ("... so please") or begins as one does.
    """
    grammar, pieces, clause = reading.grammar, reading.pieces, reading.clause(span)
    if not span.rule.order or len(pieces) > MOST_WORDS or clause in reading.text.questions:
        return False
    chats = {place for o in reading.spans if o.rule.kind == "chat" for place in range(o.start, o.end)}
    unknown = sorted(chats.union(reading.left_over))
    reasons, questions = grammar.reasons[span.rule.language], reading.text.questions
    turning = reasons.conditions | reasons.causing
    if any(pieces[p].clause in questions or pieces[p].plain in turning for p in unknown):
        return False
    if any(piece.plain in grammar.reporting for piece in pieces) or _asks_leave(reading.words(span), grammar):
        return False
    beside = [place for place in unknown if pieces[place].clause == clause]
    before = [piece.plain for piece in pieces[: span.start] if piece.clause == clause]
    if beside and beside[0] < span.start:
        asks = len(before[0]) > 1 and before[0] in grammar.turning - reasons.explaining  # "a" is an article
        is_told = before[-1] in grammar.turning or asks
        if is_told or len(before) < LEAST_WORDS or not _begins(reading, span, before):
            return False
    return not beside or beside[-1] < span.end or _is_reason(reading, span, reasons)


def is_put_off_at_all(reading: Reading) -> bool:
    """An order to leave that is for later, or not sure: nothing else is taken from such a text."""
    orders = (span for span in reading.spans if span.rule.kind in GOING and span.rule.order)
    return any(is_put_off(reading, span) for span in orders)


def is_put_off(reading: Reading, span: Span) -> bool:
    """ "Cancel my spot when ...", "if it rains please cancel", "maybe cancel": not now, or not surely."""
    pieces, reasons = reading.pieces, reading.grammar.reasons[span.rule.language]
    beside = pieces[max(0, span.start - 2) : span.end + 1]
    if _is_not_yet(reading, span, reasons, beside):
        return True
    if any(piece.plain in reasons.doubting for piece in beside):
        return span.rule.order or span.rule.kind == Meaning.OPT_OUT
    if any(piece.plain in reasons.alternatives for piece in pieces[max(0, span.start - 2) : span.start + 1]):
        return span.rule.order
    polite = {place: other.end for other in reading.spans for place in range(*other[:2]) if _is_polite(other)}
    following = polite.get(span.end, span.end)
    own = reading.clause(span)
    if _is_later(reading, span, following, reasons):
        return True
    said = [p for p in range(span.start) if p not in polite and own - 1 <= pieces[p].clause <= own]
    firsts = [pieces[p] for p in said if p < 2 or pieces[p - 2].clause != pieces[p].clause]
    return any(
        first.plain in reasons.conditions or (first.clause == own and first.plain in reasons.causing)
        for first in firsts
    )


def _is_not_yet(reading: Reading, span: Span, reasons: Reasons, beside: Sequence[Piece]) -> bool:
    """ "Todavía no puedo ir": who can't come yet does not leave."""
    if span.rule.kind != Meaning.LEAVE:
        return False
    is_denied = not reading.grammar.negations.isdisjoint(reading.words(span))
    own = reading.clause(span)
    return is_denied and any(piece.plain in reasons.yet and piece.clause == own for piece in beside)


def _is_later(reading: Reading, span: Span, following: int, reasons: Reasons) -> bool:
    """ "... when", "..., if it rains", "..., tomorrow", "... in an hour", or "in an hour ..."."""
    pieces, own = reading.pieces, reading.clause(span)
    for other in reading.spans:
        is_beside = other.start == following or (other.end == span.start and _begins_clause(reading, other))
        # "in an hour", but not "30 minutes is too long"
        is_delay = other.rule.kind == Meaning.MINUTES and NUMBER not in pieces[other.start].signature
        if is_delay and is_beside and reading.clause(other) == own:
            return True
    if following == len(pieces):
        return False
    first = pieces[following]
    if first.clause == own:
        putting_off = reasons.conditions | reasons.postponing
        # "off the list at 6": the order has taken the "at"
        is_within = following == span.end and pieces[following - 1].plain in putting_off
        return is_within or first.plain in putting_off | reasons.alternatives
    said = [piece for piece in pieces[following:] if piece.clause == first.clause]
    is_time = len(said) == 1 or any(NUMBER in piece.signature for piece in said)
    if any(other.start == following and other.rule.kind in NO_CONDITION for other in reading.spans):
        return False
    return first.plain in (reasons.conditions | (reasons.postponing if is_time else set()))


def _begins_clause(reading: Reading, span: Span) -> bool:
    return not span.start or reading.pieces[span.start - 1].clause != reading.clause(span)


def _is_polite(span: Span) -> bool:
    return span.rule.kind in COURTESY


def _asks_leave(said: Sequence[str], grammar: Grammar) -> bool:
    """ "Can I leave the queue": but not "can you take me off"."""
    return said[0] in grammar.permission and not SPEAKERS.isdisjoint(said[1:2])


def _is_reason(reading: Reading, span: Span, reasons: Reasons) -> bool:
    """What follows it: "cancel my spot I have to ...", "cancel my spot the ...", but not "cancel the ..."."""
    polite = {other.start: other.end for other in reading.spans if _is_polite(other)}
    first = reading.pieces[polite.get(span.end, span.end)].plain
    has_object = not (reading.grammar.counter | reading.grammar.oneself).isdisjoint(reading.words(span))
    return first in reasons.explaining or (has_object and first in reasons.determiners)


def _begins(reading: Reading, span: Span, before: Collection[str]) -> bool:
    """A sentence begins here: "... so cancel my spot", "... cancel my spot please"."""
    if reading.pieces[span.start].plain in reading.grammar.opening:
        return True
    if not reading.grammar.turning.isdisjoint(before):
        return False
    return any(other.start == span.end and _is_polite(other) for other in reading.spans)


def is_something_else(reading: Reading, span: Span) -> bool:
    """Something else is meant beside it; beside an order a clause of its own, or when."""
    kinds = reading.kinds_meant() - (GOING if span.rule.kind in GOING else {span.rule.kind})
    if not kinds or not span.rule.order:
        return bool(kinds)
    said = [other for other in reading.spans if other.rule.kind in kinds and not other.rule.backs]
    return any(
        reading.clause(other) not in reading.clauses_left_over
        or other.rule.kind == Meaning.MINUTES
        or (other.rule.kind == Meaning.LATER and other.end - other.start >= LEAST_WORDS)
        for other in said
    )


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
    beside = [other for other in reading.spans if reading.clause(other) == clause]
    if any(other.rule.kind == "named" and other.start == span.end for other in beside):
        return True
    return is_about_some(reading, span)


def is_about_some(reading: Reading, span: Span) -> bool:
    """ "Remove two of us", "one of us can't come": the others stay."""
    parties = [other for other in reading.spans if other.rule.kind == "party"]
    firsts = [reading.pieces[o.start] for o in parties if o.start == span.end or o.end == span.start]
    return any(
        first.clause == reading.clause(span)
        and (NUMBER in first.signature or first.plain in reading.grammar.numbers)
        for first in firsts
    )


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


def is_apart(reading: Reading, span: Span) -> bool:
    """An order in a clause of its own, first in capitals or last."""
    return span.rule.kind in GOING and (is_last_clause(reading, span) or is_called_out(reading, span))


def begins_with_opting_out(reading: Reading, span: Span) -> bool:
    """ "Don't text me, ...", but not "I have to stop for ..." or "... until it's my turn": asked about."""
    if span.start or span.end - span.start < LEAST_WORDS or span.rule.ask or is_about_another(reading, span):
        return False
    return span.rule.kind in OPTING_OUT and SPEAKERS.isdisjoint(reading.words(span)[:2])


def is_why(reading: Reading, span: Span) -> bool:
    """Whatever stands beside it is understood, and is a reason or a courtesy."""
    others = [other for other in reading.spans if other != span]
    return not reading.left_over and all(other.rule.backs or other.rule.kind in COURTESY for other in others)
