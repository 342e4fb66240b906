"""Photographs every page, to be looked at: `python -m tests.browser.photographs FOLDER [WORDS …]`.

A phone held either way and a desktop, light and dark, in each family of fonts. WORDS pick pages by name;
`--language de` asks for pages in German.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from commands.fonts import FAMILIES
from tests.acceptance.installation import Installation, free_port, password
from tests.browser.all_states import COUNTER, EDU, LENA, LONG, Filled, fill
from tests.browser.fonts import only
from tests.browser.screens import ON_ITS_SIDE, PHONE, sign_in_as
from tests.fake_carrier import FakeCarrier

DESKTOP = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "side": ON_ITS_SIDE, "desktop": DESKTOP}
FOR_ANYBODY = (
    "/",
    "/login",
    "/signup",
    "/reset",
    "/reset/x",
    "/stop/x",
    "/privacy",
    "/no/such/page",
    "/q/CET263",
    "/q/CET236/kiosk",
)
OF_A_QUEUE = ("", "/board", "/poster", "/privacy", "/embed")
OF_THE_COUNTER = ("", "/ended", "/keys", "/message", "/find?words=a", "?all=1", "/closing")
OF_THE_MANAGER = (
    "",
    "/queues",
    "/queues/CET236",
    "/queues/CET236/rules",
    "/queues/CET236/hours",
    "/queues/CET236/desks",
    "/queues/CET236/channels",
    "/queues/CET236/kiosks",
    "/queues/CET236/close",
    "/queues/CET236/archive",
    "/new-queue",
    "/holidays",
    "/screens",
    "/people",
    "/people/1",
    "/people/2/leave",
    "/people/invite",
    "/texts",
    "/texts/en",
    "/texts/en/your_turn",
    "/replies",
    "/settings",
    "/settings/prices",
    "/alarms",
    "/api-keys",
    "/webhooks",
    "/safety",
    "/forget",
    "/audit",
    "/statistics?span=month",
    "/statistics/tickets",
)
Opened = Callable[[Page], None]
Scheme = Literal["light", "dark"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--language", default="en")
    given = parser.parse_intermixed_args()
    folder, words = given.folder, given.words
    folder.mkdir(parents=True, exist_ok=True)
    with busy_shop() as filled, sync_playwright() as playwright:
        every = pages_of(filled)
        if given.language == "en":
            every |= in_place(filled.shop.url)
        pages = {name: open_ for name, open_ in every.items() if all(w in name for w in words)}
        for family in FAMILIES:
            environ = os.environ | only(folder / family.package, family)
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(
                executable_path=program,
                args=["--no-sandbox"],
                env=environ,  # type: ignore[arg-type]
            )
            photograph(browser, filled, pages, folder / family.package, given.language)
            browser.close()


@contextmanager
def busy_shop(data: Path | None = None) -> Iterator[Filled]:
    """`data`: of a shop to copy that has just been set up; else one is set up."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = Path(tempfile.mkdtemp(prefix="all-states-"))
    with FakeCarrier(public_url=url, app_url=url) as carrier:
        shop = Installation(folder, carrier, port, PUBLIC_URL=url)
        shop.set_up_like(data) if data else shop.set_up("Rosa", "Luis")
        with shop.running():
            yield fill(shop)
    shutil.rmtree(folder)


def photograph(
    browser: Browser, filled: Filled, pages: dict[str, Opened], folder: Path, language: str
) -> None:
    for who, begins in (("", ("anybody", "queue", "ticket")), ("rosa", "counter"), ("boss", "manage")):
        mine = {name: open_ for name, open_ in pages.items() if name.startswith(begins)}
        page = browser.new_context(reduced_motion="reduce").new_page()
        if mine and who:
            sign_in(page, filled.shop, who)
        page.set_extra_http_headers({"Accept-Language": language})
        for name, open_ in mine.items():
            for size, viewport in SIZES.items():
                if "sheet" not in name or size != "desktop":  # which has its sheets in a column
                    page.set_viewport_size(viewport)  # type: ignore[arg-type]
                    open_(page)
                    _take(page, folder / f"{name}.{size}", is_whole=who != "rosa")
        page.context.close()


def _take(page: Page, path: Path, is_whole: bool) -> None:
    """The counter's pages as they are seen: in a picture of a whole page, bars stand elsewhere."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=path.with_name(f"{path.name}.{scheme}.png"), full_page=is_whole)


def sign_in(page: Page, shop: Installation, name: str) -> None:
    """Opens the counter."""
    secret = password(name.capitalize() if name != "boss" else name)
    sign_in_as(page, shop, f"{name}@example.com", secret, "CET236")


def pages_of(filled: Filled) -> dict[str, Opened]:
    """By names that are file names, what opens each page or state."""

    def at(path: str) -> Opened:
        def open_(page: Page) -> None:
            page.goto(filled.shop.url + path)

        return open_

    paths = {f"anybody{path}": path for path in FOR_ANYBODY}
    for keyword in ("CET236", "BEARD", "SHAVES"):
        paths |= {f"queue {keyword}{rest}": f"/q/{keyword}{rest}" for rest in OF_A_QUEUE}
    paths |= {f"ticket {name}": path for name, path in filled.tickets.items()}
    paths |= {f"counter{rest}": COUNTER + rest for rest in OF_THE_COUNTER}
    paths |= {"counter of BEARD": "/control/BEARD", "counter of SHAVES": "/control/SHAVES"}
    paths |= {"counter, the list": "/control", "counter, account": "/account"}
    rows = {"written": EDU, "long": LONG, "noted": LENA}
    paths |= {f"counter, ticket {name}": filled.on_counter(index) for name, index in rows.items()}
    paths |= {f"manage{rest}": f"/manage{rest}" for rest in OF_THE_MANAGER}
    return {"".join(c if c.isalnum() or c == " " else "-" for c in name): at(p) for name, p in paths.items()}


def in_place(url: str) -> dict[str, Opened]:
    """What opens over the counter's page, or after a refusal; found by its English names."""

    def sheet(*names: str) -> Opened:
        def open_(page: Page) -> None:
            page.goto(url + COUNTER)
            for name in names:
                page.get_by_role("link", name=name, exact=True).first.click()
            page.get_by_role("dialog").wait_for()

        return open_

    def wrong_code(page: Page) -> None:
        page.goto(f"{url}/q/BEARD")
        page.get_by_label("Code").fill("XXXX")
        page.get_by_role("button", name="Take a number").click()
        page.locator("#code-error").wait_for()

    sheets = {"reply": "Reply", "walk-in": "Walk-in", "you": "You", "queue": "Queue", "message": "Message"}
    opened = {f"counter, sheet {name}": sheet(link) for name, link in sheets.items()}
    return opened | {"queue BEARD wrong code": wrong_code}


if __name__ == "__main__":
    main()
