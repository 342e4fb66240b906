"""The whole cycle in a real browser: a pretend phone texts, a servicer calls, the phone gets a text."""

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import ON_ITS_SIDE, PHONE, SOON, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


def test_text_be_called_be_texted_be_served(chromium: Browser, demo: Installation) -> None:
    phones, phone_faults = watched(chromium, {"width": 1280, "height": 800})
    control, control_faults = watched(chromium, PHONE)
    phones.goto(f"{demo.url}/phones")
    ana, ben = phones.get_by_role("log").nth(0), phones.get_by_role("log").nth(1)
    phones.get_by_label("Text", exact=True).nth(0).fill("DEMO Ana")
    phones.get_by_role("button", name="Send").nth(0).click()
    expect(ana).to_contain_text("You are number 1")
    phones.get_by_label("Text", exact=True).nth(1).fill("demo Ben 2")
    phones.get_by_role("button", name="Send").nth(1).click()
    expect(ben).to_contain_text("You are number 2")

    sign_in(control, demo)
    expect(control.get_by_role("status")).to_have_text("2 waiting")
    control.get_by_role("button", name="Call next", exact=True).click()
    expect(control.get_by_role("heading", name="Now serving")).to_be_visible()
    expect(control.get_by_role("status")).to_have_text("1 waiting")
    expect(ana).to_contain_text("It's your turn", timeout=SOON)
    expect(ben).not_to_contain_text("It's your turn")

    own = phones.context.new_page()
    own.goto(phones.get_by_role("link", name="/t/").first.get_attribute("href") or "")
    expect(own.get_by_role("heading", name="It's your turn")).to_be_visible()

    control.get_by_role("button", name="Start", exact=True).click()
    control.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    control.get_by_role("button", name="Done", exact=True).click()
    expect(ben).to_contain_text("It's your turn", timeout=SOON)
    expect(own.get_by_text("You're done")).to_be_visible(timeout=SOON)
    control.get_by_role("button", name="Done", exact=True).click()
    expect(control.get_by_text("Nobody is waiting")).to_be_visible()
    assert phone_faults == []
    assert control_faults == []


def test_a_number_taken_on_the_web_is_one_number_and_can_be_given_up(
    chromium: Browser, demo: Installation
) -> None:
    page, faults = watched(chromium, PHONE)
    page.goto(f"{demo.url}/q/DEMO")
    page.get_by_role("button", name="Take a number", exact=True).dblclick()
    expect(page.get_by_text("You are number")).to_be_visible()
    mine = page.url
    page.go_back()
    page.reload()
    page.goto(f"{demo.url}/q/DEMO")
    page.goto(mine)
    expect(page.get_by_text("You're next").first).to_be_visible()
    page.get_by_role("button", name="Leave the queue", exact=True).click()
    expect(page.get_by_role("heading", name="You have left the queue")).to_be_visible()
    assert faults == []


def test_an_unknown_page_is_told_in_words(chromium: Browser, demo: Installation) -> None:
    page, _ = watched(chromium, PHONE)
    answer = page.goto(f"{demo.url}/q/NOWHERE")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading").first).to_be_visible()
