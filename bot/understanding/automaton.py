"""All patterns as one automaton that reads a text word by word. Its work is bounded by the number of words.

Built as in Glushkov's construction: each place in a pattern where a word may stand is a position, and knows
which may follow. Sets of positions become states when they are first met, and are then one look-up a word.
Source: https://en.wikipedia.org/wiki/Glushkov%27s_construction_algorithm
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from pickle import PickleBuffer
from threading import Lock
from typing import Any, Literal, NamedTuple, TypeAlias

from bot.understanding.patterns import Choice, Node, OneOf, Perhaps, Row, Slot

Label = int
Numbers: TypeAlias = "array[int]"
NUMBER, RATED, NAME, KEYWORD, LANGUAGE, SKIP, ANY = range(7)
_SLOTS = {
    "number": NUMBER,
    "ticket": NUMBER,
    "rating": RATED,
    "name": NAME,
    "keyword": KEYWORD,
    "language": LANGUAGE,
    "words": ANY,
}
# The automaton's arrays, by the codes of their types. As objects, numbers took seven times the memory.
_ARRAYS: Mapping[str, Literal["I", "H"]] = {
    "_label_of": "I",
    "_followers": "I",
    "_followers_end": "I",
    "_rule_of": "H",
    "_steps": "I",
    "_steps_end": "I",
}
MOST_STATES = 20_000
START, DEAD = 0, -1
NO_RULE = 2**16 - 1

Signature = frozenset[Label]  # the steps that a word can be taken for


class _Fragment(NamedTuple):
    may_be_empty: bool
    first: tuple[int, ...]
    last: tuple[int, ...]


class _States:
    """What has been met so far; thrown away whole when it is too much."""

    def __init__(self, begins: dict[Label, Numbers]) -> None:
        self.next: list[dict[Signature, int]] = [{}]
        self.rules: list[tuple[int, ...]] = [()]
        self.after: list[dict[Label, Numbers]] = [begins]  # the positions that may come next
        self.ids: dict[tuple[frozenset[int], frozenset[int]], int] = {}
        self.reached: list[frozenset[int]] = [frozenset()]


class Automaton:
    def __init__(self) -> None:
        self._labels: dict[frozenset[str], Label] = {}  # while patterns come, as are the next two
        self._follow: list[list[tuple[int, ...]]] = []
        self._first = array("I")
        self._label_of = array("I")  # of each position
        self._followers = array("I")  # those of all positions, one after the other
        self._followers_end = array("I")  # for each position, where its own end
        self._rule_of = array("H")  # of each position that can be the last, else NO_RULE
        self._begins: dict[Label, Numbers] = {}  # the positions of the first words, by their steps
        self._place_of: dict[str, int] = {}  # of a word's steps
        self._steps = array("I")  # those of all words, one after the other
        self._steps_end = array("I")  # for each word, where its own end
        self._signatures: dict[str, Signature] = {}  # of words that were asked for
        self._lock = Lock()
        self._states = _States({})

    def add(self, tree: Node, rule: int) -> None:
        fragment = self._fragment(tree)
        self._first.extend(fragment.first)
        for position in fragment.last:
            self._rule_of[position] = rule

    def finish(
        self,
        vocabulary: Collection[str],
        slots: Mapping[Label, Collection[str]],
        spellings: Mapping[str, Collection[str]],
        breaks: Collection[str] = (),
    ) -> None:
        """No more patterns come: which word can be which step, fill a slot, or stand for another.

        `breaks` are none of "any words": what follows them is something new.
        """
        steps: dict[str, set[Label]] = {word: {ANY} for word in vocabulary}
        for slot, words in slots.items():
            for word in words:
                steps.setdefault(word, {ANY}).add(slot)
        for words, label in self._labels.items():
            for word in words:
                steps.setdefault(word, {ANY}).add(label)
        for spelling, words in spellings.items():
            steps.setdefault(spelling, {ANY}).update(*(steps[word] for word in words if word in steps))
        for word in breaks:
            steps.setdefault(word, set()).difference_update((ANY, SKIP))
        for place, (word, labels) in enumerate(steps.items()):
            self._place_of[word] = place
            self._steps.extend(sorted(labels))
            self._steps_end.append(len(self._steps))
        for several in self._follow:
            self._followers.extend(position for positions in several for position in positions)
            self._followers_end.append(len(self._followers))
        self._begins = self._by_label([self._first])
        self._labels, self._follow, self._first = {}, [], array("I")
        self._states = _States(self._begins)

    def __getstate__(self) -> dict[str, Any]:
        """Without what it has met so far, and without the lock; each array is kept as its bytes."""
        met = ("_signatures", "_lock", "_states")
        state = {name: value for name, value in vars(self).items() if name not in met}
        return state | {name: PickleBuffer(state[name]) for name in _ARRAYS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = {name: memoryview(state[name]).cast(code) for name, code in _ARRAYS.items()}
        vars(self).update(state | arrays)
        self._signatures = {}
        self._lock = Lock()
        self._states = _States(self._begins)

    def signature(self, word: str) -> Signature | None:
        """None for a word that no pattern and no list has."""
        found = self._signatures.get(word)
        if found is None and (place := self._place_of.get(word)) is not None:
            found = self._signatures[word] = frozenset(_part(self._steps, self._steps_end, place))
        return found

    @property
    def words(self) -> Collection[str]:
        return self._place_of.keys()

    def spans(self, signatures: Sequence[Signature], start: int, end: int) -> list[tuple[int, Sequence[int]]]:
        """Where the rules end that match from `start`, and which they are."""
        states, state = self._states, START
        steps, rules = states.next, states.rules
        found: list[tuple[int, Sequence[int]]] = []
        for place in range(start, end):
            signature = signatures[place]
            step = steps[state].get(signature)
            state = self._met(states, state, signature) if step is None else step
            if state == DEAD:
                break
            if met := rules[state]:
                found.append((place + 1, met))
        return found

    def _met(self, states: _States, state: int, signature: Signature) -> int:
        after = states.after[state]
        reached = frozenset(p for label in signature for p in after.get(label, ()))
        kept = states.reached[state] if SKIP in signature else frozenset()  # as if the word were not there
        with self._lock:
            met = self._id(states, reached, kept) if reached or kept else DEAD
            states.next[state][signature] = met
            if len(states.next) > MOST_STATES and self._states is states:
                self._states = _States(self._begins)
        return met

    def _id(self, states: _States, reached: frozenset[int], kept: frozenset[int]) -> int:
        if (reached, kept) not in states.ids:
            both = reached | kept
            states.next.append({})
            states.rules.append(tuple(sorted({self._rule_of[p] for p in reached} - {NO_RULE})))
            states.after.append(
                self._by_label([_part(self._followers, self._followers_end, p) for p in both])
            )
            states.reached.append(both)
            states.ids[reached, kept] = len(states.next) - 1
        return states.ids[reached, kept]

    def _by_label(self, places: Iterable[Sequence[int]]) -> dict[Label, Numbers]:
        found: dict[Label, Numbers] = {}
        for position in {position for several in places for position in several}:
            label = self._label_of[position]
            if label not in found:
                found[label] = array("I")
            found[label].append(position)
        return found

    # Building ------------------------------------------------------------------------------------------

    def _fragment(self, node: Node) -> _Fragment:
        match node:
            case OneOf(words):
                return self._position(self._labels.setdefault(words, ANY + 1 + len(self._labels)))
            case Slot("words"):
                found = self._position(ANY)
                self._follow[found.first[0]].append(found.first)
                return found
            case Slot(name):
                return self._position(_SLOTS[name])
            case Perhaps(inner):
                return self._fragment(inner)._replace(may_be_empty=True)
            case Choice(nodes):
                choices = [self._fragment(inner) for inner in nodes]
                return _Fragment(
                    any(each.may_be_empty for each in choices),
                    tuple(p for each in choices for p in each.first),
                    tuple(p for each in choices for p in each.last),
                )
            case Row(nodes):
                return self._row([self._fragment(inner) for inner in nodes])
        raise AssertionError(node)

    def _row(self, fragments: Sequence[_Fragment]) -> _Fragment:
        whole = fragments[0]
        for each in fragments[1:]:
            for position in whole.last:
                self._follow[position].append(each.first)
            whole = _Fragment(
                whole.may_be_empty and each.may_be_empty,
                whole.first + each.first if whole.may_be_empty else whole.first,
                whole.last + each.last if each.may_be_empty else each.last,
            )
        return whole

    def _position(self, label: Label) -> _Fragment:
        self._label_of.append(label)
        self._rule_of.append(NO_RULE)
        self._follow.append([])
        place = (len(self._label_of) - 1,)
        return _Fragment(False, place, place)


def _part(numbers: Sequence[int], ends: Sequence[int], place: int) -> Sequence[int]:
    """Of what stands one after the other, with the ends of each: the part at `place`."""
    return numbers[ends[place - 1] if place else 0 : ends[place]]
