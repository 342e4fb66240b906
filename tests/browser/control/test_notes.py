"""Two servicers write a note about the same customer, each on a page that is open all the time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.test_live import managers, serve_everybody, takes_number

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


def opened(counter: Page) -> Locator:
    """The page of whoever waits last, in the sheet."""
    counter.locator("#waiting li .line-open").last.click()
    return counter.get_by_role("dialog")


def save(sheet: Locator) -> None:
    sheet.get_by_role("button", name="Save note").click()


def test_what_one_types_stays_while_the_other_saves_and_is_not_lost_when_saved(
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
