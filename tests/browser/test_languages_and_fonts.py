"""Each language fits on a narrow phone, the time zone is the browser's, and the tests have their fonts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bot.wording.sms_templates import languages
from commands.fonts import FAMILIES
from tests.acceptance.installation import Installation
from tests.browser.fonts import STICKING_OUT, in_each
from tests.browser.screens import NARROW, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

MOST_USED = ("/q/DEMO", "/q/DEMO/board", "/control/DEMO", "/control/DEMO/ticket/1", "/manage", "/account")
# The field of the sign-up page, which this installation does not show.
SELECT_A_ZONE = """async (untouched) => {
    const options = ["UTC", "America/Toronto", "Asia/Tokyo"].map((zone) => `<option>${zone}</option>`);
    document.querySelector("main").innerHTML = `<select data-time-zone="UTC">${options.join("")}</select>`;
    const field = document.querySelector("select");
    if (!untouched) field.value = "Asia/Tokyo";
    await import(document.querySelector("script[src*=refresh]").src.replace("refresh", "forms/time_zone"));
    return field.value;
}"""


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


@pytest.mark.parametrize("untouched", [True, False], ids=["untouched", "chosen"])
def test_signing_up_takes_the_browsers_time_zone_unless_another_is_chosen(
    new_context: Callable[..., BrowserContext], demo: Installation, untouched: bool
) -> None:
    page = new_context(timezone_id="America/Toronto").new_page()
    page.goto(f"{demo.url}/login")
    assert page.evaluate(SELECT_A_ZONE, untouched) == ("America/Toronto" if untouched else "Asia/Tokyo")
