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
# By the folder of an installation: the session of the first browser that signed in there.
SESSIONS: dict[Path, list[dict[str, str]]] = {}


def sign_in(page: Page, demo: Installation) -> None:
    """Opens the counter as the manager; who comes later shares the session of the first: two pages less."""
    if demo.folder in SESSIONS:
        page.context.add_cookies(SESSIONS[demo.folder])  # type: ignore[arg-type]
    page.goto(f"{demo.url}/control/DEMO")
    if "/login" in page.url:
        sign_in_by_password(page, demo)
        cookies = page.context.cookies()
        SESSIONS[demo.folder] = [
            {"name": SESSION, "value": one["value"], "url": demo.url}
            for one in cookies
            if one["name"] == SESSION
        ]


def sign_in_by_password(page: Page, demo: Installation) -> None:
    page.goto(f"{demo.url}/login")
    page.get_by_label("Email").fill("demo@example.com")
    page.get_by_label("Password", exact=True).fill(
        (Path(demo.environ["DATA_DIR"]) / "demo-sign-in").read_text().strip()
    )
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{demo.url}/control/DEMO")


def watched(chromium: Browser, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    """A page in a new browser profile, and the list of errors that occur on it."""
    page = chromium.new_context(viewport=viewport).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(SOON)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    return page, faults
