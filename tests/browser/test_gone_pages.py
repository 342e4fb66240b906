"""Pages that stay open while their address goes: they lead on, or say that it is gone and why."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import PHONE, SOON, sign_in, sign_in_by_password, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

CHECK_NOW = "window.dispatchEvent(new Event('online'))"


@pytest.fixture
def manager(chromium: Browser, demo: Installation) -> Iterator[Page]:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    yield page
    assert faults == []


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def make_queue(manager: Page, demo: Installation, keyword: str) -> None:
    manager.goto(f"{demo.url}/manage/new-queue")
    manager.get_by_label("Name").fill(f"Queue {keyword}")
    manager.get_by_label("Keyword").fill(keyword)
    press(manager, "Add and open")
    manager.wait_for_url(f"**/queues/{keyword}")


def rename(manager: Page, demo: Installation, keyword: str, new: str) -> None:
    manager.goto(f"{demo.url}/manage/queues/{keyword}/rules")
    manager.get_by_label("Keyword").fill(new)
    press(manager, "Save")
    manager.wait_for_url(f"**/queues/{new}")


def test_a_board_whose_keyword_is_changed_moves_along(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "WALL1")
    board = new_context().new_page()
    board.goto(f"{demo.url}/q/WALL1/board")
    rename(manager, demo, "WALL1", "WALL2")
    board.wait_for_url("**/q/WALL2/board", timeout=2 * SOON)
    expect(board.get_by_text("Text WALL2 to")).to_be_visible()


def test_a_page_whose_address_is_gone_says_so_and_why(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "DOOR1")
    page = new_context().new_page()
    page.goto(f"{demo.url}/q/DOOR1")
    page.context.set_offline(True)
    rename(manager, demo, "DOOR1", "DOOR2")
    press(manager, "Free DOOR1")
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("No connection. This page may be out of date.", timeout=2 * SOON)
    page.context.set_offline(False)
    gone = alert.filter(has_text="There's no queue called DOOR1.")
    expect(gone).to_be_visible(timeout=2 * SOON)
    expect(gone).to_contain_text("This page is out of date.")


def test_a_page_of_an_archived_queue_says_what_happened(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "ROOM1")
    page = new_context(viewport=PHONE).new_page()
    page.goto(f"{demo.url}/q/ROOM1")
    expect(page.get_by_role("button", name="Take a number")).to_be_visible()
    manager.goto(f"{demo.url}/manage/queues/ROOM1/archive")
    press(manager, "Archive")
    expect(page.get_by_text("Queue ROOM1 is no longer in use")).to_be_visible()


def test_a_servicers_page_that_was_signed_out_elsewhere_asks_to_sign_in(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    elsewhere = new_context().new_page()
    sign_in_by_password(elsewhere, demo)
    manager.goto(f"{demo.url}/account")
    press(manager, "Sign out everywhere else")
    elsewhere.evaluate(CHECK_NOW)
    elsewhere.wait_for_url("**/login**", timeout=2 * SOON)


def test_a_page_of_the_network_instead_of_ours_is_not_taken_for_it(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(f"{demo.url}/q/DEMO/board")
    page.route("**/q/DEMO/board", lambda route: route.fulfill(body="<h1>Welcome to the café</h1>"))
    page.evaluate(CHECK_NOW)
    expect(page.get_by_role("alert")).to_have_text("No connection. This page may be out of date.")
