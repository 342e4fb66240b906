"""The numbers that a text says: minutes, a rating, how many others, or a ticket's."""

from collections.abc import Sequence

from bot.meanings import Meaning
from bot.understanding.grammar import Grammar
from bot.understanding.reading import Reading, Span

OF_A_TICKET = frozenset({Meaning.LEAVE, Meaning.HERE})  # their number is that of a ticket
OF = frozenset({"OF", "OVER", "ON", "DE", "SOBRE", "SUR", "EM", "VON"})  # as in "4 of 10"


def with_ticket(spans: Sequence[Span], meaning: Meaning) -> Span:
    """The one that says a ticket's number, where several say the same; else the first."""
    alike = (span for span in spans if span.rule.kind == meaning and "ticket" in span.rule.slots)
    return next(alike, spans[0])


def number_of(reading: Reading, span: Span, grammar: Grammar) -> int | None:
    """Minutes, a rating, how many others, or a ticket's: whichever the rule has a slot for."""
    slots, words = span.rule.slots, reading.words(span)
    if span.rule.kind in OF_A_TICKET:
        return minutes_in(words, grammar) if "ticket" in slots else _beside(reading, span, grammar)
    if span.rule.kind == Meaning.RATING:
        return _rating(words, grammar)
    if span.rule.kind == Meaning.LATER and "minutes" in slots:
        return None
    if "number" in slots or "minutes" in slots:
        return minutes_in(words, grammar)
    return None


def _beside(reading: Reading, span: Span, grammar: Grammar) -> int | None:
    """ "Cancela el número 3": a number in the same clause, which nobody foresaw."""
    if span.rule.kind != Meaning.LEAVE:
        return None
    clause = reading.clause(span)
    said = [other for other in reading.spans if other.rule.kind == Meaning.NUMBER]
    numbers = [minutes_in(reading.words(o), grammar) for o in said if reading.clause(o) == clause]
    return next(iter(numbers), None)


def minutes_in(words: Sequence[str], grammar: Grammar) -> int | None:
    if len(words) == 1 and words[0].isdigit():
        return _value(words[0], grammar)
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            if (minutes := grammar.durations.get(" ".join(words[start : start + length]))) is not None:
                return minutes
    for place, word in enumerate(words):
        value = _value(word, grammar)
        if value is not None:
            unit = grammar.units.get(words[place + 1], 1) if place + 1 < len(words) else 1
            return value * unit
    return None


def _value(word: str, grammar: Grammar) -> int | None:
    if word.isdigit():
        return int(word[:5])
    return grammar.numbers.get(word)


def _rating(words: Sequence[str], grammar: Grammar) -> int | None:
    """Stars of five. One said of ten is halved, and a half is the next star."""
    for place, word in enumerate(words):
        given, _, of = word.partition("/")
        if of:
            return (int(given) + 1) // 2 if of == "10" else int(given)
        if (value := _value(word, grammar)) is not None:
            return (value + 1) // 2 if value > 5 or _of_ten(words[place + 1 :], grammar) else value
    return None


def _of_ten(behind: Sequence[str], grammar: Grammar) -> bool:
    """Whether the words behind a number go on as "out of 10"."""
    start = 1 if behind[:1] == ["OUT"] else 0
    return len(behind) > start + 1 and behind[start] in OF and _value(behind[start + 1], grammar) == 10
