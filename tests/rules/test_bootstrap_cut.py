"""Of Bootstrap our pages get the rules for the classes that they use, and those only."""

import re
from pathlib import Path

from web.http.static.bootstrap_cut import BOOTSTRAP, KEPT_CLASSES, cut

ROOT = Path(__file__).parents[2]
PAGES = "".join(page.read_text() for page in sorted((ROOT / "templates" / "web").rglob("*.html")))
SCRIPTS = "".join(script.read_text() for script in sorted((ROOT / "static" / "js").rglob("*.js")))
STYLES = "".join(sheet.read_text() for sheet in sorted((ROOT / "static").rglob("*.css")))
# class="…" in a page, class='…' for a field, "btn-' ~ style" and class="btn btn-{{ style }}" with its styles.
CLASSES = re.compile(r"class(?:Name)?\s*=\s*(\"[^\"]*\"|'[^']*')|classList\.\w+\(([^)]*)\)")
WORD = re.compile(r"[a-z][\w-]*")
STYLES_OF_BUTTONS = ("primary", "secondary", "danger")
OF_BOOTSTRAP = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", BOOTSTRAP.read_text())))
USED = {
    word
    for found in CLASSES.finditer(re.sub(r"\|\s*\w+", "", PAGES) + SCRIPTS)  # without Jinja's filters
    for word in WORD.findall(found[1] or found[2])
}
BUTTONS = {f"btn-{style}" for style in STYLES_OF_BUTTONS if re.search(rf"['\"]{style}\b", PAGES)}
CUT = cut(BOOTSTRAP.read_text(), STYLES)


def test_every_class_of_bootstrap_that_a_page_uses_is_kept_and_no_other() -> None:
    assert (USED | BUTTONS) & OF_BOOTSTRAP == KEPT_CLASSES


def test_a_rule_is_kept_whole_and_its_neighbour_for_what_we_do_not_use_goes() -> None:
    css = ".btn{color:red}.alert,.small{margin:0}@media (min-width:1px){.row{gap:0}}@media print{.btn{gap:0}}"
    assert cut(css, "") == ".btn{color:red}.small{margin:0}@media print{.btn{gap:0}}"


def test_what_a_rule_excludes_need_not_be_kept() -> None:
    rule = ":not(.btn-check)+.btn:active{color:red}"
    assert cut(rule, "") == rule


def test_the_variables_that_are_used_are_kept_and_those_they_name() -> None:
    css = ":root,[data-bs-theme=light]{--bs-a:var(--bs-b);--bs-b:1;--bs-c:2;--bs-d:3}.btn{top:var(--bs-a)}"
    assert (
        cut(css, "p { top: var(--bs-d) }")
        == ":root{--bs-a:var(--bs-b);--bs-b:1;--bs-d:3}.btn{top:var(--bs-a)}"
    )


def test_no_variable_is_missing_that_bootstrap_sets_for_a_whole_page() -> None:
    set_there = set(
        re.findall(r"(--bs-[\w-]+):", re.findall(r":root[^{]*\{([^}]*)", BOOTSTRAP.read_text())[0])
    )
    named = set(re.findall(r"var\((--bs-[\w-]+)", CUT + STYLES))
    assert named & set_there - set(re.findall(r"(--bs-[\w-]+):", CUT + STYLES)) == set()


def test_most_of_it_goes() -> None:
    assert len(CUT) < len(BOOTSTRAP.read_text()) / 10
