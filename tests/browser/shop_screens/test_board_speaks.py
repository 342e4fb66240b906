"""The board says calls aloud in a real Chromium with a voice that notes what it is told to say."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.installation import Installation, comes_true, password
from tests.browser.screens import DESKTOP, ON_ITS_SIDE, PHONE, TABLET
from tests.browser.test_live import at_counter, managers, press, serve_everybody, takes_number

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

# Voices of these languages; each utterance ends when the test says so, or at once.
VOICE = """(languages) => {
    const voice = (lang, at) => ({lang, name: `Voice ${at + 1} of ${lang}`, localService: true});
    const voices = languages.map(voice);
    window.said = [];
    window.isHeld = false;
    window.overlapped = false;
    window.finish = () => {
        const one = window.speaking;
        one.isOver = true;
        one.onend();
    };
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    Object.defineProperty(window, "speechSynthesis", {value: {
        getVoices: () => voices,
        addEventListener: () => {},
        cancel: () => {},
        speak: (one) => {
            window.said.push([one.voice.lang, one.text]);
            if (window.speaking && !window.speaking.isOver) window.overlapped = true;
            window.speaking = one;
            if (!window.isHeld) setTimeout(window.finish, 20);
        },
    }});
}"""


Arrive = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def shop(demo: Installation) -> Installation:
    """The demo shop with a second servicer."""
    luis = ("luis@example.com", "--name", "Luis", "--role", "servicer", "--password-stdin")
    demo.command("servicer", "add", *luis, given=password("Luis"))
    return demo


@pytest.fixture
def rosa(shop: Installation, new_context: Arrive) -> Page:
    """At the counter of an empty queue whose board speaks Spanish, then English."""
    page = managers(new_context(), shop)
    page.goto(f"{shop.url}/manage/queues/DEMO/rules")
    page.get_by_label("Say calls aloud in").select_option("es")
    page.get_by_label("Then in").select_option("en")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved.")).to_be_visible()
    page.goto(f"{shop.url}/control/DEMO")
    serve_everybody(page)
    return page


@pytest.fixture
def luis(shop: Installation, new_context: Arrive) -> Page:
    return at_counter(new_context(), shop, "luis@example.com", password("Luis").strip())


def board(shop: Installation, new_context: Arrive, *languages: str) -> Page:
    """With its sound on, in a browser with a voice for each of these languages."""
    page = new_context(viewport=DESKTOP).new_page()
    page.add_init_script(f"({VOICE})({list(languages)})")
    page.goto(f"{shop.url}/q/DEMO/board")
    page.get_by_role("switch", name="Sound").click()
    return page


def join(shop: Installation, new_context: Arrive) -> str:
    """The number they got."""
    return takes_number(new_context(), shop).locator(".ticket-number").first.inner_text()


def in_both(number: str) -> list[list[str]]:
    return [["es", f"Número {number}"], ["en", f"Number {number}"]]


def has_said(wall: Page, *numbers: str) -> None:
    meant = [line for number in numbers for line in in_both(number)]
    comes_true(lambda: len(wall.evaluate("said")) >= len(meant), 20)
    assert wall.evaluate("said") == meant


def test_two_calls_at_once_are_said_in_their_order_and_never_over_each_other(
    shop: Installation, new_context: Arrive, rosa: Page, luis: Page
) -> None:
    one, two = join(shop, new_context), join(shop, new_context)
    wall = board(shop, new_context, "es", "en")
    press(rosa, "Call next"), press(luis, "Call next")
    has_said(wall, one, two)
    assert not wall.evaluate("overlapped")
    expect(wall.locator(".board-caption")).to_have_text(f"Número {two}Number {two}")
    press(rosa, "Call again")
    has_said(wall, one, two, one)
    press(luis, "Done")


def test_what_is_undone_before_its_turn_is_not_said(
    shop: Installation, new_context: Arrive, rosa: Page, luis: Page
) -> None:
    one, two = join(shop, new_context), join(shop, new_context)
    wall = board(shop, new_context, "es", "en")
    wall.evaluate("isHeld = true")
    press(rosa, "Call next")
    comes_true(lambda: wall.evaluate("said.length") == 1, 20)
    press(luis, "Call next")
    expect(wall.locator(f"[data-number='{two}']")).to_be_visible()
    press(luis, "Undo")
    expect(wall.locator(f".board-numbers [data-number='{two}']")).to_have_count(0)
    wall.evaluate("isHeld = false, finish()")
    has_said(wall, one)
    press(rosa, "Call again")
    has_said(wall, one, one)


def test_a_screen_without_a_voice_says_so_once_and_goes_on_in_the_other_language(
    shop: Installation, new_context: Arrive, rosa: Page
) -> None:
    number = join(shop, new_context)
    wall = board(shop, new_context, "en")
    notice = wall.get_by_text("This screen has no voice for: español.")
    expect(notice).to_be_visible()
    press(rosa, "Call next")
    comes_true(lambda: wall.evaluate("said.length") == 1, 20)
    assert wall.evaluate("said") == [["en", f"Number {number}"]]
    wall.clock.install()
    wall.reload()
    wall.clock.run_for("00:05")
    expect(notice).to_have_count(0)


def test_the_volume_and_the_voice_are_chosen_and_tried_on_the_screen(
    shop: Installation, new_context: Arrive, rosa: Page, axe: Callable[[Page], None]
) -> None:
    join(shop, new_context), press(rosa, "Call next")
    wall = board(shop, new_context, "es", "en", "en")
    wall.get_by_text("Volume and voice").click()
    for size in (DESKTOP, TABLET):
        wall.set_viewport_size(size)  # type: ignore[arg-type]
        axe(wall)
    wall.get_by_label("Volume").fill("40")
    wall.get_by_label("English").select_option("Voice 3 of en")
    wall.reload()
    wall.get_by_text("Volume and voice").click()
    expect(wall.get_by_label("Volume")).to_have_value("40")
    wall.get_by_role("button", name="Try it").click()
    has_said(wall, "12")
    assert wall.evaluate("[speaking.volume, speaking.voice.name]") == [0.4, "Voice 3 of en"]


# Cut, or over another one; the page itself must not be scrolled sideways.
CUT = """() => [document.documentElement,
        ...document.querySelectorAll(".board-queue, .serving li, .board-now, .board-messages")]
    .filter((one) => one.scrollWidth > one.clientWidth + 2 || (one !== document.documentElement
        && one.scrollHeight > one.clientHeight + 2)).map((one) => one.className)"""


def test_a_board_of_two_queues_says_the_calls_of_both_in_one_order_and_fits_every_screen(
    shop: Installation, new_context: Arrive, rosa: Page, luis: Page, axe: Callable[[Page], None]
) -> None:
    rosa.goto(f"{shop.url}/manage/new-queue")
    rosa.get_by_label("Name").fill("Beards"), rosa.get_by_label("Keyword").fill("BEARDS")
    rosa.get_by_role("button", name="Add").click()
    rosa.goto(f"{shop.url}/manage/queues/BEARDS/rules")
    rosa.get_by_label("Letter before each number").select_option("B")
    rosa.get_by_role("button", name="Save").click()
    rosa.goto(f"{shop.url}/manage/screens")
    axe(rosa)
    rosa.get_by_label("Name").fill("Waiting room")
    rosa.get_by_role("button", name="Add").click()
    rosa.get_by_label("Queue 1").select_option("DEMO"), rosa.get_by_label("Queue 2").select_option("BEARDS")
    rosa.get_by_label("Say calls aloud in").select_option("en")
    rosa.get_by_label("English", exact=True).fill("The floor is wet.\nWe close at six today.")
    rosa.get_by_role("button", name="Save").click()
    expect(rosa.get_by_text("Waiting room is saved.")).to_be_visible()
    axe(rosa)
    wall = new_context(viewport=DESKTOP).new_page()
    wall.add_init_script(f"({VOICE})(['en'])")
    wall.goto(shop.url + str(rosa.get_by_role("link", name="/b/").get_attribute("href")))
    wall.get_by_role("switch", name="Sound").click()
    number = join(shop, new_context)
    beards = new_context().new_page()
    beards.goto(f"{shop.url}/q/BEARDS")
    beards.get_by_role("button", name="Take a number", exact=True).click()
    expect(beards.get_by_role("heading", name="You are number B1")).to_be_visible()
    luis.goto(f"{shop.url}/control/BEARDS"), rosa.goto(f"{shop.url}/control/DEMO")
    press(luis, "Call next"), press(rosa, "Call next")
    meant = [["en", "Number B1"], ["en", f"Demo counter: Number {number}"]]
    comes_true(lambda: wall.evaluate("said.length") == len(meant), 20)
    assert wall.evaluate("said") == meant
    messages = wall.locator(".board-messages p")
    expect(messages.locator("visible=true")).to_have_count(1)
    for size in (DESKTOP, TABLET, PHONE, ON_ITS_SIDE):
        wall.set_viewport_size(size)  # type: ignore[arg-type]
        assert wall.evaluate(CUT) == [], size
    axe(wall)
    press(luis, "Done"), press(rosa, "Done")
