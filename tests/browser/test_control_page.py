"""The servicer's page in a real browser: whom one serves and the next press in view at every size."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.test_smoke import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


def test_axe_finds_nothing_on_the_control_page(
    chromium: Browser, demo: Installation, axe: Callable[[Page], None]
) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    axe(page)
    page.get_by_label("Name").fill("Eva")
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    page.get_by_role("button", name="Call next", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    axe(page)
    assert faults == []
