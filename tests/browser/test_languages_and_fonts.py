"""Each language fits on a phone 320 pixels wide; and the fonts that pages are tried in are there."""

import pytest
from playwright.sync_api import Browser, expect

from bot.wording.sms_templates import languages
from commands.fonts import FAMILIES
from tests.acceptance.installation import Installation
from tests.browser.fonts import STICKING_OUT, in_each
from tests.browser.screens import NARROW, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

MOST_USED = ("/q/DEMO", "/q/DEMO/board", "/control/DEMO", "/control/DEMO/ticket/1", "/manage", "/account")


def test_every_language_fits_on_a_narrow_phone(chromium: Browser, demo: Installation) -> None:
    page, faults = watched(chromium, NARROW)
    sign_in(page, demo)
    page.get_by_label("Name").fill("Ana")
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    for language in sorted({*languages()} - {"en"}):
        page.set_extra_http_headers({"Accept-Language": language})
        for path in (*MOST_USED, "/manage/statistics", "/manage/settings", "/phones"):
            page.goto(f"{demo.url}{path}")
            assert page.evaluate(STICKING_OUT) == [], (path, language)
    assert faults == []


def test_each_family_of_fonts_is_found_by_its_name(chromium: Browser) -> None:
    """A name that is not found would show another font, and prove nothing."""
    page = chromium.new_context().new_page()
    page.set_content('<span style="font-family: var(--font)">You are number 236</span>')
    widths = {page.locator("span").evaluate("(one) => one.offsetWidth") for _ in in_each(page)}
    assert len(widths) == len(FAMILIES)
