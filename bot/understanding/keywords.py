"""A keyword in a text: where it stands, and what follows it for a name and a party."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.meanings import Meaning
from bot.understanding.amounts import minutes_in
from bot.understanding.automaton import KEYWORD
from bot.understanding.deciding import (
    LARGEST_PARTY,
    LONGEST_NAME,
    decide,
    is_name,
    meanings,
    suggestions,
)
from bot.understanding.grammar import Grammar
from bot.understanding.intent import Intent
from bot.understanding.normalizing import Word
from bot.understanding.reading import Piece, Reading, Span
from bot.understanding.unmeant import is_mistaken

LONGEST_KEYWORD = 20
AROUND_A_NAME = " \t,.;:!?¿¡\"'“”‘’«»*_#/\\-–—=+&@|~<>()"
MOST_IN_NAMES = 8  # words; more are a sentence
MOST_IN_ONE_NAME = 5
BEFORE = 2  # words of a name in front of a keyword; one may be an insult
WITHIN_NAMES = frozenset(
    ("AND", "Y", "E", "ET", "UND", "DE", "DA", "DO", "DOS", "DEL", "DU", "LA", "LE", "VAN", "VON", "DER")
)
COURTESY = frozenset({"please", "link", "thanks", "greeting", "waiting"})
NO_SENTENCE = COURTESY | {"party", "number", "named"}  # what stands behind a keyword beside a name
# What may be said of the queue that the keyword names.
ABOUT_A_QUEUE = frozenset(
    {
        Meaning.STATUS,
        Meaning.WHEN,
        Meaning.LEAVE,
        Meaning.FORGET,
        Meaning.LATER,
        Meaning.HERE,
        Meaning.COMING,
        Meaning.AGAIN,
        Meaning.MINUTES,
        Meaning.NUMBER,
        Meaning.OPT_OUT,
        Meaning.OPT_OUT_AND_LEAVE,
    }
)


class Mention(NamedTuple):
    """Where a keyword stands among the words."""

    keyword: str
    start: int
    end: int


def find_keyword(words: Sequence[Word], keywords: Collection[str]) -> Mention | None:
    """The first keyword in the text, also in pieces (CET 236); the longest if several fit."""
    said = "".join(word.plain for word in words)
    if not any(keyword in said for keyword in keywords):
        return None
    longest = min(LONGEST_KEYWORD, max(map(len, keywords)))
    for start in range(len(words)):
        found, pieces = None, ""
        for end in range(start, len(words)):
            pieces += words[end].plain
            if len(pieces) > longest:
                break
            if pieces in keywords:
                found = Mention(pieces, start, end + 1)
        if found:
            return found
    return None


def about_keyword(reading: Reading, mention: Mention, grammar: Grammar) -> Intent:
    """Joining, or a word for that queue; where neither is clear we ask."""
    place = next(place for place, piece in enumerate(reading.pieces) if KEYWORD in piece.signature)
    mention = mention._replace(start=place, end=place + 1)
    before = _before(reading, place)
    at_start = all(span.rule.is_beside or span.rule.kind == Meaning.JOIN for span in before)
    at_start = at_start and not any(left < place for left in reading.left_over)
    if _is_no_wish(reading, place, grammar):
        return _asked(reading, mention, grammar)
    if is_mistaken(reading) and not any(span.rule.order for span in reading.spans):
        return _asked(reading, mention, grammar)
    said = _command(reading, mention, grammar)
    if said:
        return said
    if _is_refused(reading, place, grammar):
        return _asked(reading, mention, grammar)
    if any(_speaks_against(reading, span, place) for span in before):
        return _asked(reading, mention, grammar)
    if at_start:
        last = _end_of_join(reading, place) - 1
        rest = reading.text.clean[reading.pieces[last].end :]
        return _join(reading, mention._replace(start=last, end=last + 1), rest, grammar)
    if _is_apart(reading, place):
        return _join(reading, mention, "", grammar)
    if _is_name_alone(reading, place):
        name = reading.text.clean[: reading.pieces[place].start]
        return _joined(mention, name, None, False, False)
    return _asked(reading, mention, grammar)


def _end_of_join(reading: Reading, place: int) -> int:
    """Where the words end that ask to join, the keyword among them: a name can only follow."""
    joins = (span for span in reading.spans if span.rule.kind == Meaning.JOIN)
    return next((span.end for span in joins if span.start <= place < span.end), place + 1)


def _speaks_against(reading: Reading, span: Span, place: int) -> bool:
    """Thanks to a queue and news of somebody in it are no wish to stand in it."""
    kind, in_clause = span.rule.kind, reading.clause(span) == reading.pieces[place].clause
    asks = kind == "reason" and reading.clause(span) in reading.text.questions
    return kind in ("chat", "no") or (
        in_clause and (asks or (span.rule.backs and kind in ("thanks", "reason")))
    )


def _is_refused(reading: Reading, place: int, grammar: Grammar) -> bool:
    """ "No CET236": a no and the keyword, whatever else the word means in another language."""
    return place == 1 and reading.pieces[0].plain in grammar.refusals


def _is_no_wish(reading: Reading, place: int, grammar: Grammar) -> bool:
    """ "I want ... CET236" is a wish to join, whatever is between: but no question, refusal or leaving."""
    span = next((span for span in reading.spans if span.start <= place < span.end), None)
    if span is None or span.rule.kind != Meaning.JOIN or "words" not in span.rule.slots:
        return False
    said = reading.words(span)
    return reading.clause(span) in reading.text.questions or not grammar.no_joining.isdisjoint(said)


def _before(reading: Reading, place: int) -> list[Span]:
    return [span for span in reading.spans if span.start < place]


def _command(reading: Reading, mention: Mention, grammar: Grammar) -> Intent | None:
    counted, _ = meanings(reading)
    counted = [span for span in counted if span.rule.kind in ABOUT_A_QUEUE]
    if counted:
        number_is_party = all(span.rule.kind == Meaning.NUMBER for span in counted)
        if number_is_party and counted[0].start > mention.start:
            return None  # CET236 4
        if counted[0].rule.kind == Meaning.LEAVE and counted[0].rule.whole and counted[0].rule.language:
            return Intent(Meaning.NEAR_MISS, suggestions=(f"LEAVE {mention.keyword}",))
        intent = decide(reading, grammar, mention.keyword)
        return intent and replace(intent, keyword=mention.keyword)
    return None


def _join(reading: Reading, mention: Mention, rest: str, grammar: Grammar) -> Intent:
    after = [span for span in reading.spans if span.start > mention.start]
    named = next((span for span in reading.spans if span.rule.kind == "named"), None)
    party_span = _party_at_end(reading, mention) or _party_before(reading, mention)
    party, said_party, end = None, False, len(reading.text.clean)
    if party_span:
        value = minutes_in(reading.words(party_span), grammar)
        if value is None or 0 < value <= LARGEST_PARTY:  # "just me" has no number
            party, said_party = value, value is not None and party_span.rule.kind == "party"
            end = reading.pieces[party_span.start].start if party_span.start > mention.start else end
    if named:
        pieces = [p for p in reading.pieces[named.start : named.end] if _is_own(p, grammar)]
        name = reading.text.clean[pieces[0].start : pieces[-1].end] if pieces else ""
        return _joined(mention, name, party, True, said_party)
    about = next((span for span in after if span.rule.kind == "about"), None)
    end = min(end, reading.pieces[about.start].start) if about else end
    name = reading.text.clean[reading.pieces[mention.start].end : end] if rest else ""
    if _is_no_name(reading, mention, after, grammar, end):
        return _asked(reading, mention, grammar)
    joined = _joined(mention, name, party, False, said_party)
    pieces = [piece for piece in reading.pieces[mention.start + 1 :] if piece.start < end]
    is_form = len(pieces) == 1 and party is not None  # CET236 ben 2
    return replace(joined, like_name=is_form or _is_like_a_name(pieces, grammar))


def _is_like_a_name(pieces: Sequence[Piece], grammar: Grammar) -> bool:
    own = [piece for piece in pieces if _is_own(piece, grammar)]
    others = {piece.plain for piece in pieces} - {piece.plain for piece in own}
    return bool(own) and len(pieces) <= MOST_IN_ONE_NAME and others <= WITHIN_NAMES


def _is_own(piece: Piece, grammar: Grammar) -> bool:
    """A word that we don't know, or one that is written as a name."""
    return is_name(piece.signature) or not grammar.knows(piece.plain)


def _joined(mention: Mention, name: str, party: int | None, said_name: bool, said_party: bool) -> Intent:
    name = name.strip(AROUND_A_NAME)[:LONGEST_NAME].strip(AROUND_A_NAME)
    kept = name if any(c.isalpha() for c in name) else None
    return Intent(
        Meaning.JOIN,
        mention.keyword,
        kept,
        party,
        said_name=said_name and kept is not None,
        said_party=said_party,
    )


def _party_at_end(reading: Reading, mention: Mention) -> Span | None:
    """The longest party that the text ends in, behind the keyword."""
    rules = reading.rules
    found = [
        Span(start, end, rules[rule])
        for start, end, candidates in reading.all_spans
        for rule in candidates
        if end == len(reading.pieces) and start > mention.start and rules[rule].kind in ("party", "number")
    ]
    return min(found, key=lambda span: span.start, default=None)


def _party_before(reading: Reading, mention: Mention) -> Span | None:
    """ "Table for two, CET236"."""
    before = (span for span in reading.spans if span.start < mention.start)
    said = (s for s in before if s.rule.kind in ("party", Meaning.JOIN) and "words" not in s.rule.slots)
    return next((span for span in said if "number" in span.rule.slots), None)


def _is_no_name(
    reading: Reading, mention: Mention, after: Sequence[Span], grammar: Grammar, end: int
) -> bool:
    """Questions and refusals are no names, nor is whatever we understand as something else."""
    pieces = [piece for piece in reading.pieces[mention.start + 1 :] if piece.start < end]
    if not pieces:
        return False
    if any(piece.clause in reading.text.questions for piece in pieces):
        return True
    if len(pieces) > MOST_IN_NAMES and not grammar.not_names.isdisjoint(p.plain for p in pieces):
        return True
    says = [span for span in after if span.rule.kind not in NO_SENTENCE]
    if any(span.rule.kind in ("chat", "no") for span in says):
        return True
    if not grammar.refusals.isdisjoint(piece.plain for piece in pieces):
        return True
    polite = {place for span in after if span.rule.kind in COURTESY for place in range(*span[:2])}
    left = {
        piece.plain
        for place, piece in enumerate(reading.pieces)
        if place > mention.start and piece.start < end and place not in polite
    }
    return not grammar.not_names.isdisjoint(left)


def _is_apart(reading: Reading, place: int) -> bool:
    """The keyword stands in a clause of its own, and the others ask for no more than a place."""
    clause = reading.pieces[place].clause
    if clause in reading.clauses_left_over | reading.text.questions:
        return False
    joins = [span for span in reading.spans if span.rule.kind == Meaning.JOIN]
    asked = {reading.clause(span) for span in joins if not _is_in_doubt(reading, span)}
    return reading.text.questions <= asked and not any(
        span.rule.kind in ("chat", "no") or (not span.rule.is_beside and span.rule.kind != Meaning.JOIN)
        for span in reading.spans
    )


def _is_name_alone(reading: Reading, place: int) -> bool:
    """ "Maria Schmidt CET236": two names as they are written, in none of our languages; no more."""
    names = reading.pieces[:place]
    if place != len(reading.pieces) - 1 or reading.text.questions or place != BEFORE:
        return False
    return all(
        reading.text.clean[piece.start].isupper()
        and is_name(piece.signature)
        and not reading.grammar.knows(piece.plain)
        and piece.plain not in reading.grammar.not_names
        for piece in names
    )


def _is_in_doubt(reading: Reading, span: Span) -> bool:
    """ "Did my wife join?" asks, and "can I line up by text?" is a wish."""
    before = [reading.pieces[place].plain for place in reading.left_over if place < span.start]
    return not span.rule.question or not reading.grammar.turning.isdisjoint(before)


def _asked(reading: Reading, mention: Mention, grammar: Grammar) -> Intent:
    spans = [span for span in reading.spans if span.rule.kind == Meaning.LEAVE]
    words = suggestions(spans, mention.keyword)
    return Intent(Meaning.NEAR_MISS, suggestions=words or (mention.keyword,))
