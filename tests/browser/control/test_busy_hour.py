"""A busy hour of two servicers on small phones: what is to be pressed is in reach, no press is missed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.installation import Installation, free_port, password
from tests.browser.screens import DESKTOP, ON_ITS_SIDE, PHONE, TABLET, watched
from tests.fake_carrier import FakeCarrier
from tests.fake_carrier.faults import Fate
from tests.world import phone

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

CROWD, FULL = 25, 50
MOST_SCROLLED = 0.15  # of the presses
MOST_SCREENS = 1.5
LAPTOP = {"width": 1280, "height": 800}
IS_IN_REACH = """(button) => {
    const {left, top, width, height} = button.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const seen = document.elementFromPoint(x, y);
    return top >= 0 && top + height <= innerHeight && (button.contains(seen) || seen?.contains(button));
}"""
SMALLEST = """() => [...document.querySelectorAll("button, a, input:not([type=hidden]), select, summary")]
    .filter((one) => one.checkVisibility() && !one.matches(".skip, .form-check-input"))
    .map((one) => [one.getBoundingClientRect(), getComputedStyle(one, "::after"), one])
    .filter(([box, after]) => box.width > 0 && after.position !== "absolute")
    .filter(([box]) => box.height < 43.5 || box.width < 43.5)
    .map(([box, , one]) => `${one.textContent.trim() || one.id}: ${box.width} by ${box.height}`)"""


class Servicer:
    """Someone at the counter, who counts the presses and those that needed a scroll first."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses, self.scrolled = page, 0, 0

    def press(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.tap(self.page.get_by_role("link", name=name, exact=True))

    def tap(self, thing: Locator) -> None:
        expect(thing).to_be_visible()
        self.presses += 1
        self.scrolled += not thing.evaluate(IS_IN_REACH)
        thing.click()
        expect(self.page.locator(".is-pressed")).to_have_count(0)

    def serves(self, number: int) -> None:
        expect(self.page.locator(".now .ticket-number")).to_have_text(str(number))

    def did(self, words: str) -> None:
        expect(self.page.locator(".undo p")).to_have_text(words)

    def add(self, name: str, number: int) -> None:
        """Two taps and a name; then its number is read out, and dismissed."""
        self.follow("Walk-in")
        self.page.keyboard.type(name)
        self.press("Add walk-in")
        expect(self.page.locator(".given-number")).to_have_text(str(number))
        self.follow("Got it")
        expect(self.page.get_by_role("dialog")).to_have_count(0)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, new_shop: Path) -> Iterator[Installation]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with FakeCarrier(public_url=url, app_url=url) as carrier:
        installation = Installation(tmp_path_factory.mktemp("busy"), carrier, port, PUBLIC_URL=url)
        installation.set_up_like(new_shop)
        installation.command("queue", "add", "SHAVES", "--name", "Shaves")
        with installation.running():
            yield installation


def at_counter(
    chromium: Browser, shop: Installation, name: str, keyword: str = "CET236"
) -> tuple[Servicer, list[str]]:
    page, faults = watched(chromium, PHONE)
    page.goto(f"{shop.url}/login")
    page.get_by_label("Email").fill(f"{name.lower()}@example.com")
    page.get_by_label("Password", exact=True).fill(password(name))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{shop.url}/control/{keyword}")
    return Servicer(page), faults


def join(shop: Installation, first: int, count: int, keyword: str = "CET236") -> None:
    for index in range(first, first + count):
        text = f"{keyword} Guest{index + 1}"
        assert shop.carrier.customer_texts(phone(index), shop.carrier.number, text).texts


def test_a_busy_hour_needs_next_to_no_scrolling(chromium: Browser, shop: Installation) -> None:
    join(shop, 0, CROWD)
    rosa, faults = at_counter(chromium, shop, "Rosa")
    luis, faults_of_luis = at_counter(chromium, shop, "Luis")
    rosa.press("Call next"), luis.press("Call next")
    rosa.serves(1), luis.serves(2)
    rosa.press("Start"), luis.press("Start")
    rosa.add("Dona Rute", 26)  # while she serves
    rosa.press("Done"), luis.press("Done")
    rosa.serves(3), luis.serves(4)

    rosa.press("No-show")
    rosa.did("Marked 3 as a no-show")
    rosa.press("Call next")
    rosa.serves(5)
    luis.press("Put back")
    luis.did("Put 4 back")
    luis.press("Call next")
    luis.serves(6)
    luis.press("Undo")
    expect(luis.page.get_by_text("Undone: called 6.")).to_be_visible()
    luis.press("Call next")
    luis.serves(6)

    rosa.press("Start")
    rosa.follow("Transfer, note")
    rosa.press("Transfer")
    rosa.did("Transferred 5 to Shaves as 1")
    # Guest9 stands at the desk and only signs something.
    rosa.tap(rosa.page.get_by_role("link", name="9 Guest9"))
    rosa.press("Call this one")
    rosa.serves(9)
    rosa.did("Called 9 before their turn")
    rosa.press("Start"), rosa.press("Done")

    shop.carrier.faults.next_fates(*[Fate(30003)] * 6)
    luis.press("Start"), luis.press("Done")
    expect(luis.page.locator(".now .chip-loud")).to_have_text("text failed — call aloud")
    luis.press("Call again")
    luis.add("Eva", 27)
    luis.press("Start"), luis.press("Done")

    for _ in range(6):
        for servicer in (rosa, luis):
            servicer.press("Start")
            servicer.press("Done")
    rosa.press("Start"), rosa.add("Tom", 28)
    luis.press("Put back")
    luis.follow("You")
    luis.press("Take a break")
    luis.did("Took a break")
    expect(luis.page.get_by_text("You're on a break.")).to_be_visible()
    luis.press("Call next")
    expect(luis.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    luis.press("Undo")
    rosa.press("Put back")
    rosa.follow("Queue")
    rosa.press("Close")
    expect(rosa.page.get_by_role("heading", name="Close Haircuts?")).to_be_visible()
    rosa.press("Close")
    expect(rosa.page.get_by_text("Closed. Nobody can join.")).to_be_visible()

    presses, scrolled = rosa.presses + luis.presses, rosa.scrolled + luis.scrolled
    print(f"{presses} presses, {scrolled} after a scroll: {scrolled / presses:.0%}")
    assert scrolled / presses <= MOST_SCROLLED
    assert faults + faults_of_luis == []


def test_fifty_who_wait_fit_on_a_screen_and_a_half(chromium: Browser, shop: Installation) -> None:
    shop.command("queue", "add", "CROWD50", "--name", "Crowd")
    rosa, faults = at_counter(chromium, shop, "Rosa", "CROWD50")
    rosa.page.locator("h1").click()  # a phone rings and shakes only after a first touch
    join(shop, 100, FULL, "CROWD50")
    expect(rosa.page.get_by_role("status")).to_have_text(f"{FULL} waiting")
    fits(rosa.page)
    rosa.press("Call next")
    fits(rosa.page)
    rosa.press("Start")
    expect(rosa.page.get_by_text("being served for")).to_be_visible()
    fits(rosa.page)
    rosa.follow("Show all 49")
    last = rosa.page.get_by_label("Waiting", exact=True).get_by_text("Guest150")
    last.scroll_into_view_if_needed()
    for name in ("Done", "Undo", "Put back"):
        assert rosa.page.get_by_role("button", name=name, exact=True).evaluate(IS_IN_REACH), name
    for size in (PHONE, ON_ITS_SIDE):
        focus_is_in_view(rosa.page, size)
    rosa.page.get_by_label("Find somebody in line").fill("guest149")
    expect(rosa.page.locator(".line-counted > .line-row:visible")).to_have_count(1)
    assert faults == []


def focus_is_in_view(page: Page, size: dict[str, int]) -> None:
    """However far one goes with the keyboard, no bar covers what has the focus."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(reduced_motion="reduce")  # scrolls at once
    page.locator("#main").focus()
    for key in ["Tab"] * 30 + ["Shift+Tab"] * 10:
        page.keyboard.press(key)
        focused = page.locator(":focus")
        assert focused.evaluate(IS_IN_REACH), (size, focused.inner_text())


def fits(page: Page) -> None:
    for size in (PHONE, ON_ITS_SIDE, TABLET, LAPTOP, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        tall = page.evaluate("document.documentElement.scrollHeight") / size["height"]
        assert tall <= MOST_SCREENS, (size, tall)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        assert page.evaluate(SMALLEST) == [], size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
