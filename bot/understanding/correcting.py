"""Slips of the finger in words of ours: one letter lost, added, changed, or two swapped."""

from collections.abc import Sequence
from functools import cache

from bot.spelling import distance
from bot.understanding.grammar import Grammar, grammar
from bot.understanding.reading import Piece

SHORTEST, LONGEST = 5, 20
MOST_SLIPS = 3


def corrected(pieces: Sequence[Piece], words: Grammar) -> list[Piece] | None:
    """The pieces with the words that they may be meant for; None where no slip is to be seen."""
    found = list(pieces)
    slips = 0
    for place, piece in enumerate(pieces):
        if slips == MOST_SLIPS or words.knows(piece.plain) or not piece.plain.isalpha():
            continue
        if SHORTEST <= len(piece.plain) <= LONGEST and (near := _near(piece.plain)):
            steps = frozenset().union(*(words.automaton.signature(word) or () for word in near))
            found[place] = piece._replace(plain=near[0], signature=steps)
            slips += 1
    return found if slips else None


def _near(word: str) -> list[str]:
    shorter = _shortened()
    tries = {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
    found = {other for tried in tries for other in shorter.get(tried, ())}
    return sorted(other for other in found if distance(word, other, 1) <= 1)


@cache
def _shortened() -> dict[str, tuple[str, ...]]:
    """Our longer words by what is left of them when a letter is lost: what to look up a slip in."""
    found: dict[str, tuple[str, ...]] = {}
    for word in grammar().languages_of:
        if len(word) >= SHORTEST:
            for left in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                found[left] = (*found.get(left, ()), word)
    return found
