"""The files of bot/words, read and checked: each pattern becomes a rule, each word knows its languages.

A fault in a file is one line that names the file and the entry.
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.meanings import Meaning
from bot.understanding.automaton import LANGUAGE, SKIP, Automaton
from bot.understanding.normalizing import plain
from bot.understanding.patterns import (
    Choice,
    Node,
    OneOf,
    Part,
    PatternFault,
    Perhaps,
    Row,
    Slot,
    choice,
    factored,
    parse,
)
from bot.understanding.rules import BESIDE, KINDS, RANKS, SETTINGS, Contents, Costs, Reasons, Rule, cost_of
from config.keeping import kept, shared

FOLDER = Path(__file__).parent.parent / "words"
COMMANDS = "commands"  # the file of the words that are the same in every language
ENTRY_KEYS = {"patterns", *SETTINGS, "examples", "not"}
TABLES = {"numbers", "durations", "units", "languages", "parts", "reactions", "spellings", "endings"}
NAMED_LISTS = (
    *("not_names", "before_keywords", "turning", "denying", "opening", "counter", "no_joining"),
    *("asked_of", "negations", "permission", "reporting", "limits", "relatives", "oneself", "first_names"),
)
LISTS = {"signatures", "everyday", "skippable", "breaks", *Reasons._fields, *NAMED_LISTS}
SHORTEST_ENDING = 4  # letters of a word with another ending: thin is none of thing
_UNITS = ("MIN", "MINS", "MINUTE", "MINUTES", "M")

Phrases = dict[str, list[str]]  # by their first word


class GrammarFault(Exception):
    """A file of words that can't be used: one line that says which entry and why."""


@dataclass
class Grammar:
    rules: list[Rule] = field(default_factory=list)
    languages_of: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each word we know
    commands: set[str] = field(default_factory=set)
    everyday: set[str] = field(default_factory=set)
    not_names: set[str] = field(default_factory=set)
    first_names: set[str] = field(default_factory=set)  # of those that are words, too
    numbers: dict[str, int] = field(default_factory=dict)
    durations: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)  # in minutes
    languages: dict[str, str] = field(default_factory=dict)  # how they are called
    signatures: Phrases = field(default_factory=dict)
    reactions: dict[str, Phrases] = field(default_factory=dict)
    before_keywords: set[str] = field(default_factory=set)
    skippable: set[str] = field(default_factory=set)
    breaks: set[str] = field(default_factory=set)
    turning: set[str] = field(default_factory=set)
    denying: set[str] = field(default_factory=set)
    opening: set[str] = field(default_factory=set)
    counter: set[str] = field(default_factory=set)
    no_joining: set[str] = field(default_factory=set)
    asked_of: set[str] = field(default_factory=set)
    negations: set[str] = field(default_factory=set)
    permission: set[str] = field(default_factory=set)
    reporting: set[str] = field(default_factory=set)
    limits: set[str] = field(default_factory=set)
    relatives: set[str] = field(default_factory=set)
    oneself: set[str] = field(default_factory=set)
    reasons: dict[str | None, Reasons] = field(default_factory=dict)  # of each language
    refusals: set[str] = field(default_factory=set)
    spellings: dict[str, set[str]] = field(default_factory=dict)  # the words that each can stand for
    automaton: Automaton = field(default_factory=Automaton)
    costs: "Costs" = field(init=False)

    def __post_init__(self) -> None:
        self.costs = Costs(self.rules)

    def knows(self, word: str) -> bool:
        return word in self.languages_of or word in self.commands


@cache
def grammar() -> Grammar:
    """That of bot/words, read once. Raises GrammarFault."""
    code = Path(__file__).parent.glob("*.py")
    found: Grammar = kept("grammar", [*code, *FOLDER.glob("*.toml")], lambda: load(FOLDER))
    return found


def load(folder: Path) -> Grammar:
    found = Grammar()
    files = {path.stem: _table(path) for path in sorted(folder.glob("*.toml"))}
    for table in files.values():
        _take_names(found, table)
    for stem, table in files.items():
        _File(found, stem, table).take()
    vocabulary = found.languages_of.keys() | found.everyday
    slots: dict[int, Collection[str]] = {LANGUAGE: found.languages, SKIP: found.skippable}
    found.automaton.finish(vocabulary | found.skippable, slots, found.spellings, found.breaks)
    return found


def _table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise GrammarFault(f"{path.name}: {fault}") from None
    if unknown := table.keys() - TABLES - LISTS - KINDS:
        raise GrammarFault(f"{path.name}: {', '.join(sorted(unknown))} is none of what a file of words has")
    return table


def _take_names(found: Grammar, table: Mapping[str, Any]) -> None:
    """What one file says for all."""
    found.languages |= {plain(name): code for name, code in table.get("languages", {}).items()}
    found.units |= {plain(name): minutes for name, minutes in table.get("units", {}).items()}
    found.numbers |= {plain(name): value for name, value in table.get("numbers", {}).items()}
    found.durations |= {_joined(name): value for name, value in table.get("durations", {}).items()}
    _add(found.signatures, table.get("signatures", ()))
    for name in NAMED_LISTS:
        getattr(found, name).update(plain(word) for word in table.get(name, "").split())
    found.turning |= found.denying
    for place, lines in table.get("reactions", {}).items():
        _add(found.reactions.setdefault(place, {}), lines)


def _add(phrases: Phrases, lines: Sequence[str]) -> None:
    for phrase in map(_joined, lines):
        phrases.setdefault(phrase.split()[0], []).append(phrase)


def _joined(phrase: str) -> str:
    return " ".join(plain(word) for word in phrase.replace("-", " ").split())


def _settings(entry: Mapping[str, Any]) -> dict[str, bool]:
    found = {name: bool(entry.get(name, False)) for name in SETTINGS}
    found["whole"] |= found["alone"] or found["backed"]
    found["order"] |= found["firm"]
    return found


class _File:
    """One file of words, taken into the grammar."""

    def __init__(self, found: Grammar, stem: str, table: Mapping[str, Any]) -> None:
        self._found = found
        self._stem = stem
        self._table = table
        self._language = None if stem == COMMANDS else stem
        numbers = found.numbers if stem == COMMANDS else table.get("numbers", {})
        self._numbers = frozenset(plain(name) for name in numbers)
        self._parts: dict[str, Node] = {}
        self._in_parts: dict[str, Contents] = {}
        self._words: set[str] = set()

    def take(self) -> None:
        for kind in sorted(KINDS & self._table.keys()):
            for place, entry in enumerate(self._table[kind], start=1):
                where = f"{self._stem}.toml, {kind} {place}"
                self._take_entry(kind, where, entry)
        self._found.skippable |= (skippable := self._list("skippable"))
        self._found.reasons[self._language] = Reasons(*map(self._list, Reasons._fields))
        self._found.breaks |= self._list("breaks")
        for spelling, words in self._table.get("spellings", {}).items():
            self._words.add(plain(spelling))
            self._found.spellings.setdefault(plain(spelling), set()).update(plain(w) for w in words.split())
        self._words |= skippable
        self._take_endings()
        self._found.everyday |= (everyday := self._list("everyday"))
        if self._language is None:
            self._found.commands |= self._words
        for word in (self._words | everyday) if self._language else ():
            languages = (*self._found.languages_of.get(word, ()), self._language or "")
            self._found.languages_of[word] = shared(languages)

    def _list(self, name: str) -> set[str]:
        return {plain(word) for word in self._table.get(name, "").split()}

    def _take_endings(self) -> None:
        """Words with another ending (textin) can be those that we know."""
        for written, meant in self._table.get("endings", {}).items():
            for word in [word for word in self._words if word.endswith(plain(meant))]:
                other = word.removesuffix(plain(meant)) + plain(written)
                if len(other) > SHORTEST_ENDING:
                    self._found.spellings.setdefault(other, set()).add(word)

    def _take_entry(self, kind: str, where: str, entry: Any) -> None:
        if not isinstance(entry, dict) or not entry.get("patterns"):
            raise GrammarFault(f"{where}: it has no patterns")
        if unknown := entry.keys() - ENTRY_KEYS:
            raise GrammarFault(f"{where}: there is no setting {', '.join(sorted(unknown))}")
        # A pattern of any words costs more than its neighbours: a rule of its own.
        plain_ones = [pattern for pattern in entry["patterns"] if "{words}" not in pattern]
        wide_ones = [pattern for pattern in entry["patterns"] if "{words}" in pattern]
        for place, patterns in enumerate(some for some in (plain_ones, wide_ones) if some):
            self._take_patterns(kind, where, entry, patterns, with_examples=place == 0)

    def _take_patterns(
        self, kind: str, where: str, entry: Any, patterns: Sequence[str], *, with_examples: bool
    ) -> None:
        tree, contents = self._tree(where, patterns)
        rule = Rule(
            kind=kind,
            language=self._language,
            slots=contents.slots,
            where=where,
            examples=tuple(entry.get("examples", ())) if with_examples else (),
            counterexamples=tuple(entry.get("not", ())) if with_examples else (),
            is_beside=kind in BESIDE or kind == Meaning.THANKS,
            rank=RANKS.index(kind),
            cost=cost_of(kind, contents.slots),
            **_settings(entry),
        )
        self._found.rules.append(rule)
        self._words |= contents.words
        if kind == "no":
            self._found.refusals |= contents.words
        self._found.automaton.add(tree, len(self._found.rules) - 1)

    def _tree(self, where: str, patterns: Sequence[str]) -> tuple[Node, Contents]:
        trees = []
        for pattern in patterns:
            try:
                trees.append(parse(pattern))
            except PatternFault as fault:
                raise GrammarFault(f"{where}: {fault}, in {pattern!r}") from None
        try:
            tree = factored(choice(trees))
            return self._expanded(tree, ()), self._contents(tree)
        except PatternFault as fault:
            raise GrammarFault(f"{where}: {fault}") from None

    def _contents(self, tree: Node) -> Contents:
        """The words and the slots of a tree before its parts are put in."""
        words, slots = set[str](), set[str]()
        nodes = [tree]
        while nodes:
            match nodes.pop():
                case OneOf(some):
                    words |= some
                case Slot(name):
                    slots.add(name)
                case Row(inner) | Choice(inner):
                    nodes += inner
                case Perhaps(node):
                    nodes.append(node)
                case Part(name):
                    words |= self._in_parts[name].words
                    slots |= self._in_parts[name].slots
        if slots & {"number", "minutes", "ticket"}:
            words |= self._numbers
        if "minutes" in slots:
            spans = (plain(word) for name in self._table.get("durations", {}) for word in name.split())
            words |= {*spans, *(plain(unit) for unit in self._table.get("units", {}))}
        return Contents(frozenset(words), frozenset(slots))

    def _expanded(self, node: Node, within: tuple[str, ...]) -> Node:
        match node:
            case Part(name):
                return self._part(name, within)
            case Row(nodes):
                return Row(tuple(self._expanded(inner, within) for inner in nodes))
            case Choice(nodes):
                return choice([self._expanded(inner, within) for inner in nodes])
            case Perhaps(inner):
                return Perhaps(self._expanded(inner, within))
            case Slot("minutes"):
                return self._minutes()
            case Slot("number" | "ticket"):
                return choice([node, *([OneOf(self._numbers)] if self._numbers else [])])
        return node

    def _part(self, name: str, within: tuple[str, ...]) -> Node:
        if name in within:
            raise PatternFault(f"<{name}> contains itself")
        if name not in self._parts:
            written = self._table.get("parts", {}).get(name)
            if written is None:
                raise PatternFault(f"there is no part <{name}>")
            tree = factored(parse(written))
            self._parts[name] = self._expanded(tree, (*within, name))
            self._in_parts[name] = self._contents(tree)
        return self._parts[name]

    def _minutes(self) -> Node:
        units = OneOf(frozenset(plain(unit) for unit in self._table.get("units", {})) or frozenset(_UNITS))
        spans = [parse(name.replace("-", " ")) for name in self._table.get("durations", {})]
        return choice([Row((self._expanded(Slot("number"), ()), units)), *spans])
