"""What our pages use of Bootstrap, cut out of its package's style sheet: less than a tenth.

Rules for elements are kept, and those for the classes listed here; a test compares the list with the pages.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import flask_bootstrap

BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
KEPT_CLASSES = {
    "btn",
    "btn-danger",
    "btn-primary",
    "btn-secondary",
    "card-link",
    "form-check",
    "form-check-input",
    "form-check-label",
    "form-control",
    "form-label",
    "form-select",
    "form-switch",
    "form-text",
    "h3",
    "invalid-feedback",
    "is-invalid",
    "lead",
    "small",
    "stretched-link",
    "table",
    "visually-hidden",
}
COMMENT_OR_CHARSET = re.compile(r"/\*.*?\*/|@charset[^;]*;", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{((?:[^{}]|\{[^{}]*\})*)\}")  # of a group such as @media, with the rules inside
COMMA = re.compile(r",(?![^()]*\))")  # not one inside of :not(…)
CLASS = re.compile(r"\.([a-z][\w-]*)")
USED = re.compile(r"var\((--[\w-]+)")
THEME = "[data-bs-theme"  # ours follow the system

Rule = tuple[str, str]  # selectors or the words of a group; what is in the braces


def cut(css: str, ours: str) -> str:
    """The rules that our pages use, and the variables that those rules or `ours`, our own styles, use."""
    kept = list(_kept(COMMENT_OR_CHARSET.sub("", css)))
    variables = "".join(body for selector, body in kept if selector == ":root")
    used = _used(ours + "".join(body for selector, body in kept if selector != ":root"), variables)
    return "".join(f"{selector}{{{_with(body, used, selector)}}}" for selector, body in kept)


def _kept(css: str) -> Iterator[Rule]:
    for selectors, body in RULE.findall(css):
        if selectors.startswith("@"):
            kept = _group(selectors, body)
        else:
            kept = ",".join(filter(_is_used, COMMA.split(selectors))), body
        if all(kept):
            yield kept


def _group(words: str, body: str) -> Rule:
    """@media and its like; an animation has no classes, and nobody uses Bootstrap's."""
    inside = (
        "" if words.startswith("@keyframes") else "".join(f"{rule}{{{what}}}" for rule, what in _kept(body))
    )
    return words, inside


def _is_used(selector: str) -> bool:
    classes = CLASS.findall(re.sub(r":not\([^)]*\)", "", selector))
    return THEME not in selector and KEPT_CLASSES.issuperset(classes)


def _used(rules: str, variables: str) -> set[str]:
    """The variables named in the rules, and those that these name in turn."""
    values = dict(re.findall(r"(--[\w-]+):([^;]*)", variables))
    used: set[str] = set()
    named = set(USED.findall(rules))
    while named:
        used |= named
        named = {name for one in named for name in USED.findall(values.get(one, ""))} - used
    return used


def _with(body: str, used: set[str], selector: str) -> str:
    if selector != ":root":
        return body
    # A value may hold a semicolon: data:image/svg+xml;… is in quotes.
    declarations = re.findall(r"([\w-]+):((?:\"[^\"]*\"|[^;\"])*)", body)
    return ";".join(f"{name}:{value}" for name, value in declarations if name in used or name[0] != "-")
