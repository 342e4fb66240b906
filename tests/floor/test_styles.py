"""Styles ask nothing of an old browser that it lacks, unless something that it has stands in front."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floor.css import Rule, rules, selectors
from tests.floor.features import DECLARATIONS, READS, SELECTORS, Feature
from tests.floor.properties import MISSED_BY_NOBODY, READ_BY_ALL

STATIC = Path(__file__).resolve().parents[2] / "static"
OLD = STATIC / "old_browsers.css"
SHEETS = sorted(set(STATIC.rglob("*.css")) - {OLD})
# What a browser that lacks it leaves out, without harm: it draws a ring of its own around what has the focus,
# and boxes that hold nothing keep their space. With :has() no colour is set that other words rely on.
HARMLESS = (":focus-visible", ":has()")
# What a browser has for sure that has something newer.
COME_WITH = {"max() and min()": (r"clamp\(", r"1cqw"), "container-type": (r"1cqw",)}
COLOURS = re.compile(r"^(color|background|background-color|border-color)$")
# But for a button that can be read either way, and the board without numbers, whose words have other colours
# where :has() is missing.
COLOURED_BY_HAS = (".phone:not(:has(.conversation > li)) .quick-join", ".board-now:has(.board-none)")


def faults(sheet: str) -> list[str]:
    return [f"line {rule.line}: {fault}" for rule in rules(sheet) for fault in _of_rule(rule)]


def _of_rule(rule: Rule) -> Iterator[str]:
    for feature in _beyond(SELECTORS):
        using = [one for one in selectors(rule) if re.search(feature.pattern, one)]
        if not using or _is_asked_for(feature, rule):
            continue
        if feature.name not in HARMLESS:
            yield f"{feature.name} in {rule.selector}"
        elif len(using) < len(selectors(rule)):
            yield f"{feature.name} takes the other selectors of its list with it: {rule.selector}"
        elif feature.name == ":has()" and _colours(rule) and not rule.selector.startswith(COLOURED_BY_HAS):
            yield f"a colour by :has(): {rule.selector}"
    for place, (name, value) in enumerate(rule.declarations):
        for feature in _beyond(DECLARATIONS):
            is_used = re.search(feature.pattern, f"{name}: {value}") and not _is_asked_for(feature, rule)
            if is_used and not _has_fallback(rule, place):
                yield f"{feature.name} in {rule.selector}: {name}"


def _has_fallback(rule: Rule, place: int) -> bool:
    """None for a value with a variable: it is found wanting when the earlier value is gone already."""
    name, value = rule.declarations[place]
    if name.startswith("--") or "var(" in value:
        return False
    before = [each for each in rule.declarations[:place] if each[0] == name]
    return any(not _is_beyond(*each) for each in before)


def _is_beyond(name: str, value: str) -> bool:
    return any(re.search(feature.pattern, f"{name}: {value}") for feature in _beyond(DECLARATIONS))


def _is_asked_for(feature: Feature, rule: Rule) -> bool:
    asked = " ".join(each for each in rule.inside if each.startswith("@supports ("))
    named = [feature.pattern.removeprefix("^"), *COME_WITH.get(feature.name, ())]
    return any(re.search(pattern, asked) for pattern in named)


def _beyond(features: tuple[Feature, ...]) -> list[Feature]:
    return [feature for feature in features if not feature.is_in(READS)]


def _colours(rule: Rule) -> bool:
    return any(COLOURS.match(name) for name, _ in rule.declarations)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_sheet_reads_in_the_oldest_browsers(sheet: Path) -> None:
    assert faults(sheet.read_text()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ".board :is(.three, .four) { font-size: 14vw; }",
        ".a:not(.b, .c) { color: red; }",
        ".bar { inset: auto 0 0; }",
        ".bar { padding-inline: 1rem; }",
        ".a { width: min(10rem, 100%); }",
        ".a { font-size: max(1vmin, 5px); font-size: min(1vw, 9px); }",
        ":root { --u: 1vmin; --u: max(1vmin, 5px); }",
        ".a { padding: 1rem; padding: max(var(--edge), 1rem); }",
        ".a { color: color-mix(in srgb, red, blue); }",
        ".none:has(p) { color: white; }",
        ".a:focus, .a:focus-visible { outline: 0; }",
        ".bar { position: sticky; }",
        "@supports not (inset: 0) { .bar { inset: 0; } }",
    ],
)
def test_each_fault_is_found(wrong: str) -> None:
    assert faults(wrong) != []


@pytest.mark.parametrize(
    "right",
    [
        ".a { width: 10rem; width: min(10rem, 100%); }",
        ":root { --u: 1vmin; } @supports (width: max(1px, 2px)) { :root { --u: max(1vmin, 5px); } }",
        ".a:focus-visible { outline: 0; }",
        "@supports (width: 1cqw) { .a { container-type: size; font-size: min(54cqw, 66cqh); } }",
        ".bar { position: -webkit-sticky; position: sticky; }",
    ],
)
def test_what_stands_behind_something_older_is_right(right: str) -> None:
    assert faults(right) == []


def test_every_property_was_looked_up() -> None:
    used = {
        name
        for sheet in SHEETS
        for rule in rules(sheet.read_text())
        for name, _ in rule.declarations
        if not name.startswith("--")
    }
    by_table = {one for one in used if any(re.search(each.pattern, f"{one}:") for each in DECLARATIONS)}
    assert used - by_table - READ_BY_ALL - set(MISSED_BY_NOBODY) == set()


def rows_with_gaps(sheets: list[str]) -> set[str]:
    """The selectors that have display: flex and a gap, in one rule or in two."""
    every = [(one, rule) for sheet in sheets for rule in rules(sheet) for one in selectors(rule)]
    rows = {one for one, rule in every if {"flex", "inline-flex"} & set(rule.values("display"))}
    return {one for one, rule in every if one in rows and (rule.values("gap") or rule.values("column-gap"))}


def without_margins(sheets: list[str], old: str) -> list[str]:
    made_up = [one for rule in rules(old) for one in selectors(rule)]
    gaps = rows_with_gaps(sheets)
    return sorted(
        one for one in gaps if not any(each.startswith((f"{one} >", f"{one}::")) for each in made_up)
    )


def test_what_has_a_gap_has_margins_where_rows_keep_no_gaps() -> None:
    assert without_margins([sheet.read_text() for sheet in SHEETS], OLD.read_text()) == []


def test_a_gap_without_margins_is_found() -> None:
    sheets = [".row { display: flex; gap: 1rem; } .grid { display: grid; gap: 1rem; }"]
    assert without_margins(sheets, "") == [".row"]
    assert without_margins(sheets, ".row > * { margin: 1rem; }") == []
