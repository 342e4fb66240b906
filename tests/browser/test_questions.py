"""What can't be taken back is asked first, and what can shows its way back: with JavaScript, on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

# The field of the sign-up page, which this installation does not show.
SELECT_A_ZONE = """async (untouched) => {
    const options = ["UTC", "America/Toronto", "Asia/Tokyo"].map((zone) => `<option>${zone}</option>`);
    document.querySelector("main").innerHTML = `<select data-time-zone="UTC">${options.join("")}</select>`;
    const field = document.querySelector("select");
    if (!untouched) field.value = "Asia/Tokyo";
    await import(document.querySelector("script[src*=refresh]").src.replace("refresh", "forms/time_zone"));
    return field.value;
}"""


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def takes_number(page: Page, demo: Installation) -> None:
    page.goto(f"{demo.url}/q/DEMO")
    press(page, "Take a number")
    page.wait_for_url("**/t/*")


def test_closing_asks_and_bring_back_makes_it_good(
    chromium: Browser, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    customer = new_context(viewport=PHONE).new_page()
    takes_number(customer, demo)
    control, faults = watched(chromium, PHONE)
    sign_in(control, demo)
    press(control, "Close")
    expect(control.get_by_role("heading", name="Close Demo counter?")).to_be_visible()
    expect(control.get_by_text("We'll text them")).to_be_visible()
    control.get_by_role("link", name="Keep it open").click()
    expect(control.get_by_role("heading", name="The queue is open")).to_be_visible()
    press(control, "Close")
    press(control, "Close")
    expect(customer.get_by_role("heading", name="Closed before your turn")).to_be_visible()
    press(control, "Bring back")
    expect(control.get_by_role("heading", name="The queue is open")).to_be_visible()
    expect(customer.get_by_text("You're back in line at your old place.")).to_be_visible()
    press(customer, "Leave the queue")
    press(customer, "I'm still coming")
    expect(customer.get_by_role("heading", name="You are number")).to_be_visible()
    press(customer, "Leave the queue")
    expect(customer.get_by_role("button", name="I'm still coming")).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("untouched", [True, False], ids=["untouched", "chosen"])
def test_signing_up_takes_the_browsers_time_zone_unless_another_is_chosen(
    new_context: Callable[..., BrowserContext], demo: Installation, untouched: bool
) -> None:
    page = new_context(timezone_id="America/Toronto").new_page()
    page.goto(f"{demo.url}/login")
    assert page.evaluate(SELECT_A_ZONE, untouched) == ("America/Toronto" if untouched else "Asia/Tokyo")
