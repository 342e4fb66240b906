"""What it costs to understand one text, beside the plain work of looking at its words, in microseconds.

The texts are the lists that the tests keep. Each is understood once before it counts: what the automaton
meets for the first time it remembers, as in a process that runs. The worst are texts of the greatest length.
"""

import csv
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from bench.tables import Table, spread
from bot.understanding import understand
from bot.understanding.normalizing import in_words, readable

LISTS = Path(__file__).parents[1] / "tests" / "bot" / "words"
KEYWORDS = ("CET236", "DEMO")
LENGTH = 1600
WORST = ("how long is the wait ", "leave the line because ", "CET 23 ", "a b c ", "stop texting me ", "x")
COLUMNS = ("", "median, µs", "slowest tenth, µs", "ratio to the baseline")


def measure(rounds: int) -> Table:
    table = Table(f"Understanding a text, {rounds} interleaved rounds", COLUMNS).begin()
    worst = [(begin * LENGTH)[:LENGTH] for begin in WORST]
    for name, texts in (("the texts of the lists", _texts()), ("the longest texts", worst)):
        for text in texts:
            understand(text, KEYWORDS)
        found = [(_each(texts, _plain), _each(texts, _understood)) for _ in range(rounds)]
        medians = [[statistics.median(took) for took in pair] for pair in found]
        tenths = [_tenth(ours) for _, ours in found]
        ratios = [ours / plain for plain, ours in medians]
        table.add(
            name, spread([ours for _, ours in medians], "{:.0f}"), spread(tenths, "{:.0f}"), spread(ratios)
        )
    table.notes.append("The baseline cuts the text into words without accents and does nothing with them.")
    return table


def _understood(text: str) -> object:
    return understand(text, KEYWORDS)


def _plain(text: str) -> object:
    return in_words([readable(text)])


def _texts() -> Sequence[str]:
    return list(islice(_each_text(), 5_000))


def _each_text() -> Iterable[str]:
    for path in sorted(LISTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row["text"] for row in csv.DictReader(file))


def _each(texts: Sequence[str], work: Callable[[str], object]) -> list[float]:
    """Microseconds of each text."""
    took = []
    for text in texts:
        began = time.perf_counter()
        work(text)
        took.append((time.perf_counter() - began) * 1e6)
    return took


def _tenth(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=10)[8]
