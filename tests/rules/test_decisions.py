"""The decisions are numbered one after the other."""

from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"


def test_every_decision_has_a_number_of_its_own_and_none_is_left_out() -> None:
    numbers = sorted(int(decision.name[:4]) for decision in DECISIONS.glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
