"""The notation of the files in bot/words: a pattern is read into a tree.

`word`  `(one|another)`  `[perhaps]`  `<part>` (of the same file)  `{name}` (a slot). Case, accents and
apostrophes do not matter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.normalizing import plain

SLOTS = frozenset({"number", "ticket", "minutes", "name", "keyword", "rating", "language", "words"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})  # as German is typed without its letters
_SIGN = re.compile(r"\s*(<[a-z_]+>|\{[a-z]+\}|[()\[\]|]|[^\s<>{}()\[\]|]+)")


class PatternFault(ValueError):
    """What is wrong with a pattern, in a few words."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A single word, any of these."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Perhaps:
    node: "Node"


Node = OneOf | Slot | Part | Row | Choice | Perhaps


def parse(pattern: str) -> Node:
    """The tree of one pattern. Raises PatternFault."""
    signs, at = [], 0
    pattern = pattern.strip()
    while at < len(pattern):
        found = _SIGN.match(pattern, at)
        if found is None:
            raise PatternFault(f"{pattern[at : at + 12]!r} can't be read")
        signs.append(found[1])
        at = found.end()
    node, rest = _choice(signs, 0)
    if rest < len(signs):
        raise PatternFault(f"{signs[rest]!r} closes nothing")
    return node


def _choice(signs: Sequence[str], at: int) -> tuple[Node, int]:
    rows: list[Node] = []
    while True:
        row, at = _row(signs, at)
        rows.append(row)
        if at >= len(signs) or signs[at] != "|":
            return choice(rows), at
        at += 1


def _row(signs: Sequence[str], at: int) -> tuple[Node, int]:
    nodes: list[Node] = []
    while at < len(signs) and signs[at] not in ("|", ")", "]"):
        sign = signs[at]
        if sign in "([":
            inside, end = _choice(signs, at + 1)
            if end >= len(signs) or signs[end] != {"(": ")", "[": "]"}[sign]:
                raise PatternFault(f"{sign!r} is never closed")
            nodes.append(inside if sign == "(" else Perhaps(inside))
            at = end + 1
            continue
        nodes.append(_single(sign))
        at += 1
    if not nodes:
        raise PatternFault("an empty choice")
    return (nodes[0] if len(nodes) == 1 else Row(tuple(nodes))), at


def _single(sign: str) -> Node:
    if sign[0] == "<":
        return Part(sign[1:-1])
    if sign[0] == "{":
        if sign[1:-1] not in SLOTS:
            raise PatternFault(f"there is no slot {sign}")
        return Slot(sign[1:-1])
    words = frozenset({plain(sign)})
    if not sign.isascii():
        words |= {plain(sign.lower().translate(_SPELT_OUT))}
    if "" in words:
        raise PatternFault(f"{sign!r} is no word")
    return OneOf(words)


def choice(nodes: Sequence[Node]) -> Node:
    """One of these; single words become one set, which is one step to match however many they are."""
    words: set[str] = set()
    others: list[Node] = []
    for node in nodes:
        for inner in node.nodes if isinstance(node, Choice) else (node,):
            if isinstance(inner, OneOf):
                words |= inner.words
            else:
                others.append(inner)
    found = ([OneOf(frozenset(words))] if words else []) + others
    return found[0] if len(found) == 1 else Choice(tuple(found))


def factored(node: Node) -> Node:
    """The same with what several choices begin or end with written once: as short as it can be."""
    match node:
        case Choice(nodes):
            rows = [inner.nodes if isinstance(inner, Row) else (inner,) for inner in nodes]
            return _factored(rows)
        case Row(nodes):
            return Row(tuple(factored(inner) for inner in nodes))
        case Perhaps(inner):
            return Perhaps(factored(inner))
    return node


def _factored(rows: Sequence[tuple[Node, ...]]) -> Node:
    """Rows that begin alike become one, then those that end alike."""
    begins = _grouped(rows, 0)
    found: list[tuple[Node, ...]] = []
    for first, several in begins:
        if len(several) == 1:
            found.append(several[0])
            continue
        rests = [row[1:] for row in several]
        rest = _factored([row for row in rests if row])
        found.append((first, rest if all(rests) else Perhaps(rest)))
    nodes: list[Node] = []
    for last, several in _grouped(found, -1):
        heads = [row[:-1] for row in several]
        if len(several) == 1 or not all(heads):
            nodes += [_as_row(row) for row in several]
        else:
            nodes.append(_as_row((choice([_as_row(head) for head in heads]), last)))
    return choice(nodes)


def _as_row(nodes: tuple[Node, ...]) -> Node:
    return nodes[0] if len(nodes) == 1 else Row(nodes)


def _grouped(rows: Sequence[tuple[Node, ...]], place: int) -> list[tuple[Node, list[tuple[Node, ...]]]]:
    groups: dict[object, tuple[Node, list[tuple[Node, ...]]]] = {}
    for row in rows:
        node = row[place]
        key = node if isinstance(node, OneOf | Slot | Part) else id(node)
        groups.setdefault(key, (node, []))[1].append(row)
    return list(groups.values())
