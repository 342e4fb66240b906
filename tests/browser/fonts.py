"""Fonts of the tests' own, so that a page is judged alike on every machine, and in each family of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from commands.fonts import FAMILIES, Family
from tests.browser.screens import NARROW, PHONE, SIZES

# Pages ask for Noto Sans first: under its own name they would be in it wherever no test says which font.
NOTO, RENAMED = "Noto Sans", "Noto Sans of the tests"
CONFIG = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <cachedir>{folder}</cachedir>
  <match target="scan">
    <test name="family"><string>Noto Sans</string></test>
    <edit name="family" mode="assign"><string>{renamed}</string></edit>
  </match>
  <alias binding="same"><family>sans-serif</family><prefer><family>{name}</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>{name}</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>{monospaced}</family></prefer></alias>
</fontconfig>
"""
# Words beyond the left or the right edge, but those that may be scrolled to or end in an ellipsis.
STICKING_OUT = """() => {
    const mayBeWide = (element) => {
        for (let each = element; each !== document.body; each = each.parentElement) {
            const style = getComputedStyle(each);
            if (style.textOverflow === "ellipsis" || /auto|scroll/.test(style.overflowX)) return true;
            if (style.clipPath !== "none" || style.clip !== "auto") return true;  // for screen readers
        }
        return false;
    };
    const found = [];
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (words.nextNode()) {
        range.selectNodeContents(words.currentNode);
        const {left, right, width} = range.getBoundingClientRect();
        const isOut = width > 0 && (left < -0.5 || right > innerWidth + 0.5);
        if (isOut && !mayBeWide(words.currentNode.parentElement)) found.push(words.currentNode.data.trim());
    }
    const tooWide = document.documentElement.scrollWidth - innerWidth;
    return tooWide > 0 ? [`${tooWide} pixels`, ...found] : found;
}"""


def asked(name: str) -> str:
    """The name under which a page of the tests asks for a family."""
    return RENAMED if name == NOTO else name


# What a page shows with its letters so large, in each family: [name, text and figures, monospaced].
IN_EACH_FAMILY = """async ([letters, families]) => {
    const root = document.documentElement.style;
    root.fontSize = letters;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    scrollTo(0, 0);
    const found = families.flatMap(([name, words, code]) => {
        root.setProperty("--font", `"${words}", sans-serif`);
        root.setProperty("--font-mono", `"${code}", monospace`);
        return QUESTIONS.flatMap((question) => question()).map((what) => `${name}: ${what}`);
    });
    ["font-size", "--font", "--font-mono"].forEach((one) => root.removeProperty(one));
    return found;
}"""
SET_FAMILY = """([words, code]) => {
    document.documentElement.style.setProperty("--font", `"${words}", sans-serif`);
    document.documentElement.style.setProperty("--font-mono", `"${code}", monospace`);
}"""
UNSET_FAMILY = """() => ["--font", "--font-mono"]
    .forEach((one) => document.documentElement.style.removeProperty(one))"""
NAMES = [(family.name, asked(family.name), asked(family.monospaced)) for family in FAMILIES]
USUAL, LARGE = "100%", "200%"


def only(folder: Path, *families: Family) -> dict[str, str]:
    """The environment of a browser that finds no other fonts, and of these the first by itself.

    `folder`: where what it reads is put.
    """
    folder.mkdir()
    for family in families:
        files = family.files_in()
        if not files:
            pytest.fail(f"No {family.name} here: `make test` fetches {family.package} on Debian and Ubuntu.")
        for file in files:
            (folder / file.name).symlink_to(file)
    config = folder / "fonts.conf"
    usual = families[0]
    config.write_text(
        CONFIG.format(
            folder=folder, name=asked(usual.name), monospaced=asked(usual.monospaced), renamed=RENAMED
        )
    )
    return {"FONTCONFIG_FILE": str(config)}


def in_each(page: Page) -> Iterator[str]:
    """Shows the page in one family after the other, and tells the name of each."""
    for name, *words in NAMES:
        page.evaluate(SET_FAMILY, words)
        yield name
    page.evaluate(UNSET_FAMILY)


def hold(page: Page, *questions: str) -> None:
    """Asserts that nothing shown sticks out: in no font, at no size, nor in letters twice as large.

    `questions`: functions in JavaScript that return what is wrong besides.
    """
    found = sticking_out(page, *questions)
    assert found == [], f"{page.url}: {found}"


def sticking_out(page: Page, *questions: str) -> list[str]:
    before = page.viewport_size
    script = IN_EACH_FAMILY.replace("QUESTIONS", f"[{', '.join((STICKING_OUT, *questions))}]")
    found: list[str] = []
    for size, letters in (*((size, USUAL) for size in (NARROW, *SIZES)), (PHONE, LARGE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"{size} {letters} {what}" for what in page.evaluate(script, [letters, NAMES])]
    page.set_viewport_size(before or PHONE)  # type: ignore[arg-type]
    return found
