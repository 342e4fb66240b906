"""The manager's pages in a real browser: no problem at any size, and the preview follows the typing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.fonts import hold
from tests.browser.screens import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

PAGES = (
    "",
    "/queues",
    "/queues/DEMO",
    "/queues/DEMO/rules",
    "/queues/DEMO/hours",
    "/queues/DEMO/desks",
    "/queues/DEMO/archive",
    "/holidays",
    "/new-queue",
    "/people",
    "/people/1",
    "/texts",
    "/texts/en",
    "/texts/en/your_turn",
    "/texts/fr/joined",
    "/settings",
)


def test_axe_finds_nothing_and_nothing_sticks_out_at_any_size_in_any_font(
    chromium: Browser, demo: Installation, axe: Callable[[Page], None]
) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    for path in PAGES:
        page.goto(f"{demo.url}/manage{path}")
        expect(page.locator("h1")).to_be_visible()
        axe(page)
        hold(page)
    assert faults == []


def test_the_preview_follows_what_is_typed_and_a_piece_is_put_in(
    chromium: Browser, demo: Installation
) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    page.goto(f"{demo.url}/manage/texts/en/your_turn")
    field, preview = page.get_by_label("What it says"), page.locator("#preview")
    field.fill("Come, ")
    expect(preview).to_contain_text("{number} is missing")
    field.fill("It's your turn, ")
    page.get_by_role("button", name="{number}").click()
    expect(preview.locator(".bubble")).to_have_text("It's your turn, 27")
    expect(preview).to_contain_text("One text: 18 letters of 160.")
    assert faults == []
