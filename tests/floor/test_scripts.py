"""Scripts run as a whole from the floor for live pages on; below it, either whole as well or not at all."""

import re
from pathlib import Path

import pytest

from tests.floor.features import LIVE, READS, SCRIPTS, Feature

SCRIPTS_FOLDER = Path(__file__).resolve().parents[2] / "static" / "js"
FILES = sorted(SCRIPTS_FOLDER.rglob("*.js"))
PAGES = Path(__file__).resolve().parents[2] / "templates" / "web"
IMPORTED = re.compile(r"^import .*?from \"\./([\w.]+)\"|^import \"\./([\w.]+)\"", re.MULTILINE)
# A page's script with one of these is not taken in by browsers below LIVE: there the page is a plain one.
NOT_TAKEN_IN = ("?.", "??")
# What old_browsers.js adds where it is missing.
ADDED = ("replaceChildren", "submitter")
# What a script asks for before it uses it.
ASKED_FOR = {
    ("alerts.js", "Notification"): '"Notification" in window',
    ("alerts.js", "vibrate"): "navigator.vibrate?.(",
    ("board.js", "wakeLock"): "navigator.wakeLock?.",
    ("keys.js", "showModal"): "!dialog.showModal ||",
    ("line.js", "ResizeObserver"): "if (window.ResizeObserver)",
    ("live.js", "BroadcastChannel"): "navigator.locks && window.BroadcastChannel",
    ("live.js", "locks"): "navigator.locks && window.BroadcastChannel",
    ("old_browsers.js", "replaceChildren"): "if (!Element.prototype.replaceChildren)",
    ("sheet.js", "showModal"): "if (sheet?.showModal)",
    ("turn.js", "vibrate"): "navigator.vibrate?.(",
    ("turn.js", "wakeLock"): "navigator.wakeLock ?",
}
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)


def faults(name: str, script: str, floor: tuple[float, float]) -> list[str]:
    code = COMMENT.sub("", script)
    found = [one for one in SCRIPTS if not one.is_in(floor) and re.search(one.pattern, code, re.MULTILINE)]
    return [one.name for one in found if not _is_asked_for(name, one, code) and one.name not in ADDED]


def _is_asked_for(name: str, feature: Feature, code: str) -> bool:
    return ASKED_FOR.get((name, feature.name), "\0") in code


def floor_of(name: str) -> tuple[float, float]:
    """Of a page's script: LIVE if it, or what it imports, is not taken in by browsers below that."""
    texts = [COMMENT.sub("", (SCRIPTS_FOLDER / each).read_text()) for each in together(name)]
    patterns = [one.pattern for one in SCRIPTS if one.name in NOT_TAKEN_IN]
    return LIVE if any(re.search(each, text) for each in patterns for text in texts) else READS


def together(name: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    for pair in IMPORTED.findall((SCRIPTS_FOLDER / name).read_text()):
        imported = pair[0] or pair[1]
        if imported not in known:
            known |= together(imported, known | {name})
    return known | {name}


def of_pages() -> list[str]:
    asked = re.compile(r"js/([\w./]+)\.js'|for name in \(([^)]*)\) %\}<script")
    found = {
        one
        for page in PAGES.rglob("*.html")
        for alone, several in asked.findall(page.read_text())
        for one in [alone, *re.findall(r"'([\w/]+)'", several)]
        if one
    }
    return sorted(f"{one}.js" for one in found if (SCRIPTS_FOLDER / f"{one}.js").exists())


@pytest.mark.parametrize("script", of_pages())
def test_a_script_of_a_page_runs_whole_or_not_at_all(script: str) -> None:
    floor = floor_of(script)
    for name in together(script):
        assert faults(name, (SCRIPTS_FOLDER / name).read_text(), floor) == [], (name, floor)


def test_every_script_belongs_to_a_page() -> None:
    assert {one for script in of_pages() for one in together(script)} == {
        str(file.relative_to(SCRIPTS_FOLDER)) for file in FILES
    }


def test_pages_follow_their_queue_from_the_floor_for_live_pages_on() -> None:
    assert floor_of("refresh.js") == LIVE
    assert floor_of("old_browsers.js") == READS


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("const signal = AbortSignal.timeout(5000);", "AbortSignal.timeout"),
        ("const data = new FormData(form, event.submitter);", "FormData of a button"),
        ("if (Object.hasOwn(keys, key)) go();", "hasOwn"),
        ('words.replaceAll(" ", "");', "replaceAll"),
        ("const last = all.at(-1);", "at()"),
        ("const copy = structuredClone(all);", "structuredClone"),
        ("dialog.showModal();", "showModal"),
        ("first ||= second;", "||= and its like"),
        ('await fetch("/");', "await in a module"),
    ],
)
def test_each_fault_is_found(wrong: str, what: str) -> None:
    assert what in faults("a.js", wrong, LIVE)


@pytest.mark.parametrize("wrong", ["page?.remove();", "const a = b ?? c;", "const ms = 5_000;"])
def test_newer_syntax_is_found_in_what_old_browsers_run(wrong: str) -> None:
    assert len(faults("a.js", wrong, READS)) == 1


def test_what_is_asked_for_is_used() -> None:
    patterns = {one.name: one.pattern for one in SCRIPTS}
    for (name, what), asked in ASKED_FOR.items():
        script = (SCRIPTS_FOLDER / name).read_text()
        assert asked in script, (name, what)
        assert re.search(patterns[what], script) or what in ADDED, (name, what)
