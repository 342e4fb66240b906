"""axe-core and the layout of the pages and states that no other test here brings about."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.fonts import hold
from tests.browser.screens import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

PUBLIC = ("/q/DEMO", "/q/DEMO/board")
CROWD = 8
IS_REFUSED = "responded with a status of 4"  # what the browser writes of a page that is not there
SIGNED_IN = (
    "/account",
    "/control/DEMO/keys",
    "/control/DEMO/ended",
    "/control/DEMO/message",
    "/manage/api-keys",
    "/manage/webhooks",
    "/manage/forget",
    "/manage/people/invite",
    "/manage/safety",
    "/manage/alarms",
    "/manage/statistics?span=month",
    "/manage/statistics/tickets",
    "/manage/queues/DEMO/close",
    "/manage/queues/DEMO/channels",
    "/manage/queues/DEMO/kiosks",
    "/control/NOWHERE",
)
FOR_ANYBODY = (
    "/privacy",
    "/q/DEMO/privacy",
    "/q/DEMO/kiosk",
    "/reset",
    "/reset/x",
    "/invitation/x",
    "/stop/x",
    "/signup",
    "/t/nobody",
    "/phones",
)


def press(page: Page, button: str) -> None:
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".is-pressed")).to_have_count(0)


def takes_number(page: Page, demo: Installation) -> str:
    page.context.clear_cookies()
    page.goto(f"{demo.url}/q/DEMO")
    page.get_by_role("button", name="Take a number", exact=True).click()
    page.wait_for_url("**/t/*")
    return page.url.removeprefix(demo.url)


@pytest.fixture
def look(demo: Installation, axe: Callable[[Page], None]) -> Callable[..., None]:
    """Opens each page and lets axe judge it, and its layout in each font."""

    def judge(page: Page, *paths: str) -> None:
        for path in paths:
            page.goto(f"{demo.url}{path}")
            expect(page.locator("h1").first).to_be_visible()
            axe(page)
            hold(page)

    return judge


def test_pages_for_anybody(chromium: Browser, look: Callable[..., None]) -> None:
    page, faults = watched(chromium, PHONE)
    look(page, *FOR_ANYBODY)
    assert [fault for fault in faults if IS_REFUSED not in fault] == []


def test_pages_for_staff(chromium: Browser, demo: Installation, look: Callable[..., None]) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    look(page, *SIGNED_IN)
    assert [fault for fault in faults if IS_REFUSED not in fault] == []


def test_a_queue_that_is_long_paused_and_closed(
    chromium: Browser,
    demo: Installation,
    axe: Callable[[Page], None],
    look: Callable[..., None],
) -> None:
    control, _ = watched(chromium, PHONE)
    anybody, _ = watched(chromium, PHONE)
    sign_in(control, demo)
    missing, removed, ended = (takes_number(anybody, demo) for _ in range(3))
    for _ in range(CROWD):
        takes_number(anybody, demo)
    control.reload()
    axe(control)  # a long line
    hold(control)
    press(control, "Call next")
    press(control, "No-show")
    control.get_by_label("Waiting", exact=True).get_by_role("link").first.click()
    expect(control.locator("h1")).to_be_visible()
    axe(control)  # a ticket that waits
    hold(control)
    press(control, "Remove")
    look(anybody, missing, removed)
    control.goto(f"{demo.url}/control/DEMO")
    press(control, "Pause")
    look(anybody, *PUBLIC, ended)
    press(control, "Close")
    expect(control.locator("h1")).to_have_text("Close Demo counter?")
    axe(control)  # the question
    hold(control)
    press(control, "Close")
    expect(control.get_by_text("Closed. Nobody can join.")).to_be_visible()
    axe(control)
    hold(control)
    look(anybody, *PUBLIC, ended)
    press(control, "Open")
