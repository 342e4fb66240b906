"""A real Chromium, and a running installation with pretend phones."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.acceptance.installation import Installation, free_port
from tests.fake_carrier import FakeCarrier

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]
NO_CARRIER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "PUBLIC_URL")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("No Chromium on the PATH: `make test` installs it on Debian and Ubuntu.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo shop of `make run`: queue DEMO, pretend phones, one manager."""
    folder: Path = tmp_path_factory.mktemp("demo")
    installation = Installation(folder, FakeCarrier(), free_port())
    for name in NO_CARRIER:
        installation.environ.pop(name, None)
    installation.command("migrate")
    installation.command("demo")
    try:
        installation.start("web")
        installation.start("clock")
        installation.wait_until_ready()
        yield installation
    finally:
        installation.stop()
