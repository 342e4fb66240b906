"""Every setting is documented, and only config/ reads settings from the environment."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from config.settings import CODE, Settings

# Files that read or set the environment for other reasons than settings.
MAY_KNOW_THE_ENVIRONMENT = {
    "commands/demo.py",  # TZ: where this machine stands
    "commands/install.py",  # PIP_INDEX_URL: where pip comes from
    "commands/run.py",  # what its processes are started with
    "config/settings.py",
    "config/process_lifetime.py",  # who started us
    "web/http/server.py",  # whether sockets were handed over
}
TELL_HOW_TO_INSTALL = ("docs/going-live.md", "docs/installing.md", "deploy/take-a-number-web.service")
BEFORE_ANYTHING_IS_INSTALLED = (
    "commands/install.py",
    "commands/fonts.py",
    "commands/headless_shell.py",
    "config/process_lifetime.py",
)


class Recording(Mapping[str, str]):
    """An environment that records which names are read."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def settings_read(folder: Path) -> set[str]:
    plain = Recording({"XDG_DATA_HOME": str(folder)})
    twilio = Recording(
        {
            "DATA_DIR": str(folder),
            "TWILIO_ACCOUNT_SID": "AC1",
            "TWILIO_AUTH_TOKEN": "a token",
            "PUBLIC_URL": "https://queue.example.org",
        }
    )
    for environ in (plain, twilio):
        Settings.from_environment(environ)
    return plain.asked | twilio.asked


def files_of_the_product() -> list[Path]:
    packages = [
        made.parent for made in CODE.glob("*/__init__.py") if made.parent.name not in ("bench", "tests")
    ]
    return [*CODE.glob("*.py"), *(file for package in packages for file in package.rglob("*.py"))]


def settings_documented() -> set[str]:
    section = (CODE / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))


def test_every_setting_is_in_the_readme_and_every_setting_of_the_readme_is_read(tmp_path: Path) -> None:
    assert settings_read(tmp_path) - {"XDG_DATA_HOME"} == settings_documented()


def test_only_config_reads_settings_from_the_environment() -> None:
    reading = {
        str(file.relative_to(CODE))
        for file in files_of_the_product()
        if re.search(r"\bos\.environ\b|\bgetenv\b|import environ\b", file.read_text())
    }
    assert reading == MAY_KNOW_THE_ENVIRONMENT


@pytest.mark.parametrize("file", BEFORE_ANYTHING_IS_INSTALLED)
def test_what_runs_before_anything_is_installed_needs_the_standard_library_alone(file: str) -> None:
    tree = ast.parse((CODE / file).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = imported - {name.removesuffix(".py").replace("/", ".") for name in BEFORE_ANYTHING_IS_INSTALLED}
    assert {name.partition(".")[0] for name in others} - {"config"} <= sys.stdlib_module_names


@pytest.mark.parametrize("page", TELL_HOW_TO_INSTALL)
def test_the_command_that_installs_starts_as_it_is_written(page: str) -> None:
    (command,) = set(re.findall(r"python3 (\S.*?) requirements\.txt", (CODE / page).read_text()))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    bare = [sys.executable, "-S", *command.split(), "no-such-file.txt"]
    done = subprocess.run(bare, cwd=CODE, env=environ, capture_output=True, text=True, timeout=60)
    assert "FileNotFoundError" in done.stderr
    assert "no-such-file.txt" in done.stderr
