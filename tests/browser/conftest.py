"""Fixtures: a real Chromium, and a running installation with pretend phones."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from commands.fonts import FAMILIES
from commands.headless_shell import headless_shell
from tests.acceptance.conftest import set_up_once
from tests.acceptance.installation import Installation, free_port
from tests.browser.fonts import only
from tests.browser.screens import PHONE, SOON
from tests.fake_carrier import FakeCarrier
from tests.once import made_once

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
    "--in-process-gpu",  # and the network: processes less that pass on what each frame and request needs
    "--enable-features=NetworkServiceInProcess2",
    "--renderer-process-limit=1",  # else each person's browser begins with a process more, and empty caches
]
# Without the style sheets, which only a rule that is not in use would read.
VIOLATIONS = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# Longer than a busy machine takes, and shorter than the 15 seconds after which pages ask without being told.
expect.set_options(timeout=12_000)
SOON_LOADED = 5_000  # milliseconds
NO_CARRIER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "PUBLIC_URL")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Finds the fonts that pages are tried with and no others, whatever else this machine has."""
    program = headless_shell() or next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("No Chromium on the PATH: `make test` installs it on Debian and Ubuntu.")
    environ = os.environ | only(tmp_path_factory.mktemp("fonts") / "found", *FAMILIES)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET, env=environ)  # type: ignore[arg-type]
        yield browser
        browser.close()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Asserts that axe-core finds no problem with the page's current state, nor with its dark colours."""

    def finds_nothing(page: Page) -> None:
        for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            # Otherwise axe would judge colours in the middle of a transition.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            is_there = page.evaluate("typeof axe") != "undefined"  # its half a million letters are read once
            found = Axe("0" if is_there else AXE_SCRIPT).run(page, options=VIOLATIONS | rules)
            assert found.violations_count == 0, f"{page.url} in {scheme}:\n{found.generate_report()}"
        page.emulate_media(color_scheme="null", reduced_motion="null")

    return finds_nothing


@pytest.fixture
def new_context(chromium: Browser) -> Callable[..., BrowserContext]:
    """Opens a browser of its own per person; `nobody_stays` closes them."""

    def arrive(**values: object) -> BrowserContext:
        context = chromium.new_context(**({"viewport": PHONE} | values))  # type: ignore[arg-type]
        context.set_default_timeout(SOON)
        return context

    return arrive


def demo_in(folder: Path) -> Installation:
    installation = Installation(folder, FakeCarrier(), free_port())
    for name in NO_CARRIER:
        installation.environ.pop(name, None)
    return installation


@pytest.fixture(scope="session")
def new_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a demo that nobody has visited yet."""

    def make(folder: Path) -> None:
        demo_in(folder).commands((("migrate",), ""), (("demo",), ""))

    return made_once("new-demo", tmp_path_factory, make) / "data"


@pytest.fixture(scope="session")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return set_up_once(tmp_path_factory)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, new_demo: Path) -> Iterator[Installation]:
    """The demo shop of `make run`: queue DEMO, pretend phones, one manager."""
    installation = demo_in(tmp_path_factory.mktemp("demo"))
    installation.set_up_like(new_demo)
    with installation.running():
        yield installation


@pytest.fixture(autouse=True)
def nobody_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page left open would follow its queue for the rest of the run, and ask for it when it has ended."""
    yield
    if "chromium" in request.fixturenames:
        for context in request.getfixturevalue("chromium").contexts:
            close(context)


def close(context: BrowserContext) -> None:
    """Not while a page is on its way to another: closing may then never end."""
    for page in context.pages:
        with suppress(Error):
            page.wait_for_load_state(timeout=SOON_LOADED)
    context.close()
