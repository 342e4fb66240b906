"""A process finds the web process of its own installation, wherever that listens."""

from pathlib import Path

import pytest

from config.own_web import own_url
from config.settings import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("[fd00::7]", "http://[fd00::7]:8000"),
        ("shop.local", "http://shop.local:8000"),
    ],
)
def test_its_address_is_one_that_can_be_asked(tmp_path: Path, host: str, url: str) -> None:
    assert own_url(Settings.from_environment({"DATA_DIR": str(tmp_path), "HOST": host})) == url
