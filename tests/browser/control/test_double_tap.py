"""A double tap means one press, even a slow one."""

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


@pytest.mark.parametrize("pause", [60, 350, 600])
def test_a_second_tap_on_done_does_not_finish_with_the_next_one(
    chromium: Browser, demo: Installation, pause: int
) -> None:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    for name in ("Eva", "Tom", "Ida"):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Add walk-in", exact=True).click()
        expect(page.get_by_label("Waiting").get_by_text(name).first).to_be_visible()
    page.get_by_role("button", name="Call next", exact=True).click()
    page.get_by_role("button", name="Start", exact=True).click()
    done = page.get_by_role("button", name="Done", exact=True)
    expect(page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    page.wait_for_timeout(1000)
    box = done.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    page.wait_for_timeout(pause)
    page.mouse.click(x, y)
    page.wait_for_timeout(1500)
    # The next ticket is called, but neither started nor done.
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("1 waiting")
    for _ in range(2):
        page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    assert faults == []
