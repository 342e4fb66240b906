"""The board shows each number whole and apart, however many counters serve, and no door code that is old."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.installation import Installation
from tests.browser.fonts import LARGE, USUAL, in_each
from tests.browser.screens import DESKTOP, ON_ITS_SIDE, PHONE, sign_in, watched

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]

WALLS = (
    DESKTOP,
    {"width": 1280, "height": 720},
    {"width": 1080, "height": 1920},
    {"width": 390, "height": 844},
)
# Fills the board as the server would, and returns the numbers that are cut, or too close to the one before.
FILLED = """([count, first]) => {
    const kind = first > 999 ? "serving-number serving-number-long" : "serving-number";
    const items = [...Array(count).keys()].map((at) => `<li data-call="0">
        <span class="${kind} figures">${first + at}</span>
        <span class="serving-desk">Chair ${at}</span></li>`);
    const list = `<ul class="serving serving-${count}">${items.join("")}</ul>`;
    document.querySelector(".board-numbers").innerHTML = list;
    const frame = document.querySelector(".board-now").getBoundingClientRect();
    const range = document.createRange();
    const boxes = [...document.querySelectorAll(".serving-number")].map((number) => {
        range.selectNodeContents(number);
        return {said: number.textContent, box: range.getBoundingClientRect()};
    });
    return boxes.filter(({box}, at) => {
        const before = at && boxes[at - 1].box;
        const isClose = before && Math.abs(before.top - box.top) < 4 && box.left < before.right + 6;
        const isOut = box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom + 8;
        return isClose || isOut;
    }).map(({said}) => said);
}"""


def test_numbers_are_whole_and_apart(chromium: Browser, demo: Installation) -> None:
    board, _ = watched(chromium, DESKTOP)
    board.goto(f"{demo.url}/q/DEMO/board")
    for font in in_each(board):
        for wall in WALLS:
            board.set_viewport_size(wall)  # type: ignore[arg-type]
            for count in range(1, 10):
                for first in (888, 8888):
                    wrong = board.evaluate(FILLED, [count, first])
                    assert wrong == [], (font, wall, count)


# Fills the board as the server would while nobody is called, and returns what is cut or covered.
NOBODY_CALLED = """([letters, isPaused]) => {
    document.documentElement.style.fontSize = letters;
    const part = (name, html) => document.querySelector(`[data-part="${name}"]`).innerHTML = html;
    part("pause", isPaused ? `<p>Paused: short break. <span>You keep your place.</span></p>` : "");
    part("now", `<div class="board-none"><p>nobody</p>
        <p class="board-none-more">The next number will appear here.</p></div>`);
    const line = [238, 239, 240, 241, 242].map((number) => `<li>${number}</li>`).join("");
    part("next", `<h2>Next</h2><ol class="board-line figures" role="list">${line}</ol>`);
    part("wait", `<p class="board-count">5 waiting</p>
        ${isPaused ? "" : `<p class="expected-why">The counter isn't staffed right now.</p>`}
        <p class="expected"><span class="range figures">about 6–30 min</span>
        <span class="expected-once">${isPaused ? "once it moves again" : "once it is"}</span></p>`);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const box = (one) => one.getBoundingClientRect();
    const [now, next, join, row] =
        [".board-now", ".board-next", ".board-join", ".board-line"].map((one) => box(all(one)[0]));
    const shown = all(".board-line li").filter((one) => box(one).top < row.bottom - 1);
    const beyond = (element, edge) => box(element).bottom > edge + 1;
    return [
        ...all(".board-none p").filter((one) => beyond(one, now.bottom)),
        ...shown.filter((one) => beyond(one, row.bottom)),
        ...all(".board-wait p").filter((one) => beyond(one, next.bottom)),
        ...(shown.length < 2 ? ["fewer than two numbers"] : []),
        ...(join.top < now.bottom || join.top < next.bottom ? ["how to join covers the line"] : []),
    ].map((one) => one.textContent ?? one);
}"""


def test_nothing_is_cut_or_covered_while_nobody_is_called(chromium: Browser, demo: Installation) -> None:
    board, _ = watched(chromium, DESKTOP)
    board.goto(f"{demo.url}/q/DEMO/board")
    for screen in (PHONE, ON_ITS_SIDE, {"width": 1280, "height": 800}, DESKTOP):
        board.set_viewport_size(screen)  # type: ignore[arg-type]
        for letters in (USUAL, LARGE):
            for is_paused in (False, True):
                wrong = board.evaluate(NOBODY_CALLED, [letters, is_paused])
                assert wrong == [], (screen, letters, is_paused)


def ask_for_code(page: Page, demo: Installation, asks: bool) -> None:
    page.goto(f"{demo.url}/manage/queues/DEMO/rules")
    page.get_by_label("Ask for a code that is shown where you are").set_checked(asks)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved.")).to_be_visible()


def test_an_old_code_is_not_shown_as_good(
    demo: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    sign_in(page, demo)
    ask_for_code(page, demo, True)
    page.clock.install()
    page.goto(f"{demo.url}/q/DEMO/board")
    words, picture = page.get_by_text("or scan the code"), page.locator(".board-join .qr")
    expect(words).to_be_visible()
    page.context.route("**", lambda route: route.abort())
    page.clock.fast_forward("04:00")
    expect(picture).to_be_visible()
    page.clock.fast_forward("07:00")
    expect(picture).to_be_hidden()
    expect(words).to_be_hidden()
    page.context.unroute("**")
    page.clock.fast_forward("01:00")
    expect(words).to_be_visible()
    ask_for_code(page, demo, False)
