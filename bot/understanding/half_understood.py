"""A text that is half understood: a question or news in the midst of other words.

Only what changes nothing that can't be undone is taken from it.
"""

from collections.abc import Iterable, Sequence

from bot.meanings import Meaning
from bot.understanding.deciding import ORDER, intent_of
from bot.understanding.grammar import Grammar
from bot.understanding.intent import Intent
from bot.understanding.reading import Reading, Span
from bot.understanding.rules import Rule
from bot.understanding.surroundings import GOING, LEAST_WORDS, MOST_WORDS, is_behind, is_put_off_at_all
from bot.understanding.unmeant import is_kept_back

MOST_ASKED = 10  # words of a question that is answered for one of them
DELAYS = frozenset({Meaning.LATER, Meaning.MINUTES})
MEANT = frozenset({Meaning.STATUS, Meaning.LATER, Meaning.COMING, Meaning.MINUTES})


def half_understood(reading: Reading, grammar: Grammar) -> Intent | None:
    """The longest row of words that means one of these, wherever it stands."""
    if len(reading.pieces) > MOST_WORDS or is_put_off_at_all(reading):
        return None
    if any(span.rule.order and is_kept_back(reading, span) for span in reading.spans):
        return None
    found = list(_as_they_stand(reading))
    if not found:
        return Intent(Meaning.STATUS) if _asks_of_the_line(reading) else None
    longest = max(found, key=lambda span: (span.end - span.start, -ORDER.index(Meaning(span.rule.kind))))
    return intent_of(reading, [longest], grammar)


def _asks_of_the_line(reading: Reading) -> bool:
    """A short question with a word in it that is said of a line: where they stand answers it."""
    if len(reading.pieces) > MOST_ASKED:
        return False
    asked = (piece for piece in reading.pieces if piece.clause in reading.text.questions)
    return any(piece.plain in reading.grammar.asked_of for piece in asked)


def _as_they_stand(reading: Reading) -> Iterable[Span]:
    """All that could be meant, without what is denied and what lies within that."""
    going = [span for span in reading.spans if span.rule.kind in GOING]  # "cancel me in an hour"
    denied = 0
    for start, end, candidates in reading.all_spans:
        rule = _meant(candidates, reading.rules) if end - start >= LEAST_WORDS else None
        if rule and (is_behind(reading, start, reading.grammar.denying) or _is_refused(reading, start)):
            denied = max(denied, end)
        elif rule and start >= denied and not (rule.kind in DELAYS and _lies_in(start, end, going)):
            yield Span(start, end, rule)


def _lies_in(start: int, end: int, spans: Iterable[Span]) -> bool:
    return any(span.start <= start and end <= span.end for span in spans)


def _is_refused(reading: Reading, start: int) -> bool:
    """Behind a no: "no dejen que pase la señora"."""
    return any(span.end == start and span.rule.kind == "no" for span in reading.spans)


def _meant(candidates: Sequence[int], rules: Sequence[Rule]) -> Rule | None:
    several = [rules[rule] for rule in candidates]
    if any(rule.kind not in MEANT and not rule.is_beside for rule in several):
        return None
    return next((rule for rule in several if rule.kind in MEANT and _is_precise(rule)), None)


def _is_precise(rule: Rule) -> bool:
    return not (rule.whole or rule.ask or "words" in rule.slots)
