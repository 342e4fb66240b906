"""How well texts are understood, by texts of which somebody has said what they mean. Reads no file."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.meanings import Meaning
from bot.understanding.engine import understand

# A label may be looser than our meanings.
MEANINGS_OF = {
    "stop": {Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE},
    "opt_out": {Meaning.OPT_OUT, Meaning.OPT_OUT_AND_LEAVE},
    "minutes": {Meaning.MINUTES, Meaning.NUMBER},
    "rating": {Meaning.RATING, Meaning.NUMBER},
    "ask": {Meaning.NEAR_MISS},
    "unknown": {Meaning.UNKNOWN, Meaning.CHAT},
    "chat": {Meaning.UNKNOWN, Meaning.CHAT},
}


@dataclass
class Score:
    """Counts of one language: of `texts` that have a label, and of `nevers`."""

    texts: int = 0
    understood: int = 0
    asked: int = 0
    wrong: int = 0
    nevers: int = 0
    hurt: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        return self.understood / self.texts if self.texts else None


def score(rows: Iterable[Mapping[str, str]], keywords: Collection[str]) -> dict[str, Score]:
    """By language. A row has `lang`, `text`, and `label` (with `also`: other right answers) or `never`."""
    scores: dict[str, Score] = {}
    for row in rows:
        mine = scores.setdefault(row["lang"], Score())
        meaning = understand(row["text"], keywords).meaning
        if label := row.get("label"):
            _label(mine, row, {label, *_several(row.get("also"))}, meaning)
        if never := _several(row.get("never")):
            mine.nevers += 1
            if meaning in _meanings(never):
                mine.hurt += 1
                mine.faults.append(f"{row['text']!r}: {meaning}, never {'|'.join(never)}")
    return scores


def _label(mine: Score, row: Mapping[str, str], labels: Collection[str], meaning: Meaning) -> None:
    mine.texts += 1
    if meaning in _meanings(labels):
        mine.understood += 1
        return
    if meaning == Meaning.NEAR_MISS:
        mine.asked += 1
    else:
        mine.wrong += 1
    mine.faults.append(f"{row['text']!r}: {meaning}, not {row['label']}")


def _several(cell: str | None) -> list[str]:
    return [label for label in (cell or "").split("|") if label]


def _meanings(labels: Collection[str]) -> set[str]:
    return {meaning for label in labels for meaning in MEANINGS_OF.get(label, {label})}
