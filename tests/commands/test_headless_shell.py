"""What `make test` does about a Chromium without windows on a machine that can't download one."""

import os
from pathlib import Path

import pytest

from commands import install


def test_what_could_not_be_downloaded_is_tried_again_once_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def fail(*command: str, folder: Path = tmp_path) -> bool:
        asked.append(command)
        return False

    monkeypatch.setattr(install, "succeeds", fail)
    monkeypatch.setattr(install, "version_needed", lambda: "1.0")
    monkeypatch.setattr(install, "folder_of", lambda version: tmp_path / "shell" / version)
    monkeypatch.setattr(install.shutil, "which", lambda name: name)
    install.install_headless_shell()
    tries = len(asked)
    assert tries
    install.install_headless_shell()
    assert len(asked) == tries
    os.utime(tmp_path / "shell" / "1.0", (0, 0))
    install.install_headless_shell()
    assert len(asked) == 2 * tries
