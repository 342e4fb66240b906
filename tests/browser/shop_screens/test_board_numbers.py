"""However many counters serve, the board shows each number whole, and apart from its neighbours."""

import pytest
from playwright.sync_api import Browser

from tests.acceptance.installation import Installation
from tests.browser.fonts import in_each
from tests.browser.screens import DESKTOP, watched

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
