"""Every state of people and tickets, all in one shop: axe finds nothing, and nothing sticks out or is cut."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.all_states import COUNTER, EDU, LENA, Filled
from tests.browser.fonts import hold
from tests.browser.photographs import busy_shop, sign_in
from tests.browser.screens import NARROW, ON_ITS_SIDE, PHONE, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

FOR_ANYBODY = (
    "/q/CET236",
    "/q/BEARD",
    "/q/SHAVES",
    "/q/BEARD/board",
    "/q/BEARD/poster",
    "/q/CET236/embed",
    "/q/BEARD/embed",
    "/q/SHAVES/embed",
)
FOR_STAFF = (COUNTER, f"{COUNTER}?all=1", "/control/BEARD", "/control/SHAVES", "/control")
FOR_A_MANAGER = (
    "/manage/replies",
    "/manage/queues/CET236/rules",
    "/manage/queues/BEARD/rules",
    "/manage/audit",
)
# Numbers that reach out of the box that shows them, or under a bar that is always there.
CUT_NUMBERS = """() => [...document.querySelectorAll(
        ".now .ticket-number, .band-count, .you-are, .serving-number")]
    .filter((one) => one.checkVisibility())
    .filter((one) => {
        const around = one.closest(".ticket, .band, .serving").getBoundingClientRect();
        const {left, right, top, bottom} = one.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        const seen = y < innerHeight ? document.elementFromPoint(x, y) : one;
        const isCovered = !(one.contains(seen) || seen?.contains(one));
        const isOut = right > around.right + 0.5 || left < around.left - 0.5;
        return isCovered || isOut || one.scrollWidth > one.clientWidth + 1;
    })
    .map((one) => `${one.className}: ${one.textContent.trim()}`)"""


# A wait that an ellipsis or a box cuts would be another wait.
CUT_WAITS = """() => [...document.querySelectorAll(".unbroken")]
    .filter((one) => one.checkVisibility())
    .filter((one) => {
        const {left, right} = one.getBoundingClientRect();
        for (let box = one.parentElement; box; box = box.parentElement) {
            const around = box.getBoundingClientRect();
            const cuts = getComputedStyle(box).overflowX !== "visible";
            if (cuts && (right > around.right + 0.5 || left < around.left - 0.5)) return true;
        }
        return false;
    })
    .map((one) => `cut: ${one.textContent}`)"""

WIDE_ON_ITS_SIDE = {"width": 740, "height": 360}
BUTTONS = ["No-show", "Call again", "Done", "Start", "Hold", "Put back", "Remove", "Transfer, note"]
# The buttons of the present ticket that nothing covers.
IN_REACH = """() => [...document.querySelectorAll(".other .btn, .next .btn")]
    .filter((one) => {
        const {left, right, top, bottom} = one.getBoundingClientRect();
        return one.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
    })
    .map((one) => one.textContent.trim())"""


@pytest.fixture(scope="module")
def shop(new_shop: Path) -> Iterator[Filled]:
    with busy_shop(new_shop) as filled:
        yield filled


@pytest.fixture
def judge(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    def judge(page: Page) -> None:
        axe(page)
        hold(page, CUT_NUMBERS, CUT_WAITS)

    return judge


def test_the_pages_of_customers(chromium: Browser, shop: Filled, judge: Callable[[Page], None]) -> None:
    page, faults = watched(chromium, PHONE)
    for path in (*FOR_ANYBODY, *shop.tickets.values()):
        page.goto(f"{shop.shop.url}{path}")
        expect(page.locator("h1").first).to_be_visible()
        judge(page)
    page.goto(f"{shop.shop.url}/q/BEARD")
    page.get_by_label("Code").fill("XXXX")
    page.get_by_role("button", name="Take a number").click()
    expect(page.locator("#code-error")).to_be_visible()
    judge(page)
    assert [fault for fault in faults if "422" not in fault] == []


def test_the_pages_of_the_counter(chromium: Browser, shop: Filled, judge: Callable[[Page], None]) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, shop.shop, "rosa")
    for path in (*FOR_STAFF, shop.on_counter(EDU), shop.on_counter(LENA)):
        page.goto(f"{shop.shop.url}{path}")
        expect(page.locator("h1").first).to_be_visible()
        judge(page)
    assert faults == []


def test_the_sheets_of_the_counter(chromium: Browser, shop: Filled, axe: Callable[[Page], None]) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, shop.shop, "rosa")
    for name in ("Reply", "Walk-in", "Message", "You", "Queue"):
        page.goto(f"{shop.shop.url}{COUNTER}")
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        axe(page)
        hold(page)
    assert faults == []


def test_the_pages_of_the_manager(chromium: Browser, shop: Filled, judge: Callable[[Page], None]) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, shop.shop, "boss")
    for path in FOR_A_MANAGER:
        page.goto(f"{shop.shop.url}{path}")
        expect(page.locator("h1").first).to_be_visible()
        judge(page)
    assert faults == []


def test_somebody_on_hold_who_is_to_be_called_aloud_takes_one_line_with_the_button(
    chromium: Browser, shop: Filled
) -> None:
    page, _ = watched(chromium, PHONE)
    sign_in(page, shop.shop, "rosa")
    page.goto(f"{shop.shop.url}{COUNTER}")
    row = page.locator(".waiting .line-row-hold")
    heights = row.evaluate(
        """(row) => [".line-open", ".chip-hold", ".chip-aloud", ".btn"].map((one) => {
            const {top, height} = row.querySelector(one).getBoundingClientRect();
            return top + height / 2;
        })"""
    )
    assert max(heights) - min(heights) < 8
    expect(row.get_by_text("on hold")).to_have_count(1)  # heard, if not seen


def test_on_its_side_a_phone_shows_how_many_are_on_hold_and_cuts_no_wait(
    chromium: Browser, shop: Filled
) -> None:
    page, _ = watched(chromium, ON_ITS_SIDE)
    sign_in(page, shop.shop, "rosa")
    page.goto(f"{shop.shop.url}{COUNTER}")
    expect(page.locator(".band-hold-brief")).to_be_in_viewport()
    expect(page.locator(".band-hold-brief")).to_have_text("1")
    wait = page.locator(".band-wait:not(.band-hold)")
    assert wait.evaluate("(wait) => wait.scrollWidth <= wait.clientWidth")


def test_every_button_for_somebody_who_was_called_can_be_pressed_without_scrolling(
    chromium: Browser, shop: Filled
) -> None:
    page, _ = watched(chromium, PHONE)
    sign_in(page, shop.shop, "rosa")
    for size in (NARROW, WIDE_ON_ITS_SIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{shop.shop.url}{COUNTER}")
        expect(page.locator("[data-settling]")).to_have_count(0)
        assert page.evaluate(IN_REACH) == BUTTONS, size


def test_no_note_covers_a_button_in_a_language_of_long_words(chromium: Browser, shop: Filled) -> None:
    page, _ = watched(chromium, NARROW)
    sign_in(page, shop.shop, "rosa")
    page.goto(f"{shop.shop.url}{COUNTER}")
    ticket = page.get_by_role("link", name="Transfer, note").get_attribute("href")
    shop.rosa.open(str(ticket))
    shop.rosa.press("Save note", note="Brings a dog and needs a receipt for two people, both with a name.")
    page.set_extra_http_headers({"Accept-Language": "de"})
    for size in (NARROW, WIDE_ON_ITS_SIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{shop.shop.url}{COUNTER}")
        expect(page.locator("[data-settling]")).to_have_count(0)
        expect(page.locator(".now .noted")).to_have_count(1)
        assert len(page.evaluate(IN_REACH)) == len(BUTTONS), size
