"""A benchmark's results as a table for the terminal and for docs/performance.md. Measures nothing."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)
        print("  ".join(f"{cell:>{14 if i else 34}}" for i, cell in enumerate(cells)), flush=True)

    def begin(self) -> "Table":
        print(f"\n{self.title}")
        print("  ".join(f"{cell:>{14 if i else 34}}" for i, cell in enumerate(self.columns)), flush=True)
        return self

    def markdown(self) -> str:
        lines = [f"### {self.title}", ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|" + "---|" * len(self.columns))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, "", *self.notes]).rstrip() + "\n"


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """The median, lowest and highest of several rounds."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{form.format(middle)} ({form.format(low)}–{form.format(high)})"


def percentile(took: Sequence[float], percent: int) -> float:
    """In milliseconds, from seconds; never more than the slowest, however few they are."""
    return statistics.quantiles(took, n=100, method="inclusive")[percent - 1] * 1000
