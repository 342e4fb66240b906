"""Pages that are refused (429, 503) wait as long as Retry-After says, and tell the user."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, Response, Route, expect

from tests.acceptance.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

LONGEST_WAIT = 30  # seconds
BUSY = "It's very busy right now"


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
