"""Browsers that find one family of fonts each, so that a page is judged alike on every machine."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from commands.fonts import Family
from tests.browser.screens import SIZES, SOON

CONFIG = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <cachedir>{folder}</cachedir>
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


def only(family: Family, folder: Path) -> dict[str, str]:
    """The environment of a browser that finds no other fonts; what it reads goes into `folder`."""
    files = family.files_in()
    if not files:
        pytest.fail(f"No {family.name} here: `make test` fetches {family.package} on Debian and Ubuntu.")
    folder.mkdir()
    for file in files:
        (folder / file.name).symlink_to(file)
    config = folder / "fonts.conf"
    config.write_text(CONFIG.format(folder=folder, name=family.name, monospaced=family.monospaced))
    return {"FONTCONFIG_FILE": str(config)}


class Fonts:
    """A browser for each family, in which one looks at what another browser shows."""

    def __init__(self, browsers: dict[str, Browser]) -> None:
        self._pages = {name: browser.new_page() for name, browser in browsers.items()}
        for page in self._pages.values():
            page.set_default_timeout(SOON)

    def show(self, shown: Page) -> dict[str, Page]:
        """The address that is shown, as whoever looks at it there."""
        for page in self._pages.values():
            page.context.clear_cookies()
            page.context.add_cookies(shown.context.cookies())  # type: ignore[arg-type]
            _go(page, shown.url)
        return self._pages

    def hold(self, shown: Page) -> None:
        """Asserts that nothing sticks out, at any size."""
        found = [
            f"{name} at {size}: {what}"
            for name, page in self.show(shown).items()
            for size in SIZES
            for what in sticking_out(page, size)
        ]
        assert found == [], shown.url

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


def _go(page: Page, url: str) -> None:
    """Once more, if the page that was there went somewhere by itself at this moment."""
    try:
        page.goto(url)
    except Error as fault:
        if "net::ERR_ABORTED" not in fault.message:
            raise
        page.goto(url)


def sticking_out(page: Page, size: dict[str, int]) -> list[str]:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    found: list[str] = page.evaluate(STICKING_OUT)
    return found
