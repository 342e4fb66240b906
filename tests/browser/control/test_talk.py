"""A customer and the counter write to each other, and two servicers a note, on pages that stay open."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.test_live import managers, press, serve_everybody, takes_number

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


def opened(counter: Page) -> Locator:
    """The page of whoever waits last, in the sheet."""
    counter.locator("#waiting li .line-open").last.click()
    return counter.get_by_role("dialog")


def save(sheet: Locator) -> None:
    sheet.get_by_role("button", name="Save note").click()


def test_of_two_who_write_a_note_what_one_types_stays_while_the_other_saves_and_is_not_lost_when_saved(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    takes_number(new_context(), demo)
    rosa, luis = managers(new_context(), demo), managers(new_context(), demo)
    mine, theirs = opened(rosa), opened(luis)
    theirs.get_by_role("textbox", name="Note").fill("Needs a receipt.")
    mine.get_by_role("textbox", name="Note").fill("Brings a dog.")
    save(mine)
    expect(mine).to_be_hidden()
    expect(luis.locator("#waiting .noted").last).to_contain_text("Brings a dog.")
    expect(theirs.get_by_role("textbox", name="Note")).to_have_value("Needs a receipt.")
    save(theirs)
    expect(theirs).to_contain_text("It says: Brings a dog.")
    expect(theirs.get_by_role("textbox", name="Note")).to_have_value("Needs a receipt.")
    theirs.get_by_role("textbox", name="Note").fill("Brings a dog, needs a receipt.")
    save(theirs)
    expect(theirs).to_be_hidden()
    expect(rosa.locator("#waiting .noted").last).to_contain_text("Brings a dog, needs a receipt.")
    serve_everybody(rosa)


@pytest.fixture
def talk(demo: Installation, new_context: Callable[..., BrowserContext]) -> tuple[Page, Page]:
    """The page of somebody who was called, and the counter's."""
    counter = managers(new_context(), demo)
    customer = takes_number(new_context(), demo)
    if counter.get_by_role("button", name="Start", exact=True).is_visible():
        press(counter, "Remove")  # whoever the test before has called
    press(counter, "Call next")
    expect(customer.get_by_role("heading", name="It's your turn")).to_be_visible()
    return customer, counter


def write(page: Page, words: str) -> None:
    page.get_by_label("Write to the counter").fill(words)
    page.get_by_role("button", name="Send").click()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_each_sees_at_once_what_the_other_writes(talk: tuple[Page, Page]) -> None:
    customer, counter = talk
    write(customer, "which door do I take?")
    expect(counter.locator("#now q")).to_have_text("which door do I take?")
    picture(counter, "counter")
    counter.locator("#now").get_by_role("link", name="Reply").click()
    sheet = counter.get_by_role("dialog")
    sheet.get_by_label("Your answer").fill("The green")
    write(customer, "the red one?")
    expect(sheet.locator("q").last).to_have_text("the red one?")
    expect(sheet.get_by_label("Your answer")).to_have_value("The green")
    sheet.get_by_label("Your answer").fill("The green one.")
    picture(counter, "sheet")
    sheet.get_by_role("button", name="Reply", exact=True).click()
    expect(sheet).to_be_hidden()
    expect(customer.locator("q").last).to_have_text("The green one.")
    picture(customer, "customer")


def test_the_sheet_closes_when_an_answer_goes_that_was_refused_before(talk: tuple[Page, Page]) -> None:
    customer, counter = talk
    write(customer, "may I bring scissors?")
    counter.locator("#now").get_by_role("link", name="Reply").click()
    sheet = counter.get_by_role("dialog")
    sheet.get_by_label("Your answer").fill("✂️")
    sheet.get_by_role("button", name="Reply", exact=True).click()
    expect(sheet).to_contain_text("Write it in words.")
    sheet.get_by_label("Your answer").fill("Yes, bring them.")
    sheet.get_by_role("button", name="Reply", exact=True).click()
    expect(sheet).to_be_hidden()
    expect(customer.locator("q").last).to_have_text("Yes, bring them.")


def test_an_answer_of_the_list_is_one_press(talk: tuple[Page, Page]) -> None:
    customer, counter = talk
    write(customer, "I need a moment")
    counter.locator("#now").get_by_role("link", name="Reply").click()
    counter.get_by_role("dialog").get_by_role("button", name="Take your time.").click()
    expect(customer.locator("q").last).to_have_text("Take your time.")
    expect(counter.locator("#now q")).to_have_text("Take your time.")
