"""Large letters, each family of fonts, a phone 320 pixels wide: nothing is cut or scrolls sideways."""

import pytest
from playwright.sync_api import Browser, expect

from bot.sms_templates import languages
from commands.fonts import FAMILIES
from tests.acceptance.installation import Installation
from tests.browser.fonts import STICKING_OUT, in_each, sticking_out
from tests.browser.screens import NARROW, PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

MOST_USED = ("/q/DEMO", "/q/DEMO/board", "/control/DEMO", "/control/DEMO/ticket/1", "/manage", "/account")
PAGES = (
    "/",
    "/q/DEMO",
    "/q/DEMO/board",
    "/q/DEMO/poster",
    "/login",
    "/signup",
    "/privacy",
    "/phones",
    "/control/DEMO",
    "/control/DEMO/ticket/1",
    "/control/DEMO/message",
    "/control/DEMO/ended",
    "/control/DEMO/keys",
    "/account",
    "/manage",
    "/manage/queues",
    "/manage/queues/DEMO",
    "/manage/queues/DEMO/rules",
    "/manage/queues/DEMO/hours",
    "/manage/queues/DEMO/desks",
    "/manage/people",
    "/manage/texts",
    "/manage/texts/en/your_turn",
    "/manage/statistics?span=month",
    "/manage/settings",
    "/manage/safety",
    "/manage/alarms",
    "/manage/api-keys",
    "/manage/webhooks",
    "/manage/audit",
)


def test_letters_twice_as_large_fit_on_a_phone(chromium: Browser, demo: Installation) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    page.get_by_label("Name").fill("Maria")
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1 waiting")
    wrong: list[tuple[str, str]] = []
    for path in PAGES:
        page.goto(f"{demo.url}{path}")
        wrong += [(path, what) for what in sticking_out(page)]
    assert (wrong, faults) == ([], [])


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
