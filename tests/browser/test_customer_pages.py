"""The public pages in a real browser: every screen, size and colour scheme; and being called."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.acceptance.installation import Installation, comes_true
from tests.browser.fonts import hold, in_each
from tests.browser.screens import DESKTOP, PHONE, SOON, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

TELEVISION = DESKTOP
MOST_PRESSES = 6
MINUTE = 60_000  # milliseconds
# Counts sounds and vibrations.
LISTEN = """
    window.felt = [];
    navigator.vibrate = (pattern) => felt.push(pattern);
    window.strikes = 0;
    const made = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () { strikes += 1; return made.call(this); };
"""


@pytest.fixture
def counter_page(new_context: Callable[..., BrowserContext], demo: Installation) -> Iterator[Page]:
    """The demo's control page; everybody still in line after the test is served."""
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    sign_in(page, demo)
    yield page
    for _ in range(MOST_PRESSES):
        page.reload()
        if page.get_by_role("button", name="Done", exact=True).count():
            press_and_wait(page, "Done")
        elif page.get_by_role("status").inner_text() != "0 waiting":
            press_and_wait(page, "Call next")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def takes_number(context: BrowserContext, demo: Installation) -> Page:
    page = context.new_page()
    page.goto(f"{demo.url}/q/DEMO")
    press(page, "Take a number")
    page.wait_for_url("**/t/*")
    return page


def press_and_wait(counter_page: Page, name: str) -> None:
    """Press this button, and wait for the response."""
    with counter_page.expect_response(lambda answer: answer.request.method == "POST"):
        press(counter_page, name)


def is_so(page: Page, condition: str) -> bool:
    return comes_true(lambda: page.evaluate(condition), SOON / 1000)


def test_every_screen_of_a_customer_in_every_size_and_scheme(
    demo: Installation,
    new_context: Callable[..., BrowserContext],
    counter_page: Page,
    axe: Callable[[Page], None],
) -> None:
    first, second = takes_number(new_context(), demo), takes_number(new_context(), demo)

    def looks_right(page: Page, screen: str) -> None:
        expect(page.locator("body")).to_have_class(f"ticket-page screen-{screen}")
        axe(page)
        hold(page)

    looks_right(second, "waiting")
    looks_right(first, "next")
    press_and_wait(counter_page, "Call next")
    looks_right(first, "turn")
    press_and_wait(counter_page, "Start")
    looks_right(first, "serving")
    press_and_wait(counter_page, "Done")
    looks_right(first, "done")
    press(second, "Leave the queue")
    looks_right(second, "left")


def test_pages_for_anybody_in_every_size_and_scheme(
    chromium: Browser,
    demo: Installation,
    axe: Callable[[Page], None],
) -> None:
    page, faults = watched(chromium, PHONE)
    for path in ("/", "/q/DEMO", "/q/DEMO/board", "/q/DEMO/poster", "/q/DMEO", "/nothing", "/login"):
        page.goto(f"{demo.url}{path}")
        axe(page)
        hold(page)
    assert [fault for fault in faults if "responded with a status of 404" not in fault] == []


def test_a_turn_is_heard_and_felt_and_so_is_being_called_again(
    demo: Installation, new_context: Callable[..., BrowserContext], counter_page: Page
) -> None:
    context = new_context()
    context.add_init_script(LISTEN)
    ana = takes_number(context, demo)
    switch = ana.get_by_role("switch", name="Sound and vibration")
    expect(switch).to_have_attribute("aria-checked", "true")
    ana.get_by_role("heading").first.click()  # sound needs a first touch
    press_and_wait(counter_page, "Call next")
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible()
    assert is_so(ana, "felt.length === 1 && strikes > 0")
    press_and_wait(counter_page, "Call again")
    assert is_so(ana, "felt.length === 2")
    ana.reload()
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible()
    assert ana.evaluate("felt.length") == 0  # no second alert


def test_who_switches_the_sound_off_is_called_in_silence(
    demo: Installation, new_context: Callable[..., BrowserContext], counter_page: Page
) -> None:
    context = new_context()
    context.add_init_script(LISTEN)
    ana = takes_number(context, demo)
    ana.get_by_role("switch", name="Sound and vibration").click()
    ana.reload()
    expect(ana.get_by_role("switch", name="Sound and vibration")).to_have_attribute("aria-checked", "false")
    press_and_wait(counter_page, "Call next")
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible()
    assert ana.evaluate("felt.length + strikes") == 0


def test_the_board_marks_a_new_call_for_a_while_and_says_when_it_is_cut_off(
    demo: Installation,
    new_context: Callable[..., BrowserContext],
    counter_page: Page,
    axe: Callable[[Page], None],
) -> None:
    wall = new_context(viewport=TELEVISION)
    wall.add_init_script(LISTEN)
    board = wall.new_page()
    takes_number(new_context(), demo)
    takes_number(new_context(), demo)
    board.goto(f"{demo.url}/q/DEMO/board")
    board.get_by_role("switch", name="Sound").click()
    assert is_so(board, "strikes > 0")  # the sample sound of the switch
    sample = board.evaluate("strikes")
    press_and_wait(counter_page, "Call next")
    expect(board.locator(".called-now")).to_have_count(1)
    assert is_so(board, f"strikes > {sample}")
    axe(board)
    press_and_wait(counter_page, "Start")
    board.reload()
    expect(board.locator(".serving-number")).to_have_count(1)
    expect(board.locator(".called-now")).to_have_count(0)
    wall.set_offline(True)
    expect(board.get_by_text("No connection")).to_be_visible()
    axe(board)
    press_and_wait(counter_page, "Done")
    wall.set_offline(False)
    expect(board.locator(".called-now")).to_have_count(1)
    expect(board.get_by_text("No connection")).to_be_hidden()


def is_new(board: Page) -> bool:
    """Whether the page was loaded anew; not while it is being loaded."""
    try:
        return not board.evaluate("window.isOfYesterday")
    except Error:
        return False


def test_a_board_begins_afresh_at_night_but_only_where_somebody_answers(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(viewport=TELEVISION)
    board = context.new_page()
    board.add_init_script("Math.random = () => 0")  # reloads at exactly three and four o'clock
    board.clock.install(time="2026-03-10T18:00:00")
    board.goto(f"{demo.url}/q/DEMO/board")
    board.evaluate("window.isOfYesterday = true")
    board.clock.set_system_time("2026-03-11T02:59:00")
    context.set_offline(True)  # only now: after hours without connection the board reloads when it reconnects
    board.clock.run_for(2 * MINUTE)
    assert board.evaluate("window.isOfYesterday")
    context.set_offline(False)
    board.clock.run_for(MINUTE)
    assert board.evaluate("window.isOfYesterday")
    board.clock.set_system_time("2026-03-11T03:59:00")
    board.clock.run_for(2 * MINUTE)
    assert comes_true(lambda: is_new(board), SOON / 1000)


def test_a_browser_too_old_for_the_scripts_loads_the_page_again(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.route("**/refresh.js", lambda route: route.abort())
    page.clock.install()
    page.goto(f"{demo.url}/q/DEMO")
    with page.expect_navigation():
        page.clock.run_for(16_000)
    page.get_by_label("Name").focus()
    page.evaluate("window.isTheSame = true")
    page.clock.run_for(40_000)
    assert page.evaluate("window.isTheSame")  # not reloaded, so nothing typed is lost


def test_everything_a_customer_may_do_works_by_forms_alone(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    ana = takes_number(new_context(java_script_enabled=False), demo)
    ben = takes_number(new_context(java_script_enabled=False), demo)
    ana.get_by_label("When should we tell you?").select_option("15")
    press(ana, "Set")
    expect(ana.get_by_text("You're nearly up already")).to_be_visible()
    expect(ana.get_by_label("When should we tell you?")).to_have_value("15")
    press(ana, "Later")
    expect(ana.get_by_text("1 ahead of you")).to_be_visible()
    for page in (ana, ben):
        press(page, "Leave the queue")
        expect(page.get_by_role("button", name="Take another number")).to_be_visible()


def test_the_poster_prints_on_one_sheet_in_any_font(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(f"{demo.url}/q/DEMO/poster")
    for font in in_each(page):
        for sheet in ("A4", "Letter"):
            assert page.pdf(format=sheet).count(b"/Type /Page\n") == 1, (font, sheet)
