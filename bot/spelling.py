"""What a customer may have meant who mistyped a keyword. Pure, and bounded by the length of a keyword."""

from collections.abc import Iterable, Sequence

SHORTEST = 4  # a slip in three letters could be anything
LONG = 8  # from here on, two slips
PART = 3  # so many letters of a longer keyword, alone, are a beginning
MOST_PIECES = 4
NO_MISS = 9


def nearest(words: Sequence[str], keywords: Iterable[str]) -> list[str]:
    """The keywords that `words` begin with but for a slip: those with the fewest slips, by the alphabet."""
    tries = ["".join(words[:count]) for count in range(1, min(len(words), MOST_PIECES) + 1)]
    misses = {keyword: _miss(tries, words, keyword) for keyword in keywords}
    best = min(misses.values(), default=NO_MISS)
    return sorted(keyword for keyword, miss in misses.items() if miss == best < NO_MISS)


def _miss(tries: Sequence[str], words: Sequence[str], keyword: str) -> int:
    """How far off: 1 or 2 slips, 3 for a part of the keyword or more than it, else NO_MISS."""
    # Where a keyword is a mere word (BARBER), a long sentence that begins alike is just a sentence.
    if len(keyword) < SHORTEST or (keyword.isalpha() and len(words) > 3):
        return NO_MISS
    allowed = 1 if len(keyword) < LONG else 2
    slips = min(distance(tried, keyword, allowed) for tried in tries)
    if slips <= allowed:
        return slips
    whole = "".join(words) if len(words) <= MOST_PIECES else ""
    part = keyword.startswith(whole) or (whole.isdigit() and keyword.endswith(whole))
    return 3 if (part and len(whole) >= PART) or words[0].startswith(keyword) else NO_MISS


def distance(a: str, b: str, limit: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): letters lost, added, changed, two swapped.

    Lengths that differ by more than `limit` answer limit + 1 at once.
    Source: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance#Optimal_string_alignment_distance
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    two_ago: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, two_ago[j - 2] + 1)
            row.append(cost)
        two_ago, last = last, row
    return last[-1]
