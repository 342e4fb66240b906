"""Open pages whose address goes lead on or say why; refused ones (429, 503) wait as they are told."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, Route, expect

from tests.acceptance.installation import Installation
from tests.browser.screens import PHONE, SOON, sign_in, sign_in_by_password, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

LONGEST_WAIT = 30  # seconds
BUSY = "It's very busy right now"
CHECK_NOW = "window.dispatchEvent(new Event('online'))"


@pytest.fixture
def manager(chromium: Browser, demo: Installation) -> Iterator[Page]:
    page, faults = watched(chromium, PHONE)
    sign_in(page, demo)
    yield page
    assert faults == []


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def make_queue(manager: Page, demo: Installation, keyword: str) -> None:
    manager.goto(f"{demo.url}/manage/new-queue")
    manager.get_by_label("Name").fill(f"Queue {keyword}")
    manager.get_by_label("Keyword").fill(keyword)
    press(manager, "Add and open")
    manager.wait_for_url(f"**/queues/{keyword}")


def rename(manager: Page, demo: Installation, keyword: str, new: str) -> None:
    manager.goto(f"{demo.url}/manage/queues/{keyword}/rules")
    manager.get_by_label("Keyword").fill(new)
    press(manager, "Save")
    manager.wait_for_url(f"**/queues/{new}")


def test_a_board_whose_keyword_is_changed_moves_along(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "WALL1")
    board = new_context().new_page()
    board.goto(f"{demo.url}/q/WALL1/board")
    rename(manager, demo, "WALL1", "WALL2")
    board.wait_for_url("**/q/WALL2/board", timeout=2 * SOON)
    expect(board.get_by_text("Text WALL2 to")).to_be_visible()


def test_a_page_whose_address_is_gone_says_so_and_why(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "DOOR1")
    page = new_context().new_page()
    page.goto(f"{demo.url}/q/DOOR1")
    page.context.set_offline(True)
    rename(manager, demo, "DOOR1", "DOOR2")
    press(manager, "Free DOOR1")
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("No connection. This page may be out of date.", timeout=2 * SOON)
    page.context.set_offline(False)
    gone = alert.filter(has_text="There's no queue called DOOR1.")
    expect(gone).to_be_visible(timeout=2 * SOON)
    expect(gone).to_contain_text("This page is out of date.")


def test_a_page_of_an_archived_queue_says_what_happened(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    make_queue(manager, demo, "ROOM1")
    page = new_context(viewport=PHONE).new_page()
    page.goto(f"{demo.url}/q/ROOM1")
    expect(page.get_by_role("button", name="Take a number")).to_be_visible()
    manager.goto(f"{demo.url}/manage/queues/ROOM1/archive")
    press(manager, "Archive")
    expect(page.get_by_text("Queue ROOM1 is no longer in use")).to_be_visible()


def test_a_servicers_page_that_was_signed_out_elsewhere_asks_to_sign_in(
    manager: Page, demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    elsewhere = new_context().new_page()
    sign_in_by_password(elsewhere, demo)
    manager.goto(f"{demo.url}/account")
    press(manager, "Sign out everywhere else")
    elsewhere.evaluate(CHECK_NOW)
    elsewhere.wait_for_url("**/login**", timeout=2 * SOON)


def test_a_page_of_the_network_instead_of_ours_is_not_taken_for_it(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(f"{demo.url}/q/DEMO/board")
    page.route("**/q/DEMO/board", lambda route: route.fulfill(body="<h1>Welcome to the café</h1>"))
    page.evaluate(CHECK_NOW)
    expect(page.get_by_role("alert")).to_have_text("No connection. This page may be out of date.")


class Refusing:
    """Intercepts a page's requests to the shop: counts them, and refuses them on demand."""

    def __init__(self, page: Page) -> None:
        self.page, self.asked = page, Counter[str]()
        self.unanswered: set[Request] = set()
        page.on("request", lambda request: self.unanswered.add(request))
        page.on("requestfailed", lambda request: self.unanswered.discard(request))
        page.on("requestfinished", lambda request: self.unanswered.discard(request))
        page.on("response", self._answered)

    def _answered(self, response: Response) -> None:
        """An event stream is answered when it begins: it never ends."""
        if response.request.resource_type == "eventsource":
            self.unanswered.discard(response.request)

    def refuse(self, what: str, status: int, **headers: str) -> None:
        def answer(route: Route) -> None:
            self.asked[what] += 1
            route.fulfill(status=status, headers=headers, body="")

        self.page.route(what, answer)

    def wait_for(self, what: str, times: int) -> None:
        """Until it was asked for so many times: its requests are answered in real time, not the page's."""
        for _ in range(LONGEST_WAIT * 10):
            if self.asked[what] >= times:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{what} was asked for {self.asked[what]} times only")

    def pass_seconds(self, seconds: int) -> None:
        """One by one, each after all responses: else the page's time-outs pass while a machine is busy."""
        for _ in range(seconds):
            self.page.clock.run_for(1000)
            for _ in range(LONGEST_WAIT * 100):
                if not self.unanswered:
                    break
                self.page.wait_for_timeout(10)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


def test_a_refused_stream_is_asked_for_again_only_when_it_was_said(demo: Installation, page: Page) -> None:
    crowd = Refusing(page)
    crowd.refuse("**/events/**", 429, **{"Retry-After": "60"})
    page.goto(f"{demo.url}/q/DEMO")
    crowd.pass_seconds(5)
    expect(page.get_by_text(BUSY)).to_be_visible()
    crowd.pass_seconds(50)
    expect(page.get_by_text(BUSY)).to_be_visible()
    assert crowd.asked["**/events/**"] == 2, "once, and once how long to wait"
    crowd.pass_seconds(25)
    crowd.wait_for("**/events/**", 3)
    assert crowd.asked["**/events/**"] <= 4
    page.unroute("**/events/**")
    crowd.pass_seconds(80)
    expect(page.get_by_text(BUSY)).to_be_hidden()


def test_a_server_that_restarts_is_not_told_as_a_crowd(demo: Installation, page: Page) -> None:
    crowd = Refusing(page)
    crowd.refuse("**/events/**", 503, **{"Retry-After": "20", "X-Restarts": "yes"})
    page.goto(f"{demo.url}/q/DEMO")
    crowd.pass_seconds(5)
    expect(page.get_by_role("heading", name="Demo counter")).to_be_visible()
    crowd.wait_for("**/events/**", 2)
    expect(page.locator("#connection")).to_be_empty()
    crowd.pass_seconds(10)
    assert crowd.asked["**/events/**"] == 2, "not before it was said"
    page.unroute("**/events/**")
    crowd.pass_seconds(30)
    expect(page.locator("#connection")).to_be_empty()


@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_page_waits_as_long_as_it_was_told(demo: Installation, page: Page, status: int) -> None:
    page.goto(f"{demo.url}/q/DEMO")
    expect(page.get_by_role("heading", name="Demo counter")).to_be_visible()
    crowd = Refusing(page)
    crowd.refuse("**/q/DEMO", status, **{"Retry-After": "120"})
    crowd.pass_seconds(40)
    expect(page.get_by_text(BUSY)).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    crowd.pass_seconds(70)
    assert crowd.asked["**/q/DEMO"] == 1
    page.unroute("**/q/DEMO")
    crowd.pass_seconds(60)
    expect(page.get_by_text(BUSY)).to_be_hidden()
