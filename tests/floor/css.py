"""Reads a style sheet into its rules, as far as the check of features needs it."""

import re
from dataclasses import dataclass, field

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    selector: str
    line: int
    inside: tuple[str, ...]  # the @media and @supports around it, outermost first
    declarations: tuple[tuple[str, str], ...] = field(default=())

    def values(self, name: str) -> list[str]:
        return [value for each, value in self.declarations if each == name]


def rules(sheet: str) -> list[Rule]:
    """Without @keyframes and @page, in which nothing is new."""
    text = COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment.group()), sheet)
    found: list[Rule] = []
    around: list[str] = []
    start = 0
    for at in re.finditer(r"[{}]", text):
        head = text[start : at.start()]
        start = at.end()
        if at.group() == "{":
            around.append(" ".join(head.split()))
        elif around:
            selector = around.pop()
            if not selector.startswith("@") and not any(each.startswith("@keyframes") for each in around):
                found.append(Rule(selector, text.count("\n", 0, at.start()) + 1, tuple(around), _read(head)))
    return found


def selectors(rule: Rule) -> list[str]:
    """Those of a list, split at its commas but not inside brackets."""
    return [one.strip() for one in re.split(r",(?![^(]*\))", rule.selector)]


def _read(body: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition(":") for each in re.split(r";(?![^(]*\))", body) if ":" in each)
    return tuple((name.strip(), " ".join(value.split())) for name, _, value in pairs)
