"""The kiosk in a real Chromium: it forgets each visitor by itself or at a touch, and prints what fits."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import TABLET, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

LYING = {"width": 1024, "height": 768}
STUBS = """() => {
    window.printed = 0;
    window.print = () => (window.printed += 1);
    window.said = [];
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    Object.defineProperty(window, "speechSynthesis", {value: {
        getVoices: () => [{lang: "en-US", name: "Voice", localService: true}],
        cancel: () => {},
        speak: (one) => window.said.push(one.text),
    }});
}"""


@pytest.fixture
def manager(demo: Installation, new_context: Callable[..., BrowserContext]) -> Page:
    page = new_context().new_page()
    sign_in(page, demo)
    return page


@pytest.fixture
def tablet(demo: Installation, manager: Page, chromium: Browser) -> Iterator[Page]:
    """Paired, and with a clock that the test moves."""
    manager.goto(f"{demo.url}/manage/queues/DEMO/kiosks")
    manager.get_by_label("Name").fill("Tablet at the door")
    manager.get_by_role("button", name="Show a code").click()
    code = re.search(r"enter (\S+ \S+) within", manager.locator("#notices").inner_text())
    assert code is not None
    page, faults = watched(chromium, TABLET)
    page.add_init_script(f"({STUBS})()")
    page.clock.install()
    page.goto(f"{demo.url}/q/DEMO/kiosk")
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Pair this tablet").click()
    expect(page.get_by_role("button", name="Take a number")).to_be_visible()
    yield page
    assert [one for one in faults if "ERR_INTERNET_DISCONNECTED" not in one] == []


def prints(manager: Page, demo: Installation, paper: str) -> None:
    manager.goto(f"{demo.url}/manage/queues/DEMO/rules")
    manager.get_by_label("A kiosk prints slips").select_option(paper)
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("saved.")).to_be_visible()


def take(page: Page) -> int:
    page.get_by_role("button", name="Take a number").click()
    heading = page.get_by_role("heading", name=re.compile(r"You are number \d+"))
    expect(heading).to_be_visible()
    return int(heading.inner_text().split()[-1])


def test_it_forgets_a_visitor_after_ten_seconds_at_a_touch_or_later_if_they_ask(tablet: Page) -> None:
    again = tablet.get_by_role("button", name="Take a number")
    tablet.get_by_label("Name").fill("Ana")
    tablet.get_by_role("button", name="One person more").click()
    expect(tablet.get_by_label("People")).to_have_value("2")
    first = take(tablet)
    tablet.clock.run_for("00:11")
    expect(again).to_be_visible()
    expect(tablet.get_by_label("Name")).to_have_value("")
    expect(tablet.get_by_label("People")).to_have_value("")
    assert take(tablet) == first + 1
    tablet.get_by_role("link", name="Done").click()
    expect(again).to_be_visible()
    assert take(tablet) == first + 2
    tablet.get_by_role("button", name="More time").click()
    tablet.clock.run_for("00:40")
    expect(tablet.get_by_role("heading", name=f"You are number {first + 2}")).to_be_visible()
    tablet.clock.run_for("00:30")
    expect(again).to_be_visible()
    tablet.go_back()
    expect(tablet.get_by_text(f"You are number {first + 2}")).to_have_count(0)


def test_what_somebody_typed_and_left_is_forgotten_too(tablet: Page) -> None:
    tablet.get_by_role("link", name="español").click()
    tablet.get_by_label("Nombre").fill("Ana")
    tablet.clock.run_for("01:02")
    expect(tablet.get_by_label("Name")).to_have_value("")


def test_it_says_the_number_aloud_when_asked(tablet: Page) -> None:
    number = take(tablet)
    tablet.get_by_role("button", name="Say it aloud").click()
    (words,) = tablet.evaluate("said")
    assert words.startswith(f"You are number {number}.")


@pytest.mark.parametrize(("paper", "millimetres"), [("80mm", 72), ("a6", 89)])
def test_the_slip_fits_its_paper_and_is_printed_once_only_where_the_queue_prints(
    demo: Installation, manager: Page, tablet: Page, paper: str, millimetres: int
) -> None:
    take(tablet)
    assert tablet.evaluate("printed") == 0
    tablet.get_by_role("link", name="Done").click()
    prints(manager, demo, paper)
    take(tablet)
    assert tablet.evaluate("printed") == 1
    tablet.emulate_media(media="print")
    tablet.set_viewport_size({"width": round(millimetres / 25.4 * 96), "height": 600})
    expect(tablet.locator(".slip")).to_be_visible()
    expect(tablet.get_by_role("link", name="Done")).to_be_hidden()
    assert tablet.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pages = tablet.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == 1
    prints(manager, demo, "")


def test_axe_finds_nothing_upright_or_lying_bright_or_dark(tablet: Page, axe: Callable[[Page], None]) -> None:
    for size in (TABLET, LYING):
        tablet.set_viewport_size(size)  # type: ignore[arg-type]
        axe(tablet)

        take(tablet)
        axe(tablet)
        assert tablet.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tablet.get_by_role("link", name="Done").click()
        expect(tablet.get_by_role("button", name="Take a number")).to_be_visible()


def test_it_works_by_the_keyboard_alone(tablet: Page) -> None:
    tablet.get_by_label("Name").focus()
    tablet.keyboard.type("Ben")
    tablet.keyboard.press("Enter")
    expect(tablet.get_by_role("heading", name=re.compile("You are number"))).to_be_focused()
    tablet.keyboard.press("Tab")
    expect(tablet.get_by_role("link", name="Done")).to_be_focused()
    tablet.keyboard.press("Enter")
    expect(tablet.get_by_role("button", name="Take a number")).to_be_visible()


def test_without_the_network_nothing_is_lost_and_no_number_stays(tablet: Page) -> None:
    tablet.get_by_label("Name").fill("Cai")
    tablet.context.set_offline(True)
    tablet.get_by_role("button", name="Take a number").click()
    expect(tablet.get_by_text("No connection.")).to_be_visible()
    expect(tablet.get_by_label("Name")).to_have_value("Cai")
    tablet.context.set_offline(False)
    number = take(tablet)
    tablet.context.set_offline(True)
    tablet.get_by_role("link", name="Done").click()
    expect(tablet.get_by_text(f"{number}", exact=True)).to_be_hidden()
    tablet.context.set_offline(False)
    tablet.clock.run_for("00:04")
    expect(tablet.get_by_role("button", name="Take a number")).to_be_visible()
