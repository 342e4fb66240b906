"""A rule: what one entry of a file of words means, where it counts, and what it costs to read a text so."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.meanings import Meaning

# Seen beside an order whatever else the words are read as; they read no text themselves. See unmeant.py.
MARKS = frozenset({"asking", "reported", "taken_back", "put_off", "mistaken", "refusing"})
# What stands around a meaning and has none of its own.
BESIDE = (
    MARKS
    | frozenset(
        {"please", "link", "greeting", "filler", "yes", "no", "reason", "named", "party", "about", "chat"}
    )
    | {"waiting"}
)  # "I'll wait": thanks, beside which nobody leaves
# Of several that the same words can be, the first of these.
RANKS = (
    *("opt_out_and_leave", "opt_out", "forget", "leave", "again", "join", "here"),
    *("later", "coming", "minutes", "when", "status", "rating", "number", "language"),
    *("menu", "opt_in", "carrier_help", "waiting", "thanks", "named", "party", "about"),
    *("yes", "no", "please", "link", "greeting", "filler", "reason", "chat"),
    *("asking", "reported", "taken_back", "put_off", "mistaken", "refusing"),
)
KINDS = frozenset(RANKS)
MEANING_COST, CHAT_COST, BESIDE_COST = 10, 9, 5
MARK_COST = 10_000  # more than any words that stay unknown
# What a pattern costs more that takes any words: more than an order and a courtesy, where it means something.
ANY_WORDS_COST, ANY_WORDS_BESIDE, ANY_WORDS_CHAT = 20, 2, 7
SETTINGS = (
    "whole",
    "alone",
    "question",
    "around",
    "ask",
    "backed",
    "backs",
    "short",
    "firm",
    "idiom",
    "order",
    "leaving",
)
NONE_COSTS = 1_000_000
WORD_COST = 6  # what each word of a pattern costs that shall be short


class Reasons(NamedTuple):
    """Words that tell a reason beside an order from what puts it off or turns it around; see en.toml."""

    conditions: set[str]
    causing: set[str]
    postponing: set[str]
    doubting: set[str]
    yet: set[str]
    alternatives: set[str]
    explaining: set[str]
    determiners: set[str]


class Contents(NamedTuple):
    words: frozenset[str]
    slots: frozenset[str]


class Rule(NamedTuple):
    """One entry of a file: its patterns mean `kind`. A tuple, as a thousand are read at each start."""

    kind: str
    language: str | None  # None: the same in every language
    whole: bool  # only where nothing else is said
    alone: bool  # the same, and no more than courtesy around it
    question: bool  # also where a question mark follows
    around: bool  # also with other words around it in its clause
    ask: bool  # never done, but asked about
    backed: bool  # only with a sorry, a thanks or a reason beside it, or said twice; else asked about
    backs: bool  # such a sorry, thanks or reason
    firm: bool  # also beside words that are not understood, if none of them turns it around
    order: bool  # says what shall be done, to whom: also beside a reason that is not understood
    leaving: bool  # a mark beside leaving only: opting out and erasing are done all the same
    idiom: bool  # only where nothing else is said that it could be about
    short: bool  # with as few of any words as can be: what follows them may mean something
    slots: frozenset[str]
    where: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]
    is_beside: bool
    rank: int  # of several for the same words, the least counts
    cost: int  # of a pattern in a text: fewer and longer ones are likelier


class Costs(dict[Sequence[int], tuple[int, int]]):
    """What the cheapest of several rules costs, and of those that shall be short; worked out once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def __missing__(self, rules: Sequence[int]) -> tuple[int, int]:
        some = [self._rules[rule] for rule in rules]
        long = min((rule.cost for rule in some if not rule.short), default=NONE_COSTS)
        short = min((rule.cost for rule in some if rule.short), default=NONE_COSTS)
        self[rules] = costs = long, short
        return costs


def cost_of(kind: str, slots: Collection[str]) -> int:
    is_wide = "words" in slots
    if kind in MARKS:
        return MARK_COST
    if kind == "chat":
        return CHAT_COST + is_wide * ANY_WORDS_CHAT
    if kind in BESIDE or kind == Meaning.THANKS:
        return BESIDE_COST + is_wide * ANY_WORDS_BESIDE
    return MEANING_COST + is_wide * ANY_WORDS_COST
