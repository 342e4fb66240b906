"""Open pages in a real browser follow their queue: at once, all of them, and after interruptions."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.installation import Installation, comes_true, password
from tests.browser.screens import (
    MANAGER,
    ON_ITS_SIDE,
    SOON,
    password_of_manager,
    sign_in_as,
    sign_in_by_password,
)

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

LOST = "No connection"
# Seconds on a machine that may be busy with other things; a page that is told nothing asks after 15 or more.
AT_ONCE = 6
# Records when a text first appears on the page, by the same clock as the test.
NOTE_WHEN = """(words) => {
    const isThere = () => document.querySelector("main").innerText.includes(words);
    const look = () => window.seenAt ||= isThere() ? Date.now() : 0;
    window.seenAt = 0;
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
    look();
}"""


@pytest.fixture(scope="module")
def shop(demo: Installation) -> Installation:
    """The demo shop with a second servicer."""
    luis = ("luis@example.com", "--name", "Luis", "--role", "servicer", "--password-stdin")
    demo.command("servicer", "add", *luis, given=password("Luis"))
    return demo


def at_counter(context: BrowserContext, shop: Installation, email: str, secret: str) -> Page:
    page = context.new_page()
    sign_in_as(page, shop, email, secret)
    expect(page.get_by_role("status")).to_be_visible()
    return page


def managers(context: BrowserContext, shop: Installation) -> Page:
    return at_counter(context, shop, MANAGER, password_of_manager(shop))


def takes_number(context: BrowserContext, shop: Installation) -> Page:
    page = context.new_page()
    page.goto(f"{shop.url}/q/DEMO")
    page.get_by_role("button", name="Take a number", exact=True).click()
    page.wait_for_url("**/t/*")
    return page


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".is-pressed")).to_have_count(0)  # answered without loading another page


def serve_everybody(page: Page) -> None:
    """Leaves an empty queue, and a servicer who serves nobody, for the next test."""
    page.reload()
    while True:
        for button in ("Call next", "Done"):
            if page.get_by_role("button", name=button, exact=True).count():
                break
        if button == "Call next" and page.get_by_role("status").inner_text() == "0 waiting":
            return
        press(page, button)
        page.wait_for_load_state()


def all_see(pages: dict[Page, str], doing: Callable[[], None]) -> float:
    """Do something; returns the seconds until every page shows its text."""
    for page, words in pages.items():
        page.evaluate(NOTE_WHEN, words)
        assert page.evaluate("window.seenAt") == 0, f"{words!r} is there already: {page.inner_text('main')}"
    began = time.time()
    doing()
    for page in pages:
        assert comes_true(lambda page=page: page.evaluate("window.seenAt"), SOON / 1000), pages[page]
    return max(page.evaluate("window.seenAt") for page in pages) / 1000 - began


def test_two_servicers_three_customers_and_the_board_are_live_at_once(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    boss = managers(new_context(), shop)
    luis = at_counter(new_context(), shop, "luis@example.com", password("Luis"))
    ana, ben, cai = (takes_number(new_context(), shop) for _ in range(3))
    first = int(ana.locator(".ticket-number").inner_text())
    passer_by = new_context().new_page()
    passer_by.goto(f"{shop.url}/q/DEMO")
    board = new_context(viewport={"width": 1920, "height": 1080}).new_page()
    board.goto(f"{shop.url}/q/DEMO/board")
    for page in (boss, luis, board, passer_by):
        expect(page.get_by_role("status")).to_have_text("3 waiting")
    expect(cai.get_by_text("2 ahead of you")).to_be_visible()

    boss.evaluate("document.querySelector('[aria-live]').wasThere = true")
    everybody = {ana: "It's your turn", cai: "1 ahead of you", ben: "You're next"}
    watching = {luis: "2 waiting", board: "2 waiting", passer_by: "2 waiting"}
    took = [all_see(everybody | watching, lambda: press(boss, "Call next"))]
    assert boss.evaluate("document.querySelector('[aria-live]').wasThere"), (
        "else a screen reader says no number"
    )
    assert ana.title().startswith("It's your turn")
    assert cai.title().startswith("1 ahead of you")
    assert "screen-turn" in (ana.get_attribute("body", "class") or "")
    expect(board.locator(".serving-number")).to_have_text(str(first))

    took.append(all_see({ben: "It's your turn", boss: "1 waiting"}, lambda: press(luis, "Call next")))
    took.append(all_see({boss: "0 waiting", luis: "0 waiting"}, lambda: leave(cai)))
    took.append(all_see({boss: "1 waiting", luis: "1 waiting"}, lambda: again(cai)))
    assert max(took) < AT_ONCE, took
    serve_everybody(luis), serve_everybody(boss)


def leave(page: Page) -> None:
    press(page, "Leave the queue")


def again(page: Page) -> None:
    press(page, "Take another number")


def test_many_pages_of_one_browser_share_a_stream_and_all_are_live(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    """A browser opens at most six connections per host: a stream per page would use them up."""
    context = new_context()
    pages = [context.new_page() for _ in range(9)]
    for page in pages:
        page.goto(f"{shop.url}/q/DEMO/board")
        expect(page.get_by_role("status")).to_have_text("0 waiting")
    customer = new_context()
    all_see(dict.fromkeys(pages, "1 waiting"), lambda: void(takes_number(customer, shop)))
    pages.pop().close()  # the page that reads the shared stream
    ana = customer.pages[0]
    all_see(dict.fromkeys(pages, "0 waiting"), lambda: leave(ana))


def test_offline_and_back(shop: Installation, new_context: Callable[..., BrowserContext]) -> None:
    hers = new_context()
    ana = takes_number(hers, shop)
    boss = managers(new_context(), shop)
    expect(ana.get_by_text(LOST)).to_be_hidden()
    hers.set_offline(True)
    expect(ana.get_by_text(LOST)).to_be_visible()
    ana.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    press(boss, "Call next")
    expect(boss.get_by_text("Now serving")).to_be_visible()
    expect(ana.get_by_text("It's your turn")).to_be_hidden()
    hers.set_offline(False)
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible()
    expect(ana.get_by_text(LOST)).to_be_hidden()
    assert all_see({ana: "You're done"}, lambda: press(boss, "Done")) < AT_ONCE


def test_a_server_that_is_killed_and_started_again(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    ana = takes_number(new_context(), shop)
    boss = managers(new_context(), shop)
    shop.kill("web")
    for page in (ana, boss):
        expect(page.get_by_text(LOST)).to_be_visible()
    shop.start("web")
    shop.wait_until_ready()
    for page in (ana, boss):
        expect(page.get_by_text(LOST)).to_be_hidden(timeout=30_000)
    press(boss, "Call next")
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible(timeout=30_000)
    press(boss, "Done")
    expect(ana.get_by_text("You're done")).to_be_visible()


def test_turned_on_its_side_and_left_and_come_back_to(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    ana = takes_number(new_context(), shop)
    boss = managers(new_context(), shop)
    ana.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    assert all_see({ana: "It's your turn"}, lambda: press(boss, "Call next")) < AT_ONCE
    ana.goto(f"{shop.url}/q/DEMO")
    press(boss, "Done")
    expect(boss.get_by_text("Nobody is waiting")).to_be_visible()
    ana.go_back()
    expect(ana.get_by_text("You're done")).to_be_visible()


def test_a_browser_without_events_asks_every_few_seconds(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    old = new_context()
    old.add_init_script("delete window.EventSource")
    page = old.new_page()
    page.goto(f"{shop.url}/q/DEMO/board")
    expect(page.get_by_role("status")).to_have_text("0 waiting")
    ana = takes_number(new_context(), shop)
    expect(page.get_by_role("status")).to_have_text("1 waiting")
    leave(ana)
    expect(page.get_by_role("status")).to_have_text("0 waiting")


def test_without_locks_a_page_in_view_has_a_stream_of_its_own(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    """Without https, as on a shop's own network, pages have no Web Locks, which sharing a stream needs."""
    plain = new_context()
    plain.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    pages = [plain.new_page() for _ in range(2)]
    for page in pages:
        page.goto(f"{shop.url}/q/DEMO/board")
    customer = new_context()
    assert all_see(dict.fromkeys(pages, "1 waiting"), lambda: void(takes_number(customer, shop))) < AT_ONCE
    leave(customer.pages[0])


def void(_: object) -> None:
    return None


def test_what_somebody_writes_stays_while_the_line_moves(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    boss = managers(new_context(), shop)
    boss.get_by_label("Name").fill("Graça")
    boss.evaluate("document.querySelector('[role=status]').isTheSame = true")
    ana = takes_number(new_context(), shop)
    expect(boss.get_by_role("status")).to_have_text("1 waiting")
    # Screen readers announce changes within an element, not its replacement.
    assert boss.evaluate("document.querySelector('[role=status]').isTheSame")
    expect(boss.get_by_label("Name")).to_have_value("Graça")
    press(boss, "Add walk-in")
    expect(boss.get_by_role("status")).to_have_text("2 waiting")
    leave(ana)
    expect(boss.get_by_role("status")).to_have_text("1 waiting")
    press(boss, "Call next")
    expect(boss.get_by_text("Graça")).to_be_visible()
    serve_everybody(boss)


def test_without_javascript_the_pages_work_by_themselves(
    shop: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    ana = takes_number(new_context(java_script_enabled=False), shop)
    expect(ana.get_by_text("You're next").first).to_be_visible()
    boss = new_context(java_script_enabled=False).new_page()
    sign_in_by_password(boss, shop)
    press(boss, "Call next")
    expect(ana.get_by_role("heading", name="It's your turn")).to_be_visible(
        timeout=20_000
    )  # by an infrequent refresh
    press(boss, "Done")
    expect(boss.get_by_text("Nobody is waiting")).to_be_visible()
