"""From a reading to what is meant. What is done at once to somebody is never guessed.

An order counts where its whole clause is understood, is no question (unless it asks politely), and nothing in
the clause speaks against it. What changes little may be meant in a text that is half understood.
"""

from collections.abc import Collection, Iterable, Sequence

from bot.meanings import DECISIVE, Meaning
from bot.understanding.amounts import minutes_in, number_of, with_ticket
from bot.understanding.grammar import Grammar
from bot.understanding.intent import Intent
from bot.understanding.reading import Reading, Span
from bot.understanding.surroundings import (
    GOING,
    begins_with_opting_out,
    is_about_another,
    is_about_some,
    is_another_place,
    is_apart,
    is_behind,
    is_called_out,
    is_explained,
    is_only_an_idiom,
    is_put_off,
    is_something_else,
    is_why,
    stands_free,
    stands_last,
)
from bot.understanding.unmeant import is_kept_back, is_unmeant, leftover_kinds

MOST_MINUTES = 180
LARGEST_PARTY = 99
LONGEST_NAME = 40
MOST_SUGGESTIONS = 3
# Of several meanings in one text, the first of these.
ORDER = (
    Meaning.FORGET,
    Meaning.OPT_OUT_AND_LEAVE,
    Meaning.OPT_OUT,
    Meaning.LEAVE,
    Meaning.AGAIN,
    Meaning.JOIN,
    Meaning.LANGUAGE,
    Meaning.HERE,
    Meaning.RATING,
    Meaning.LATER,
    Meaning.COMING,
    Meaning.MINUTES,
    Meaning.WHEN,
    Meaning.STATUS,
    Meaning.NUMBER,
    Meaning.MENU,
    Meaning.OPT_IN,
    Meaning.CARRIER_HELP,
)
SUGGESTED = {
    Meaning.JOIN: "JOIN",
    Meaning.STATUS: "STATUS",
    Meaning.LEAVE: "LEAVE",
    Meaning.LATER: "LATER",
    Meaning.HERE: "HERE",
    Meaning.AGAIN: "AGAIN",
    Meaning.OPT_OUT: "STOP",
    Meaning.OPT_OUT_AND_LEAVE: "STOP",
}
ASKED = frozenset({Meaning.STATUS, Meaning.LEAVE, Meaning.LATER, Meaning.OPT_OUT})
NEWS = frozenset({Meaning.HERE, Meaning.COMING})
TOLD = NEWS | {Meaning.MINUTES}
# What a slip of the finger may be understood for: it tells, or is told first.
HARMLESS = frozenset(
    {
        Meaning.STATUS,
        Meaning.WHEN,
        Meaning.LATER,
        Meaning.HERE,
        Meaning.COMING,
        Meaning.MINUTES,
        Meaning.RATING,
        Meaning.THANKS,
        Meaning.MENU,
        Meaning.LANGUAGE,
    }
)


def meanings(reading: Reading) -> tuple[list[Span], list[Span]]:
    """The spans that mean something and count, the weightiest first; and those that were not clear enough."""
    spans = [span for span in reading.spans if not span.rule.is_beside]
    denied = _denied(reading, spans)
    against = denied | {reading.clause(s) for s in reading.spans if s.rule.kind == "chat"}
    going = {reading.clause(span) for span in spans if span.rule.kind in GOING}
    counted: list[Span] = []
    unclear: list[Span] = []
    for span in spans:
        contrary = denied if is_explained(reading, span) else against  # a chat can be the reason
        if reading.clause(span) in contrary:
            continue
        is_clear = _is_clear(reading, span, bool(contrary)) and not _is_going(reading, span, going)
        (counted if is_clear else unclear).append(span)
    if any(span.rule.order and span.rule.kind in GOING for span in unclear):  # "cancel my place in an hour"
        counted = [span for span in counted if span.rule.kind != Meaning.MINUTES]
    leftover = leftover_kinds(reading, unclear)
    counted = [span for span in counted if span.rule.kind not in leftover]
    counted.sort(key=lambda span: ORDER.index(Meaning(span.rule.kind)))
    return counted, unclear


def _denied(reading: Reading, spans: Iterable[Span]) -> set[int]:
    """The clauses where a "no" stands before what would be done."""
    denied = {reading.clause(span) for span in reading.spans if span.rule.kind == "no"}
    return {reading.clause(span) for span in spans} & denied


def _is_going(reading: Reading, span: Span, going: Collection[int]) -> bool:
    """ "Ich will nicht in die Schlange": who leaves in the same clause does not join."""
    return span.rule.kind == Meaning.JOIN and reading.clause(span) in going


def _is_clear(reading: Reading, span: Span, is_contradicted: bool) -> bool:
    rule, clause = span.rule, reading.clause(span)
    if rule.ask or (rule.whole and is_contradicted):
        return False
    if rule.whole and reading.left_over and not _stands_alone(reading, span):
        return False
    if rule.kind in GOING and (is_about_another(reading, span) or is_another_place(reading, span)):
        return False
    if rule.kind in GOING and is_put_off(reading, span):
        return False
    if rule.kind in (*GOING, Meaning.FORGET) and (_waits(reading) or is_unmeant(reading, span)):
        return False
    if rule.idiom and is_only_an_idiom(reading, span):
        return False
    if rule.whole and is_something_else(reading, span):
        return False
    if rule.whole and rule.kind in GOING and reading.text.trails_off:  # rather told to a friend
        return False
    if rule.backed and not _is_backed(reading, span):
        return False
    if (rule.alone or rule.backed) and any(_is_chatty(other, span) for other in reading.spans):
        return False
    if clause in reading.clauses_left_over and not (
        rule.around or (rule.firm and stands_free(reading, span)) or is_explained(reading, span)
    ):
        return False
    if rule.kind in NEWS and _is_negated(reading, span):
        return False
    if rule.kind in DECISIVE and is_behind(reading, span.start, reading.grammar.turning):
        return False
    if rule.kind != Meaning.HERE and (rule.kind not in DECISIVE or rule.kind == Meaning.JOIN):
        return True
    return rule.question or clause not in reading.text.questions


def _waits(reading: Reading) -> bool:
    """ "Never mind, I'll wait": who says so stays."""
    return any(span.rule.kind == "waiting" for span in reading.spans)


def _stands_alone(reading: Reading, span: Span) -> bool:
    """In a clause of its own, or with a reason for it, beside words that nobody foresaw."""
    if is_explained(reading, span):
        return True
    if span.rule.kind == Meaning.LEAVE:
        return stands_last(reading, span)
    return span.rule.kind == Meaning.OPT_OUT and is_called_out(reading, span) and is_why(reading, span)


def _is_negated(reading: Reading, span: Span) -> bool:
    """ "Je ne suis pas encore arrivé": a no in its clause before it, whatever that was read as."""
    before = (piece for piece in reading.pieces[: span.start] if piece.clause == reading.clause(span))
    return any(piece.plain in reading.grammar.negations for piece in before)


def _is_backed(reading: Reading, span: Span) -> bool:
    """Said to a counter rather than to a friend: with a courtesy, a reason, or twice in other words."""
    others = {other.rule for other in reading.spans} - {span.rule}
    return any(other.backs or (other.kind == span.rule.kind and not other.ask) for other in others)


def _is_chatty(other: Span, span: Span) -> bool:
    """What is seldom said around an order: a yes, a perhaps or an aside, or an OK before it."""
    is_before = other.start < span.start
    is_ok = other.rule.kind == Meaning.THANKS and not other.rule.backs
    return other.rule.kind in ("filler", "yes") or (is_before and is_ok)


def decide(reading: Reading, grammar: Grammar, keyword: str | None = None) -> Intent | None:
    """What the text means by what was understood of it; None where that is too little."""
    counted, _ = meanings(reading)
    if counted:
        return intent_of(reading, counted, grammar, keyword)
    if reading.left_over or keyword:
        return None
    return courtesy(reading)


def asked(reading: Reading, keyword: str | None = None) -> Intent | None:
    """What is not clear enough to be done, but most of the text: asked about."""
    counted, unclear = meanings(reading)
    kept_back = [span for span in unclear if is_kept_back(reading, span)]
    opening = [span for span in unclear if begins_with_opting_out(reading, span)]
    unclear = kept_back or opening or [span for span in unclear if span.rule.kind in ASKED]
    covered = sum(span.end - span.start for span in unclear)
    if counted or len({span.rule.kind for span in unclear}) != 1:
        return None
    first = unclear[0]
    is_told = bool(opening) or is_apart(reading, first) or _waits(reading) or _is_for_later(reading, first)
    is_told = is_told or is_unmeant(reading, first) or (first.start == 0 and is_another_place(reading, first))
    if covered * 5 < len(reading.pieces) * 3 and not is_told:
        return None
    words = suggestions(unclear, keyword)
    return Intent(Meaning.NEAR_MISS, suggestions=words) if words else None


def _is_for_later(reading: Reading, span: Span) -> bool:
    """An order to leave, but not now, not surely or not all of them."""
    is_order = span.rule.kind in GOING and span.rule.order
    return is_about_some(reading, span) or (is_order and is_put_off(reading, span))


def suggestions(spans: Iterable[Span], keyword: str | None) -> tuple[str, ...]:
    kinds = [span.rule.kind for span in spans if span.rule.kind != Meaning.JOIN]
    words = [SUGGESTED[Meaning(kind)] for kind in kinds if kind in SUGGESTED]
    found = dict.fromkeys(f"{word} {keyword}" if keyword else word for word in words)
    return tuple(found)[:MOST_SUGGESTIONS]


def courtesy(reading: Reading) -> Intent | None:
    """A text of nothing but courtesies."""
    kinds = {span.rule.kind for span in reading.spans}
    if not kinds or not all(span.rule.is_beside for span in reading.spans):
        return None
    answer = None if ("yes" in kinds) == ("no" in kinds) else "yes" in kinds
    polite = kinds & {"thanks", "yes", "waiting"} and "chat" not in kinds
    return Intent(Meaning.THANKS if polite else Meaning.CHAT, answer=answer)


def intent_of(
    reading: Reading, spans: Sequence[Span], grammar: Grammar, keyword: str | None = None
) -> Intent | None:
    meaning = Meaning(spans[0].rule.kind)
    kinds = {span.rule.kind for span in spans}
    if kinds >= {Meaning.OPT_OUT, Meaning.LEAVE}:
        meaning = Meaning.OPT_OUT_AND_LEAVE
    name, said_name = name_of(reading, spans)
    if meaning == Meaning.JOIN:
        party, said_party = party_of(reading, spans, grammar)
        return Intent(meaning, keyword, name, party, said_name=said_name, said_party=said_party)
    number = number_of(reading, with_ticket(spans, meaning), grammar)
    if meaning == Meaning.COMING and number is None:
        minutes = [span for span in spans if span.rule.kind in (Meaning.MINUTES, Meaning.NUMBER)]
        number = number_of(reading, minutes[0], grammar) if minutes else None
    if meaning in (Meaning.MINUTES, Meaning.NUMBER, Meaning.COMING) and (number or 0) > MOST_MINUTES:
        return None
    if meaning == Meaning.MINUTES and number is None:
        return None
    asked = _language_asked(reading, spans[0], grammar) if meaning == Meaning.LANGUAGE else None
    is_yes = meaning == Meaning.OPT_IN and [word.upper() for word in reading.words(spans[0])] == ["YES"]
    told = [span for span in spans if span.rule.kind in TOLD] if meaning == Meaning.OPT_OUT else []
    news = intent_of(reading, told, grammar, keyword) if told else None
    return Intent(meaning, keyword, number=number, language=asked, news=news, answer=is_yes or None)


def _language_asked(reading: Reading, span: Span, grammar: Grammar) -> str | None:
    words = reading.words(span)
    named = [grammar.languages[word] for word in words if word in grammar.languages]
    if named:
        return named[0]
    return words[1].lower()[:8] if len(words) > 1 else None


def name_of(reading: Reading, spans: Sequence[Span]) -> tuple[str | None, bool]:
    """A name that is given in so many words, or behind JOIN."""
    said = [
        span for span in reading.spans if "name" in span.rule.slots and span.rule.kind in ("named", "join")
    ]
    for span in said:
        names = [p for p in reading.pieces[span.start : span.end] if is_name(p.signature)]
        if names:
            name = reading.text.clean[names[0].start : names[-1].end][:LONGEST_NAME].strip()
            return name, span.rule.kind == "named"
    return None, False


def is_name(signature: Iterable[int]) -> bool:
    return _NAME in signature


_NAME = 2


def party_of(reading: Reading, spans: Sequence[Span], grammar: Grammar) -> tuple[int | None, bool]:
    for span in reading.spans:
        if span.rule.kind in ("party", Meaning.NUMBER, Meaning.JOIN) and "number" in span.rule.slots:
            party = minutes_in(reading.words(span), grammar)
            if party and party <= LARGEST_PARTY:
                return party, span.rule.kind == "party"
    return None, False
