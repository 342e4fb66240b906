"""Screen sizes, signing in, and pages that record their errors."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.acceptance.installation import Installation

PHONE = {"width": 360, "height": 640}
NARROW = {"width": 320, "height": 568}
ON_ITS_SIDE = {"width": 640, "height": 360}
TABLET, DESKTOP = {"width": 768, "height": 1024}, {"width": 1920, "height": 1080}
SIZES = (PHONE, ON_ITS_SIDE, TABLET, DESKTOP)
SOON = 15_000  # milliseconds


SESSION = "take_a_number"  # the cookie
MANAGER = "demo@example.com"
# By the folder of an installation and who signed in: the session of their first browser.
SESSIONS: dict[tuple[Path, str], list[dict[str, str]]] = {}


def sign_in(page: Page, demo: Installation) -> None:
    """Opens the counter of the demo as its manager."""
    sign_in_as(page, demo, MANAGER, password_of_manager(demo))


def sign_in_as(page: Page, shop: Installation, email: str, secret: str, counter: str = "DEMO") -> None:
    """Opens a counter; who comes later as the same person shares the session of the first: two pages less."""
    kept = SESSIONS.get((shop.folder, email))
    if kept is not None:
        page.context.add_cookies(kept)  # type: ignore[arg-type]
        page.goto(f"{shop.url}/control/{counter}")
        if "/login" not in page.url:
            return
    type_password(page, shop, email, secret)
    page.goto(f"{shop.url}/control/{counter}")
    SESSIONS[shop.folder, email] = [
        {"name": SESSION, "value": one["value"], "url": shop.url}
        for one in page.context.cookies()
        if one["name"] == SESSION
    ]


def sign_in_by_password(page: Page, demo: Installation) -> None:
    """As its manager, with a session of their own."""
    type_password(page, demo, MANAGER, password_of_manager(demo))
    page.goto(f"{demo.url}/control/DEMO")


def type_password(page: Page, shop: Installation, email: str, secret: str) -> None:
    page.goto(f"{shop.url}/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/login" not in address)


def password_of_manager(demo: Installation) -> str:
    return (Path(demo.environ["DATA_DIR"]) / "demo-sign-in").read_text().strip()


def watched(chromium: Browser, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    """A page in a new browser profile, and the list of errors that occur on it."""
    page = chromium.new_context(viewport=viewport).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(SOON)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    return page, faults
