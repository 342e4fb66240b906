"""The servicer's page in a real browser: screen sizes, touch, keyboard, sound and questions."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.fonts import in_each
from tests.browser.screens import ON_ITS_SIDE, PHONE, SIZES, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]


@pytest.fixture
def control(chromium: Browser, demo: Installation) -> Iterator[Page]:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    yield page
    serve_everybody(page)
    asked_for = (
        "ERR_FAILED",
        "429",
        "400",
        "422",
    )  # caused by tests that disconnect, or have a press refused
    assert [fault for fault in faults if not any(sign in fault for sign in asked_for)] == []


def serve_everybody(page: Page) -> None:
    page.reload()
    for _ in range(20):
        call, done = (page.get_by_role("button", name=name, exact=True) for name in ("Call next", "Done"))
        expect(call.or_(done)).to_be_visible()
        if done.count():
            done.click()
        elif page.get_by_role("status").inner_text() != "0 waiting":
            call.click()
        else:
            return
        expect(page.locator(".is-pressed")).to_have_count(0)


def add(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add walk-in", exact=True).click()
    expect(page.get_by_label("Waiting", exact=True).get_by_text(name)).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def open_sheet(page: Page, name: str) -> Locator:
    page.get_by_role("link", name=name, exact=True).click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_be_visible()
    return sheet


def is_in_view(font: str, page: Page, *things: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, font
    view = page.viewport_size
    assert view is not None
    for thing in things:
        box = page.locator(thing).first.bounding_box()
        assert box is not None, thing
        assert box["y"] >= 0, (font, thing, view, box)
        assert box["y"] + box["height"] <= view["height"], (font, thing, view, box)


def is_in_view_in_each_font(page: Page, sizes: Sequence[dict[str, int]], *things: str) -> None:
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for font in in_each(page):
            page.evaluate("scrollTo(0, 0)")
            is_in_view(font, page, *things)


def test_whom_one_serves_and_the_next_press_are_in_view_however_the_phone_is_held(control: Page) -> None:
    add(control, "Maria da Conceição Albuquerque-Vasco")
    press(control, "Call next")
    expect(control.get_by_role("button", name="Start", exact=True)).to_be_visible()
    called = (".ticket-number", ".ticket-name", ".next .btn-big", ".next-tools", "[role=status]")
    is_in_view_in_each_font(control, SIZES, *called)
    control.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    press(control, "Start")
    expect(control.get_by_text("being served for")).to_be_visible()
    is_in_view_in_each_font(control, [ON_ITS_SIDE], ".ticket-number", ".next .btn-big", ".undo .btn")
    press(control, "Done")
    expect(control.get_by_text("Nobody is waiting")).to_be_visible()


def test_axe_finds_nothing_in_any_state(control: Page, axe: Callable[[Page], None]) -> None:
    expect(control.get_by_text("Nobody is waiting")).to_be_visible()
    axe(control)
    add(control, "Eva"), add(control, "Tom")
    press(control, "Call next")
    expect(control.get_by_role("button", name="Start", exact=True)).to_be_visible()
    axe(control)
    for name in ("Walk-in", "Message", "You", "Queue"):
        open_sheet(control, name)
        axe(control)
        control.keyboard.press("Escape")
    open_sheet(control, "Queue").get_by_label("Reason for a pause").fill("lunch")
    press(control, "Pause")
    expect(control.get_by_text("Paused: lunch.")).to_be_visible()
    expect(control.get_by_role("dialog")).to_have_count(0)
    axe(control)
    press(control, "Open")
    expect(control.get_by_text("Paused: lunch.")).to_have_count(0)


def test_keys_press_the_buttons_but_never_while_somebody_writes(
    control: Page, axe: Callable[[Page], None]
) -> None:
    control.get_by_label("Name").press_sequentially("n d")
    expect(control.get_by_label("Name")).to_have_value("n d")
    press(control, "Add walk-in")
    expect(control.get_by_role("status")).to_have_text("1 waiting")
    control.locator("h1").click()
    control.keyboard.press("n")
    expect(control.get_by_role("status")).to_have_text("0 waiting")
    control.keyboard.press("?")
    dialog = control.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    axe(control)
    control.keyboard.press("u")  # ignored while the list is open
    control.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(control.get_by_role("button", name="Start", exact=True)).to_be_visible()
    control.keyboard.press("u")
    expect(control.get_by_role("status")).to_have_text("1 waiting")


def test_a_press_that_gets_no_answer_says_so_and_counts_once(control: Page) -> None:
    add(control, "Ida"), add(control, "Leo")
    control.route("**/control/DEMO/call-next*", lambda route: (route.fetch(max_redirects=0), route.abort()))
    press(control, "Call next")
    expect(control.get_by_text("No answer")).to_be_visible()
    control.unroute("**/control/DEMO/call-next*")
    expect(control.get_by_role("status")).to_have_text("1 waiting")
    expect(control.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_an_idle_servicer_hears_who_joins_an_empty_line(
    control: Page, chromium: Browser, demo: Installation
) -> None:
    control.evaluate("document.addEventListener('rang', () => (window.rang = (window.rang || 0) + 1))")
    control.locator("h1").click()  # sound needs a first touch
    customer = chromium.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    for count in (1, 2):  # only the first one joins an empty line
        customer.context.clear_cookies()
        customer.goto(f"{demo.url}/q/DEMO")
        customer.get_by_role("button", name="Take a number", exact=True).click()
        expect(control.get_by_role("status")).to_have_text(f"{count} waiting")
        expect(control).to_have_title(f"{count} waiting · Demo counter")
        assert control.evaluate("window.rang") == 1


def test_a_refused_press_says_why_on_the_page_and_the_next_one_works(control: Page) -> None:
    add(control, "Uma")
    control.route("**/control/DEMO/call-next*", lambda route: route.fulfill(status=429, body="later"))
    press(control, "Call next")
    expect(control.get_by_role("alert").get_by_text("Press again: it only counts once.")).to_be_visible()
    control.unroute("**/control/DEMO/call-next*")
    control.evaluate("document.querySelectorAll('[name=csrf_token]').forEach((one) => (one.value = 'old'))")
    press(control, "Call next")
    expect(control.get_by_role("alert").get_by_text("This page was out of date")).to_be_visible()
    expect(control.locator("[name=csrf_token]").first).not_to_have_value("old")
    press(control, "Call next")
    expect(control.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_what_a_refused_walk_in_offers_stays_whoever_joins_meanwhile(
    control: Page, chromium: Browser, demo: Installation
) -> None:
    sheet = open_sheet(control, "Walk-in")
    sheet.get_by_label("Phone").fill("+1 555 010 1001")
    add(control, "Ana")
    sheet.get_by_label("Phone").fill("+1 555 010 1001")
    sheet.get_by_label("Name").fill("Ben")
    press(control, "Add walk-in")
    expect(control.get_by_text("That phone already has number")).to_be_visible()
    customer = chromium.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    customer.goto(f"{demo.url}/q/DEMO")
    customer.get_by_role("button", name="Take a number", exact=True).click()
    expect(control.get_by_role("status")).to_have_text("2 waiting")
    press(control, "Second number, no texts")
    expect(control.get_by_label("Waiting", exact=True).get_by_text("Ben")).to_be_visible()
    expect(control.get_by_text("That phone already has number")).to_have_count(0)


def test_a_colleagues_customer_is_taken_over_with_one_tap(
    control: Page, chromium: Browser, demo: Installation, axe: Callable[[Page], None]
) -> None:
    """The row leads to the customer's page as a whole; the button in it lies above that link."""
    word = "a long enough secret"
    new = ("servicer", "add", "luis@example.com", "--name", "Luis", "--role", "servicer", "--password-stdin")
    demo.command(*new, given=word)
    add(control, "Ana")
    press(control, "Call next"), press(control, "Start")
    luis, faults = watched(chromium, PHONE)
    luis.goto(f"{demo.url}/login")
    luis.get_by_label("Email").fill("luis@example.com")
    luis.get_by_label("Password", exact=True).fill(word)
    luis.get_by_role("button", name="Sign in").click()
    luis.goto(f"{demo.url}/control/DEMO")
    axe(luis)
    press(luis, "Take over")
    expect(luis.get_by_text("being served for")).to_be_visible()
    expect(control.get_by_role("button", name="Call next", exact=True)).to_be_visible()
    press(luis, "Done")
    expect(luis.get_by_role("button", name="Call next", exact=True)).to_be_visible()
    assert faults == []


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
