"""The image runs what the Procfile runs, with settings that exist, and may write to its data alone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings
from tests.containers.files import PROCESSES, ROOT, compose, stages
from tests.one_answer import one_answer

OURS = ("migrate", "web", "clock")
NOT_IN_THE_IMAGE = {".ci", "bench", "deploy", "docs", "findings", "tests"}
SETTINGS = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "README.md").read_text()))
OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MPLCONFIGDIR"}


def services() -> dict[str, Any]:
    return dict(compose()["services"])


def folders() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line.partition("/")[0] for line in listed.splitlines() if "/" in line} - NOT_IN_THE_IMAGE


def test_the_linter_of_dockerfiles_is_content() -> None:
    hadolint = shutil.which("hadolint") or str(Path(sys.executable).parent / "hadolint")
    done = subprocess.run([hadolint, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_procfile_runs() -> None:
    assert stages()[-1].command == PROCESSES["web"]
    assert "command" not in services()["web"]
    assert services()["clock"]["command"] == PROCESSES["clock"]
    assert services()["migrate"]["command"] == PROCESSES["release"]


def test_the_image_holds_the_program_and_no_tools_to_build_with() -> None:
    packages, image = stages()
    assert packages.base == image.base
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", image.base), "pinned to a version"
    assert "--require-hashes" in packages.last("RUN")
    assert not [words for name, words in image.steps if name == "RUN" and re.search(r"\b(apt|pip)", words)]
    copied = {what for stage, some, _ in image.copied if not stage for what in some}
    assert folders() <= copied
    assert not copied & NOT_IN_THE_IMAGE


@pytest.mark.parametrize("proxy", ["Caddyfile", "apache.conf", "haproxy.cfg", "nginx.conf"])
def test_no_proxy_compresses_and_so_holds_back_an_open_page_with_a_long_queue(proxy: str) -> None:
    settings = re.sub(r"#.*", "", (ROOT / "deploy" / proxy).read_text())
    compressing = re.findall(r"\bencode\b|\bgzip.*|\bcompression\b|\bdeflate\b", settings, re.IGNORECASE)
    # Debian's own settings have nginx compress, unless it is told not to.
    assert [words.strip() for words in compressing] == (["gzip off;"] if proxy == "nginx.conf" else [])


def test_what_a_start_would_make_anew_is_in_the_image() -> None:
    assert "python -m app" in stages()[-1].last("RUN")


def test_only_what_is_copied_is_sent_to_the_engine() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert sent == {
        what for stage in stages() for source, some, _ in stage.copied if not source for what in some
    }


def test_nothing_runs_as_root_or_can_write_beside_its_data() -> None:
    image = stages()[-1]
    number = image.last("USER")
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", number)
    assert image.last("VOLUME") == image.environment["DATA_DIR"] == "/data"
    for name in OURS:
        service = services()[name]
        assert service["user"] == number
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["init"] is True
        assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
        assert service["volumes"] == ["data:/data"]


def test_every_variable_is_a_setting() -> None:
    image = stages()[-1].environment
    assert image.keys() - OF_PYTHON <= SETTINGS
    for name in OURS:
        assert services()[name]["environment"].keys() <= SETTINGS


def test_it_starts_with_these_settings(tmp_path: Path) -> None:
    image = stages()[-1].environment | {"DATA_DIR": str(tmp_path / "data")}
    settings = Settings.from_environment(image)
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)
    assert settings.database_url.startswith("sqlite")


def test_one_port_everywhere_and_on_this_machine_alone() -> None:
    image, web = stages()[-1], services()["web"]
    port = image.environment["PORT"]
    assert image.last("EXPOSE") == web["environment"]["PORT"] == port
    assert web["ports"] == ["${PUBLISHED_ADDRESS:-127.0.0.1}:${PUBLISHED_PORT:-8000}:" + port]
    assert f"http://127.0.0.1:{port}/readyz/web" in image.health[-1]
    assert f"http://127.0.0.1:{port}/readyz/web" in services()["clock"]["healthcheck"]["test"][-1]
    assert [name for name, service in services().items() if "ports" in service] == ["web"]
    assert "/readyz/web" in yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())["paths"]


@pytest.mark.parametrize("name", ["web", "clock"])
def test_they_are_healthy_also_where_the_engine_sets_a_proxy(name: str) -> None:
    asks = stages()[-1].health[-1] if name == "web" else services()["clock"]["healthcheck"]["test"][-1]
    with one_answer(b'{"checks": {"clock": {"status": "ok"}}}') as port:
        words = [sys.executable, "-c", asks.replace(":8000", f":{port}")]
        asked = subprocess.run(words, env={"http_proxy": "http://127.0.0.1:9"}, check=False)
    assert asked.returncode == 0


def test_postgres_only_with_its_profile() -> None:
    profiles = {name: service.get("profiles") for name, service in services().items()}
    assert profiles == dict.fromkeys(OURS, None) | {"postgres": ["postgres"]}
    assert services()["migrate"]["depends_on"]["postgres"]["required"] is False
    assert re.fullmatch(r"postgres:\d+\.\d+-[a-z]+", services()["postgres"]["image"])


@pytest.mark.parametrize("name", ["web", "clock"])
def test_they_start_after_the_migration_and_again_when_they_end(name: str) -> None:
    service = services()[name]
    assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert service["restart"] == "unless-stopped"
