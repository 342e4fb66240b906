"""A board that can't reach the server shows no door code once it may be good no longer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


def ask_for_code(page: Page, demo: Installation, asks: bool) -> None:
    page.goto(f"{demo.url}/manage/queues/DEMO/rules")
    page.get_by_label("Ask for a code that is shown where you are").set_checked(asks)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved.")).to_be_visible()


def test_an_old_code_is_not_shown_as_good(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    sign_in(page, demo)
    ask_for_code(page, demo, True)
    page.clock.install()
    page.goto(f"{demo.url}/q/DEMO/board")
    words, picture = page.get_by_text("or scan the code"), page.locator(".board-join .qr")
    expect(words).to_be_visible()
    page.context.route("**", lambda route: route.abort())
    page.clock.fast_forward("04:00")
    expect(picture).to_be_visible()
    page.clock.fast_forward("07:00")
    expect(picture).to_be_hidden()
    expect(words).to_be_hidden()
    page.context.unroute("**")
    page.clock.fast_forward("01:00")
    expect(words).to_be_visible()
    ask_for_code(page, demo, False)
