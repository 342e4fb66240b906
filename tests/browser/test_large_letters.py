"""Letters twice as large, and a phone 320 pixels wide: nothing is cut, and nothing scrolls sideways."""

import pytest
from playwright.sync_api import Browser, expect

from bot.sms_templates import languages
from tests.acceptance.installation import Installation
from tests.browser.fonts import STICKING_OUT
from tests.browser.screens import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

PAGES = ("/q/DEMO", "/q/DEMO/board", "/control/DEMO", "/control/DEMO/ticket/1", "/manage", "/account")
NARROW = {"width": 320, "height": 568}


def test_letters_twice_as_large_fit_on_a_phone(chromium: Browser, demo: Installation) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    page.get_by_label("Name").fill("Maria")
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 waiting")
    for size, letters in ((PHONE, "200%"), (NARROW, "100%")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in PAGES:
            page.goto(f"{demo.url}{path}")
            page.evaluate("(size) => (document.documentElement.style.fontSize = size)", letters)
            assert page.evaluate(STICKING_OUT) == [], (path, size, letters)
    assert faults == []


def test_every_language_fits_on_a_narrow_phone(chromium: Browser, demo: Installation) -> None:
    page, faults = watched(chromium, NARROW)
    sign_in(page, demo)
    page.get_by_label("Name").fill("Ana")
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    for language in sorted({*languages()} - {"en"}):
        page.set_extra_http_headers({"Accept-Language": language})
        for path in (*PAGES, "/manage/statistics", "/manage/settings", "/phones"):
            page.goto(f"{demo.url}{path}")
            assert page.evaluate(STICKING_OUT) == [], (path, language)
    assert faults == []
